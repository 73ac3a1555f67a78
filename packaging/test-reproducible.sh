#!/usr/bin/env bash
# Builds the commit twice from scratch, in folders of the same name, and compares the bytes. CI does not run it, because it takes two
# complete builds. usage: packaging/test-reproducible.sh [TARGET]
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
# OpenSSL records the folders of engines and modules, although it is built without them.
if strings -a "$work/one" | grep -F -e "$work" -e "$HOME/" | grep -v -e /engines-3 -e /ossl-modules; then
  echo 'the binary contains other paths of this machine' >&2
  exit 1
fi
echo 'both builds have the same bytes'
