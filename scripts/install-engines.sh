#!/usr/bin/env bash
# Installs what `npm run test:engines` runs: dockerd, podman with runc, skopeo, docker-registry with htpasswd and openssl, a static
# busybox, zstd and unzip, from the distribution where that is Debian-like; mmdebstrap makes the Debian that migrations are built on
# (scripts/debian-base.sh). Nothing is started. Safe to run again. What cannot be had is
# named in one line, the tests that need it are skipped with that reason, and the exit code is 0. A newer Docker is unpacked beside
# the host's (scripts/unpack-docker.sh).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
packages=()
for pair in dockerd:docker.io podman:podman runc:runc skopeo:skopeo docker-registry:docker-registry htpasswd:apache2-utils \
  openssl:openssl zstd:zstd; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" > /dev/null || packages+=("${pair##*:}")
done
# A shell for RUN that needs no library.
[ -x /bin/busybox ] && ! ldd /bin/busybox > /dev/null 2>&1 || packages+=(busybox-static)
newer=node_modules/.cache/plimsoll-engines/docker
debian=node_modules/.cache/plimsoll-engines/debian
for pair in mmdebstrap:mmdebstrap unzip:unzip; do command -v "${pair%%:*}" > /dev/null || packages+=("${pair##*:}"); done
[ -x "$newer/usr/sbin/dockerd" ] && [ -f "$debian/wheels/.done" ] && [ -s "$debian/debian.tar" ] && [ "${#packages[@]}" -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
  echo "install-engines: ${packages[*]} and a newer Docker missing: only root on a Debian-like system installs packages here"
  exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ "${#packages[@]}" -gt 0 ] && ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } > "$log" 2>&1; then
  echo "install-engines: ${packages[*]} missing: $({ grep -iE '^E:|unable|could not' "$log" || tail -n 1 "$log"; } | tail -n 1 | cut -c 1-160)"
fi
if [ ! -x "$newer/usr/sbin/dockerd" ]; then
  rm -rf "$newer"
  bash scripts/unpack-docker.sh "$newer" > "$log" 2>&1 || {
    rm -rf "$newer"
    echo "install-engines: no newer Docker: $(tail -n 1 "$log" | cut -c 1-160)"
  }
fi
if [ ! -s "$debian/debian.tar" ] || [ ! -f "$debian/wheels/.done" ]; then
  bash scripts/debian-base.sh "$debian" > "$log" 2>&1 ||
    echo "install-engines: no Debian to build on: $(tail -n 1 "$log" | cut -c 1-160)"
fi
exit 0
