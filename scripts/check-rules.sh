#!/usr/bin/env bash
# Checks the Prometheus rules and runs their unit tests, with promtool: the one in PATH, else the one of Debian's package
# `prometheus`, which is unpacked into node_modules/.cache and not installed: no service starts, no root is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=node_modules/.cache/promtool
promtool=$(command -v promtool || true)
if [ -z "$promtool" ] && [ ! -x "$cache/usr/bin/promtool" ]; then
  if ! command -v apt-get > /dev/null; then
    echo "promtool is not here, and neither is apt-get: install Prometheus 2.42 or newer and put promtool into PATH" >&2
    exit 1
  fi
  mkdir -p "$cache"
  (cd "$cache" && { apt-get download -qq prometheus 2> /dev/null || { apt-get update -qq && apt-get download -qq prometheus; }; })
  dpkg-deb -x "$cache"/prometheus_*.deb "$cache"
  rm -f "$cache"/prometheus_*.deb
fi
promtool=${promtool:-$cache/usr/bin/promtool}

"$promtool" check config monitoring/prometheus.yml
"$promtool" test rules monitoring/tests/*.test.yml
