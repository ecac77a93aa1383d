#!/usr/bin/env bash
# Runs a command on the Node of the image: `image-node.sh PROGRAM ARGUMENT...`. docker/Dockerfile names the version; the npm
# package `node-<platform>-<arch>` brings it into a folder of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/^FROM node:\([0-9.]*\)-.*/\1/p' "$root/docker/Dockerfile" | sort -u)
folder=$root/node_modules/.cache/image-node/$version

if [ ! -e "$folder/bin/node" ]; then
  name=$(node -p '`node-${process.platform}-${process.arch}`')
  mkdir -p "$folder/bin"
  work=$(mktemp -d "$folder/XXXXXX")
  npm pack --silent --pack-destination "$work" "$name@$version" > /dev/null
  tar -xzf "$work"/*.tgz -C "$work"
  mv "$work/package/bin/node" "$folder/bin/node"
  rm -rf "$work"
fi
PATH="$folder/bin:$PATH" exec "$@"
