#!/usr/bin/env bash
# Makes a stand-in for the base image of docker/Dockerfile where no container registry can be reached: the root of a file
# system with Debian's packages and the Node of scripts/image-node.sh: `image-base.sh FILE.tar`.
set -euo pipefail
file=$1
node=$(bash "$(dirname "$0")/image-node.sh" sh -c 'command -v node')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root" "$work/packages"

# The parts of bookworm-slim that the Dockerfile and Node need.
packages=(base-files base-passwd dash coreutils findutils sed grep libc6 libc-bin libgcc-s1 libstdc++6 gcc-12-base
  libacl1 libattr1 libselinux1 libpcre2-8-0 libgmp10 libssl3 tzdata)
cd "$work/packages"
apt-get download -qq "${packages[@]}" 2> /dev/null || { apt-get update -qq && apt-get download -qq "${packages[@]}"; }
for package in *.deb; do dpkg-deb -x "$package" "$root"; done
ln -sf dash "$root/bin/sh"
for name in passwd group; do cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"; done
mkdir -p "$root"/{tmp,proc,dev,sys,root,run} "$root/etc/ssl/certs"
chmod 1777 "$root/tmp"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"

mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules"
install -m 755 "$node" "$root/usr/local/bin/node"
cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$file.$$" .
mv "$file.$$" "$file"
