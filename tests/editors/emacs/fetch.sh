#!/bin/sh
# Unpacks the Emacs of a newer Debian suite, with lsp-mode, into a folder of its own and leaves FOLDER/emacs, which starts
# it. Nothing of the system is changed. Usage: fetch.sh SUITE FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
suite=$1
folder=$2
fail() { echo "fetch: $*" >&2; exit 1; }

if [ ! -x "$folder/emacs" ]; then
  command -v patchelf >/dev/null || fail "patchelf is not installed: apt-get install patchelf"
  sh "$here/../../support/unpack_suite.sh" "$suite" "emacs-nox elpa-lsp-mode" "$folder"
  root=$folder/root
  loader=$(find "$root" -name 'ld-linux-*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "the loader is not among the packages"
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$root/usr/lib/$(uname -m)-linux-gnu" \
    "$root/usr/bin/emacs-nox"
  # The dump and the Lisp files stand where the package's paths, which are built in, do not look. Compiling to native
  # code needs more of GCC than is unpacked.
  dump=$(find "$root/usr/libexec/emacs" -name '*.pdmp')
  version=$(basename "$(find "$root/usr/share/emacs" -maxdepth 1 -name '[0-9]*')")
  share=$root/usr/share/emacs/$version
  packages=$(find "$root/usr/share/emacs/site-lisp/elpa-src" -mindepth 1 -maxdepth 1 -type d -printf '%p:')
  cat >"$folder/emacs.new" <<SCRIPT
#!/bin/sh
EMACSLOADPATH='$packages$share/lisp' EMACSDATA='$share/etc' EMACSDOC='$share/etc' \\
  exec '$root/usr/bin/emacs-nox' --dump-file='$dump' --eval '(setq native-comp-jit-compilation nil)' \\
  --eval '(setq native-comp-enable-subr-trampolines nil)' "\$@"
SCRIPT
  chmod +x "$folder/emacs.new"
  "$folder/emacs.new" --batch -Q --eval "(progn (require 'eglot) (require 'lsp-mode))" >&2 ||
    fail "the unpacked Emacs does not start"
  mv "$folder/emacs.new" "$folder/emacs"
fi
"$folder/emacs" --version | head -n 1
