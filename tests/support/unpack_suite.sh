#!/bin/sh
# Downloads packages of a newer Debian suite with everything they depend on, libc included, and unpacks them into
# FOLDER/root. Nothing of the system is changed; the programs there run with the loader and the libraries of that folder.
# Usage: unpack_suite.sh SUITE "PACKAGE…" FOLDER
set -eu
suite=$1
package=$2
folder=$3
fail() { echo "unpack_suite: $*" >&2; exit 1; }

# The system's own mirror, whatever it is.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirrors=$(apt-get indextargets --format '$(RELEASE) $(SITE)' "Created-By: Packages")
mirror=$(echo "$mirrors" | sed -n "s/^$codename //p" | head -n 1)
[ -n "$mirror" ] || mirror=$(echo "$mirrors" | head -n 1 | cut -d ' ' -f 2)
[ -n "$mirror" ] || fail "apt has no package lists: run apt-get update"
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$folder/apt/none" "$folder/root"
: >"$folder/apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$folder/apt/sources.list"
own_apt() {
  apt-get -qq -o Dir::State="$folder/apt" -o Dir::State::lists="$folder/apt/lists" \
    -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt" \
    -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts="$folder/apt/none" \
    -o Dir::Etc::preferencesparts="$folder/apt/none" -o Acquire::Check-Valid-Until=false \
    -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}
own_apt update >&2 || fail "the suite $suite could not be listed"
# shellcheck disable=SC2086  # there may be several packages
own_apt install -y --download-only $package >&2 || fail "$package of $suite could not be downloaded"
for archive in "$folder"/apt/archives/*.deb; do dpkg-deb -x "$archive" "$folder/root"; done
rm -rf "$folder/apt"
