#!/bin/sh
# Installs the client's packages into a folder of the build tree, once. Usage: install.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
if cmp -s "$here/package-lock.json" installed.json; then exit 0; fi
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" .
npm ci --silent --ignore-scripts
cp package-lock.json installed.json
