#!/usr/bin/env bash
# Makes the release of one target: builds the program, uses it (under qemu or wine where this machine cannot run it), and writes
# FOLDER/jotsmith-VERSION-TARGET.tar.gz (.zip for Windows) with its SHA-256 beside it. On another machine of the same kind the
# archive has the same bytes, if the folder of the clone has the same name.
#
# usage: packaging/release.sh [TARGET] [FOLDER]   (the target of this machine, target/dist)
#
# Debian's packages for the targets that are built on x86-64 Linux, each with its target of rustup:
#   x86_64-unknown-linux-musl    musl-tools
#   aarch64-unknown-linux-gnu    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
#   aarch64-unknown-linux-musl   the same, and musl-dev:arm64
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
