#!/bin/sh
# Builds the extension. Usage: package.sh AUTOFIX_BINARY_OR_EMPTY OUT.vsix
# With a binary it is for this machine's platform and carries it, else for every platform. The source tree stays clean:
# everything is done in the folder AUTOFIX_VSCODE_BUILD, where npm's packages stay for the next time, or in a temporary one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
binary=${1:+$(realpath "$1")}
out=$(realpath "$2")
build=${AUTOFIX_VSCODE_BUILD:-}
if [ -z "$build" ]; then
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
fi
sh "$here/install.sh" "$build"
cd "$build"

rm -rf bin
set -- --no-dependencies --allow-missing-repository --no-rewrite-relative-links --out "$out"
if [ -n "$binary" ]; then
  mkdir bin
  install -m 755 "$binary" bin/autofix
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) target=linux-x64 ;;
    Linux-aarch64) target=linux-arm64 ;;
    Darwin-arm64) target=darwin-arm64 ;;
    Darwin-x86_64) target=darwin-x64 ;;
    *) echo "package.sh: no name for the platform $(uname -s)-$(uname -m)" >&2; exit 1 ;;
  esac
  set -- "$@" --target "$target"
fi
node_modules/.bin/esbuild src/extension.ts --bundle --platform=node --target=node20 --format=cjs --external:vscode \
  --minify --outfile=dist/extension.js --log-level=warning
# What vsce says is progress, unless it warns or fails.
if ! node_modules/.bin/vsce package "$@" >vsce.log 2>&1; then
  cat vsce.log >&2
  exit 1
fi
grep -A 5 WARN vsce.log >&2 || true
