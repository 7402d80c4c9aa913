#!/usr/bin/env bash
# debian-base.sh DIRECTORY: what `npm run test:engines` builds its migrations on, without a network: DIRECTORY/debian.tar, a Debian 12 with python3,
# whose apt-get installs more from packages in the image (/debs), and DIRECTORY/wheels, the installers that the samples use.
set -euo pipefail
out=$1
mkdir -p "$out"
export PACKAGES='python3-pip python3-venv python3-yaml sudo cron'
readonly WHEELS='poetry==1.8.5 pipenv==2024.4.1 uv==0.9.5'

if [ ! -s "$out/debian.tar" ]; then
  # The packages are fetched by the apt that has made the system, for the system.
  cat > "$out/hook.sh" << 'HOOK'
set -e
root=$1
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get install -y --no-install-recommends --download-only $PACKAGES
mkdir "$root/debs"
mv "$root"/var/cache/apt/archives/*.deb "$root/debs/"
cd "$root/debs"
for deb in *.deb; do
  dpkg-deb -f "$deb"
  echo "Filename: ./$deb"
  echo "Size: $(stat -c %s "$deb")"
  echo "SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
  echo
done > Packages
rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
echo 'deb [trusted=yes] file:/debs ./' > "$root/etc/apt/sources.list"
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/fast"
# As Debian's own image has it: what apt has fetched does not stay.
printf '%s\n' 'Acquire::Languages "none";' 'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' > "$root/etc/apt/apt.conf.d/clean"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
HOOK
  mmdebstrap --quiet --format=tar --variant=minbase --mode=root --include=python3 --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --customize-hook="sh $out/hook.sh \"\$1\"" bookworm "$out/debian.tar.new"
  mv "$out/debian.tar.new" "$out/debian.tar"
fi
if [ ! -f "$out/wheels/.done" ]; then
  rm -rf "$out/wheels"
  pip=node_modules/.cache/plimsoll-tools/installer/bin/python
  [ -x "$pip" ] || { echo 'no pip to fetch wheels with (scripts/install-tools.sh)'; exit 1; }
  "$pip" -m pip download -q --only-binary=:all: --python-version 3.11 --implementation cp --platform manylinux2014_x86_64 \
    --platform manylinux_2_28_x86_64 -d "$out/wheels" $WHEELS
  # Names of several platforms are too long for a plain tar: one of them is enough.
  for wheel in "$out"/wheels/*manylinux*.manylinux*.whl; do
    mv "$wheel" "$(sed -E 's/(-[^-.]*manylinux[^.]*)\..*\.?whl$/\1.whl/' <<< "$wheel")"
  done
  touch "$out/wheels/.done"
fi
