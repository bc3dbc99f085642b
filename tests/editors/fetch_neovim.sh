#!/bin/sh
# Unpacks a Neovim of a newer Debian suite into a folder of its own, with everything it links against, and prints the
# command that starts it. Nothing of the system is changed. Usage: fetch_neovim.sh SUITE FOLDER (trixie: 0.10, sid: 0.12)
set -eu
suite=$1
folder=$2/$suite
fail() { echo "fetch_neovim: $*" >&2; exit 1; }

if [ ! -x "$folder/nvim" ]; then
  command -v patchelf >/dev/null || fail "patchelf is not installed: apt-get install patchelf"
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
      -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts="$folder/apt/none" -o Dir::Etc::preferencesparts="$folder/apt/none" \
      -o Acquire::Check-Valid-Until=false -o APT::Install-Recommends=false -o APT::Sandbox::User=root \
      -o Acquire::Languages=none "$@"
  }
  own_apt update >&2 || fail "the suite $suite could not be listed"
  own_apt install -y --download-only neovim >&2 || fail "neovim of $suite could not be downloaded"
  for package in "$folder"/apt/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
  rm -rf "$folder/apt"
  root=$folder/root
  libraries=$root/usr/lib/$(uname -m)-linux-gnu
  loader=$(find "$root" -name 'ld-linux-*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "the loader is not among the packages"
  cp "$root/usr/bin/nvim" "$folder/nvim.bin"
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$folder/nvim.bin"
  cat >"$folder/nvim.new" <<END
#!/bin/sh
VIM='$root/usr/share/nvim' VIMRUNTIME='$root/usr/share/nvim/runtime' exec '$folder/nvim.bin' "\$@"
END
  chmod +x "$folder/nvim.new"
  "$folder/nvim.new" --version >/dev/null || fail "the unpacked Neovim does not start"
  mv "$folder/nvim.new" "$folder/nvim"
fi
echo "$folder/nvim"
