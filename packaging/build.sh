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
case $target in
  # The unwinder of GCC and the mathematics of the C library are linked in: to load each as a library takes a tenth of a
  # millisecond at every start. The list of what the loader relocates is packed, 10 KB in place of 790; the GNU C library reads
  # that from version 2.36 on.
  *-linux-gnu) linked=(-l static:-bundle=gcc_eh -l static:-bundle=m -C link-arg=-Wl,-z,pack-relative-relocs) ;;
esac
cargo rustc --locked --release --bin jotsmith "$@" -- ${linked[@]+"${linked[@]}"}
