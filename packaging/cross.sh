# Sourced with the arguments TARGET HOST. Sets the compiler and the linker of a target that differs from the host, sets `runner` to
# the command that runs programs of the target, and defines `release_cargo`, which runs Cargo with the flags and the profile of the
# release. The same flags avoid a second build of OpenSSL.
release_target=$1
release_cargo() (
  . packaging/flags.sh
  cargo "$@" --locked --release --target "$release_target"
)
runner=()
case $1 in
  "$2") ;;
  x86_64-unknown-linux-musl)
    # On a host with musl the default compiler links with musl.
    [[ $2 == *-musl ]] || export CC_x86_64_unknown_linux_musl=musl-gcc
    ;;
  aarch64-unknown-linux-gnu)
    export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    runner=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="${runner[*]}"
    ;;
  aarch64-unknown-linux-musl)
    if [[ $2 != aarch64-* ]]; then
      export CC_aarch64_unknown_linux_musl=$PWD/packaging/aarch64-musl-gcc
      export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=aarch64-linux-gnu-gcc
      export AR_aarch64_unknown_linux_musl=aarch64-linux-gnu-ar RANLIB_aarch64_unknown_linux_musl=aarch64-linux-gnu-ranlib
      runner=(qemu-aarch64)
    else
      export CC_aarch64_unknown_linux_musl=musl-gcc
    fi
    ;;
  x86_64-pc-windows-gnu)
    runner=("$PWD/packaging/wine.sh")
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="${runner[*]}"
    ;;
esac
