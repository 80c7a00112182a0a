// @ts-nocheck: mongosh runs it, and has globals of its own.
// Run once, when the data directory is empty: the servers' own user, for their own database.
const { readFileSync } = require('node:fs');

const pwd = readFileSync('/run/secrets/mongo_password', 'utf8').trim();
const roles = [{ role: 'readWrite', db: 'multiplayer' }];
db.getSiblingDB('multiplayer').createUser({ user: 'multiplayer', pwd, roles });
