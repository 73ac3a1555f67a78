#!/usr/bin/env bash
# Builds the commit twice from nothing, in a folder of one name, and compares the bytes. Takes two builds of everything, so that CI
# leaves it out. usage: packaging/test-reproducible.sh [TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for build in one another; do
  git clone -q . "$work/jotsmith"
  env -u CARGO_TARGET_DIR "$work/jotsmith/packaging/build.sh" ${1:+--target "$1"}
  mv "$work/jotsmith/target/${1:+$1/}release/jotsmith" "$work/$build"
  rm -rf "$work/jotsmith"
done
sha256sum "$work/one" "$work/another"
cmp "$work/one" "$work/another"
# OpenSSL notes where it looks for engines and modules, which it is built without.
if strings -a "$work/one" | grep -F -e "$work" -e "$HOME/" | grep -v -e /engines-3 -e /ossl-modules; then
  echo 'other paths of this machine are in the binary' >&2
  exit 1
fi
echo 'the same bytes'
