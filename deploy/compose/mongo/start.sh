#!/bin/bash
# Starts MongoDB as its image does. mongod takes its key only from a file that nobody but its user may read, and
# secrets are mounted readable.
set -eu
install -m 0400 /run/secrets/mongo_keyfile /tmp/keyfile
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/keyfile --bind_ip_all
