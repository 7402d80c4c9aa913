# shellcheck shell=bash
# Sourced. other_suite WORK SUITE: sets `apt` to an apt-get of another suite of this Debian, which keeps all it writes in the directory
# WORK and installs nothing. Returns 1 in a sentence where that is not possible.
other_suite() {
  local work=$1 suite=$2 keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror
  mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2> /dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 || true)
  [ -f "$keys" ] && [ -n "$mirror" ] || { echo "no Debian mirror is configured here"; return 1; }
  # apt downloads as its own user.
  chmod 755 "$work"
  mkdir -p "$work"/{lists/partial,cache/archives/partial,debs}
  chmod 777 "$work/debs"
  : > "$work/status"
  echo "deb [signed-by=$keys] $mirror $suite main" > "$work/sources.list"
  # shellcheck disable=SC2034 # for whoever sources this
  apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o "Dir::State::Status=$work/status" -o Dir::Etc::Preferences=/dev/null
    -o Dir::Etc::PreferencesParts=/dev/null -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Install-Recommends=false)
  "${apt[@]}" update
}
