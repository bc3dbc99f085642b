#!/bin/sh
# Installs the vendors' clients into a folder of the build tree and runs them. Usage: run.sh FAKE_PROVIDER FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$here/sdk_test.mjs" "$2"
cd "$2"
if ! cmp -s package-lock.json installed.json; then
  npm ci --silent --ignore-scripts
  cp package-lock.json installed.json
fi
exec node sdk_test.mjs "$1"
