#!/usr/bin/env bash
# unpack-docker.sh DIR [SUITE]: unpacks the Docker Engine of a newer Debian (trixie: 26.1) into DIR, for tests that need its image
# stores. Nothing is installed on the host and no maintainer script runs. Debian alone; exit code 1 where that is not possible.
set -euo pipefail
dir=$1
suite=${2:-trixie}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2> /dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 || true)
[ -f "$keys" ] && [ -n "$mirror" ] || { echo "unpack-docker: no Debian mirror is configured here"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt downloads as its own user.
chmod 755 "$work"
mkdir -p "$work"/{lists/partial,cache/archives/partial,debs}
chmod 777 "$work/debs"
: > "$work/status"
echo "deb [signed-by=$keys] $mirror $suite main" > "$work/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists"
  -o "Dir::Cache=$work/cache" -o "Dir::State::Status=$work/status" -o Dir::Etc::Preferences=/dev/null
  -o Dir::Etc::PreferencesParts=/dev/null -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Install-Recommends=false)
"${apt[@]}" update
# What only maintainer scripts and logins need is left out.
packages=$("${apt[@]}" -s install docker.io busybox-static 2> /dev/null | awk '/^Inst/{print $2}' |
  grep -vE '^(perl|libperl|debconf|iptables|libip|libxt|libnft|systemd|passwd|login|libpam|init-system|adduser|nftables)')
# shellcheck disable=SC2086 # a list of names
(cd "$work/debs" && "${apt[@]}" download $packages 2> /dev/null)
mkdir -p "$dir"/{usr/{bin,sbin,lib,lib64},tmp,root,proc,sys,dev,run,etc,var/lib,x,.old}
for name in bin sbin lib lib64; do ln -sfn "usr/$name" "$dir/$name"; done
for package in "$work"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$dir"
done
for tool in sh cat ls cp mv rm mkdir mount umount kill sleep tar gzip xz unxz gunzip id env modprobe ps; do
  [ -e "$dir/usr/bin/$tool" ] || ln -s busybox "$dir/usr/bin/$tool"
done
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$dir/etc/passwd"
printf 'root:x:0:\ndocker:x:999:\n' > "$dir/etc/group"
ldconfig -r "$dir"
