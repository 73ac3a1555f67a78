#!/usr/bin/env bash
# Creates the release archive of one target. Builds the program, runs the smoke test (under qemu or wine if this machine cannot run
# the program), and writes FOLDER/jotsmith-VERSION-TARGET.tar.gz (.zip for Windows) and its SHA-256. The archive is reproducible: on
# another machine of the same kind it has the same bytes if the folder of the clone has the same name.
#
# usage: packaging/release.sh [TARGET] [FOLDER]   (the target of this machine, target/dist)
#
# Debian packages that the targets need on x86-64 Linux, in addition to the target in rustup:
#   x86_64-unknown-linux-musl    musl-tools
#   aarch64-unknown-linux-gnu    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
#   aarch64-unknown-linux-musl   gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user musl-dev:arm64
#   x86_64-pc-windows-gnu        gcc-mingw-w64-x86-64 wine64
set -euo pipefail
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
target=${1:-$host}
dist=${2:-target/dist}
. packaging/cross.sh "$target" "$host"

packaging/build.sh --target "$target"
program=${CARGO_TARGET_DIR:-target}/$target/release/jotsmith
[[ $target != *-windows-* ]] || program+=.exe
python3 packaging/smoke.py "$program" ${runner[@]+"${runner[@]}"}
python3 packaging/archive.py "$program" "$target" "$dist"
