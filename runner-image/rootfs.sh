#!/bin/sh
# Gathers into $1 what Python needs to run and nothing else.
set -eu
root=$1
python=$(readlink -f /usr/bin/python3)
stdlib=/usr/lib/$(basename "$python")

mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/etc/ssl/certs" "$root/opt" \
  "$root/workspace" "$root/proc" "$root/sys" "$root/dev"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"

cp "$python" "$root/usr/bin/python3"
cp -a "$stdlib" "$root/usr/lib/"
cd "$root$stdlib"
rm -rf test idlelib tkinter turtledemo ensurepip lib2to3 pydoc_data venv __pycache__/turtle.* turtle.py \
  sitecustomize.py EXTERNALLY-MANAGED config-*

# Every library that the interpreter or one of its modules names, where the loader looks for it, and the
# one that libc loads when a thread is ended.
{ find "$root$stdlib/lib-dynload" -name '*.so' -exec ldd "$python" {} +; ldconfig -p | grep 'libgcc_s\.so\.1 '; } \
  | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\) .*/\1/p' | sort -u \
  | while read -r library; do
      mkdir -p "$root$(dirname "$(readlink -f "$(dirname "$library")")/x")"
      cp -L "$library" "$root$(readlink -f "$(dirname "$library")")/"
    done

# One set of roots for everyone, certifi's (pinned by hash): as one file, and one by one under their subjects'
# hashes. There OpenSSL reads only the one that it needs, which saves 10 ms a context over reading the file.
certs=$root/etc/ssl/certs
cp /opt/runner/lib/certifi/cacert.pem "$certs/ca-certificates.crt"
awk -v to="$certs" '/BEGIN CERT/ { at = sprintf("%s/%03d.pem", to, ++n); inside = 1 }
  inside { print > at } /END CERT/ { inside = 0; close(at) }' "$certs/ca-certificates.crt"
openssl rehash "$certs"
mkdir -p "$root/usr/lib/ssl"
ln -s ../../../etc/ssl/certs "$root/usr/lib/ssl/certs"

printf 'botuser:x:1000:1000::/workspace:/nologin\n' > "$root/etc/passwd"
printf 'botuser:x:1000:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"

cp -a /opt/runner "$root/opt/"
rm -rf "$root"/opt/runner/*/tests
find "$root/opt" "$root$stdlib" -name __pycache__ -prune -exec rm -rf {} +
# The standard library never changes in an image; ours is checked by time, so that an image built on top may replace it.
"$python" -m compileall -q -s "$root" --invalidation-mode unchecked-hash "$root$stdlib" "$root/opt/runner/lib"
"$python" -m compileall -q -s "$root" "$root/opt/runner/runner" "$root/opt/runner/policy" "$root/opt/runner/hook" "$root/opt/runner/net"
chown -R 0:0 "$root"
chmod -R u=rwX,go=rX "$root"
chmod 0755 "$root/usr/bin/python3"
