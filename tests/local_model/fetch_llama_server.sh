#!/bin/sh
# Unpacks llama.cpp's server of a newer Debian suite into a folder of its own, with everything it links against, and
# prints the command that starts it. Nothing of the system is changed. Usage: fetch_llama_server.sh SUITE FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
suite=$1
folder=$2/$suite
fail() { echo "fetch_llama_server: $*" >&2; exit 1; }

if [ ! -x "$folder/llama-server" ]; then
  sh "$here/../support/unpack_suite.sh" "$suite" llama.cpp-tools "$folder"
  root=$folder/root
  libraries=$root/usr/lib/$(uname -m)-linux-gnu
  loader=$(find "$root" -name 'ld-linux-*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "the loader is not among the packages"
  # The plainest of the processors that it was built for: every machine has that, and the model is tiny.
  backend=$(find "$libraries/ggml" -name 'libggml-cpu-x64.so' -o -name 'libggml-cpu-armv8.0*.so' | head -n 1)
  [ -n "$backend" ] || backend=$(find "$libraries/ggml" -name 'libggml-cpu*.so' | sort | head -n 1)
  [ -n "$backend" ] || fail "no backend for this processor is among the packages"
  cat >"$folder/llama-server.new" <<END
#!/bin/sh
GGML_BACKEND_PATH='$backend' exec '$loader' --library-path '$libraries:$libraries/llama' '$root/usr/bin/llama-server' "\$@"
END
  chmod +x "$folder/llama-server.new"
  "$folder/llama-server.new" --version >/dev/null 2>&1 || fail "the unpacked llama-server does not start"
  mv "$folder/llama-server.new" "$folder/llama-server"
fi
echo "$folder/llama-server"
