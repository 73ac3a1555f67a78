#!/usr/bin/env bash
# Builds the commit twice, in two folders of different names, and compares the bytes. Takes two builds of everything, so that CI leaves
# it out. usage: packaging/test-reproducible.sh [TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in "$work/one" "$work/another/deeper"; do
  git clone -q . "$folder"
  env -u CARGO_TARGET_DIR "$folder/packaging/release.sh" "$@"
done
binary=target/${1:+$1/}release/jotsmith
sha256sum "$work/one/$binary" "$work/another/deeper/$binary"
cmp "$work/one/$binary" "$work/another/deeper/$binary"
if strings -a "$work/one/$binary" | grep -F -e "$work" -e "$HOME/"; then
  echo 'paths of this machine are in the binary' >&2
  exit 1
fi
echo 'the same bytes'
