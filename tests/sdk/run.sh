#!/bin/sh
# Installs the vendors' clients into a folder of the build tree and runs them. Usage: run.sh FAKE_PROVIDER PRINT_REQUESTS FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$3"
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$here/sdk_test.mjs" "$here/types_test.mjs" "$3"
cd "$3"
if ! cmp -s package-lock.json installed.json; then
  npm ci --silent --ignore-scripts
  cp package-lock.json installed.json
fi
node sdk_test.mjs "$1"
exec node types_test.mjs "$2"
