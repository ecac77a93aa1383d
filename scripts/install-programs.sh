#!/usr/bin/env bash
# Installs Debian programs that tests run: `install-programs.sh PROGRAM:PACKAGE...` installs the packages whose program
# is not in PATH. Needs root only when something is missing. Package scripts start no service.
set -euo pipefail

missing=()
for pair in "$@"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get > /dev/null; then
  echo "Programs are missing and apt-get is not available. Install: ${missing[*]}" >&2
  exit 1
fi
# A package script asks this program before it starts a service; 101 forbids it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" > /dev/null
