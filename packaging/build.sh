#!/usr/bin/env bash
# Builds target/release/jotsmith or target/TARGET/release/jotsmith. The binary contains no path of this machine, with one exception:
# OpenSSL records the folder in which it was built. Two builds of one commit with one toolchain are identical if they are made in
# folders of the same name, for example in a container.
#
# usage: packaging/build.sh [FLAGS OF CARGO]   (--target x86_64-unknown-linux-musl makes a static binary; it needs musl-gcc)
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/flags.sh
target=$(rustc -vV | sed -n 's/^host: //p')
[[ ! " $* " =~ \ --target[\ =]([^ ]+) ]] || target=${BASH_REMATCH[1]}
linked=()
# GCC's unwinder is linked statically: loading it as a library takes 0.1 ms at every start.
[[ $target != *-linux-gnu ]] || linked+=(-l static:-bundle=gcc_eh)
# The relative relocations are packed, which takes 10 KB instead of 790 KB. The GNU C library supports this since version 2.36, musl
# since 1.2.4. The linker of Debian 12 does not support it for ARM.
[[ $target != x86_64-*-linux-* ]] || linked+=(-C link-arg=-Wl,-z,pack-relative-relocs)
cargo rustc --locked --release --bin jotsmith "$@" -- ${linked[@]+"${linked[@]}"}
