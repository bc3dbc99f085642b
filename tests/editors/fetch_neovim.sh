#!/bin/sh
# Unpacks a Neovim of a newer Debian suite into a folder of its own, with everything it links against, and prints the
# command that starts it. Nothing of the system is changed. Usage: fetch_neovim.sh SUITE FOLDER (trixie: 0.10, sid: 0.12)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
suite=$1
folder=$2/$suite
fail() { echo "fetch_neovim: $*" >&2; exit 1; }

if [ ! -x "$folder/nvim" ]; then
  command -v patchelf >/dev/null || fail "patchelf is not installed: apt-get install patchelf"
  sh "$here/../support/unpack_suite.sh" "$suite" neovim "$folder"
  root=$folder/root
  libraries=$root/usr/lib/$(uname -m)-linux-gnu
  loader=$(find "$root" -name 'ld-linux-*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "the loader is not among the packages"
  cp "$root/usr/bin/nvim" "$folder/nvim.bin"
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$folder/nvim.bin"
  cat >"$folder/nvim.new" <<END
#!/bin/sh
VIM='$root/usr/share/nvim' VIMRUNTIME='$root/usr/share/nvim/runtime' exec '$folder/nvim.bin' "\$@"
END
  chmod +x "$folder/nvim.new"
  "$folder/nvim.new" --version >/dev/null || fail "the unpacked Neovim does not start"
  mv "$folder/nvim.new" "$folder/nvim"
fi
echo "$folder/nvim"
