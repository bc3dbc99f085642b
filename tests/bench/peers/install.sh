#!/bin/sh
# Installs what ./dev bench chain is measured against into a folder of the build tree. Usage: install.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$here"/*.mjs "$1"
cd "$1"
if ! cmp -s package-lock.json installed.json; then
  npm ci --silent --ignore-scripts
  cp package-lock.json installed.json
fi
