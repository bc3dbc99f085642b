#!/bin/sh
# Installs the protocol's packages into a folder of the build tree, once, and makes the meta model there.
# Usage: install.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$folder"
if ! cmp -s "$here/package-lock.json" installed.json; then
  cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" .
  npm ci --silent --ignore-scripts
  cp package-lock.json installed.json
fi
node "$here/make_model.mjs" "$folder"
