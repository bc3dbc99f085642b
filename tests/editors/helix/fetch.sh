#!/bin/sh
# Unpacks the Helix of a newer Debian suite into a folder of its own and leaves FOLDER/hx, which starts it. Nothing of the
# system is changed. Usage: fetch.sh SUITE FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
suite=$1
folder=$2
fail() { echo "fetch: $*" >&2; exit 1; }

if [ ! -x "$folder/hx" ]; then
  command -v patchelf >/dev/null || fail "patchelf is not installed: apt-get install patchelf"
  sh "$here/../../support/unpack_suite.sh" "$suite" hx "$folder"
  root=$folder/root
  loader=$(find "$root" -name 'ld-linux-*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "the loader is not among the packages"
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$root/usr/lib/$(uname -m)-linux-gnu" \
    "$root/usr/lib/hx/hx"
  cat >"$folder/hx.new" <<SCRIPT
#!/bin/sh
HELIX_RUNTIME='$root/usr/lib/hx/runtime' exec '$root/usr/lib/hx/hx' "\$@"
SCRIPT
  chmod +x "$folder/hx.new"
  "$folder/hx.new" --version >/dev/null || fail "the unpacked Helix does not start"
  mv "$folder/hx.new" "$folder/hx"
fi
"$folder/hx" --version
