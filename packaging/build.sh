#!/usr/bin/env bash
# Builds target/release/jotsmith, or target/TARGET/release/jotsmith, without the paths of this machine but one: OpenSSL notes the
# folder that it was built in. So two builds of one commit with one toolchain are the same bytes when they are made in folders of
# the same name, as in a container.
#
# usage: packaging/build.sh [FLAGS OF CARGO]   (--target x86_64-unknown-linux-musl makes a static binary; it needs musl-gcc)
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/flags.sh
target=$(rustc -vV | sed -n 's/^host: //p')
[[ ! " $* " =~ \ --target[\ =]([^ ]+) ]] || target=${BASH_REMATCH[1]}
linked=()
# The unwinder of GCC is linked in: to load it as a library takes a tenth of a millisecond at every start.
[[ $target != *-linux-gnu ]] || linked+=(-l static:-bundle=gcc_eh)
# The list of what is relocated at every start is packed, 10 KB in place of 790. The GNU C library reads it from version 2.36 on,
# musl from 1.2.4 on. The linker of Debian 12 cannot pack it for ARM.
[[ $target != x86_64-*-linux-* ]] || linked+=(-C link-arg=-Wl,-z,pack-relative-relocs)
cargo rustc --locked --release --bin jotsmith "$@" -- ${linked[@]+"${linked[@]}"}
