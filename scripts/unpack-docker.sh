#!/usr/bin/env bash
# unpack-docker.sh DIR [SUITE]: unpacks the Docker Engine of a newer Debian (trixie: 26.1) into DIR, for tests that need its image
# stores. Nothing is installed on the host and no maintainer script runs. Debian alone; exit code 1 where that is not possible.
set -euo pipefail
dir=$1
suite=${2:-trixie}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=scripts/other-suite.sh
. "$(dirname "$0")/other-suite.sh"
other_suite "$work" "$suite"
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
