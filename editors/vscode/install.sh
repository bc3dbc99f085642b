#!/bin/sh
# Copies the extension into a folder and installs there what builds it. Usage: install.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || {
  echo "install.sh: Node 20 or later is needed; this is $(node --version)" >&2
  exit 1
}
mkdir -p "$1"
cd "$1"
rm -rf src images walkthrough dist
cp -R "$here/." .
cp "$here/../../LICENSE" .
if cmp -s package-lock.json installed.json; then exit 0; fi
npm ci --silent --ignore-scripts
cp package-lock.json installed.json
