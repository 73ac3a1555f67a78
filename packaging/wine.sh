#!/bin/sh
# Runs a Windows program under Debian's wine64 8, which lacks bcryptprimitives.dll. Rust's standard library loads it. This script
# builds a replacement once: its only function, ProcessPrng, calls SystemFunction036 of advapi32.dll, which also returns random bytes.
#
# usage: packaging/wine.sh PROGRAM.exe [ARGUMENTS]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/target/wine
if [ ! -e "$folder/dll/bcryptprimitives.dll" ]; then
  mkdir -p "$folder/dll"
  made=$(mktemp -d "$folder/XXXXXX")
  cat > "$made/prng.c" << 'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
    while (length > 0) {
        ULONG part = length > 65536 ? 65536 : (ULONG)length;
        if (!SystemFunction036(bytes, part)) return FALSE;
        bytes += part;
        length -= part;
    }
    return TRUE;
}
C
  x86_64-w64-mingw32-gcc -O2 -Wall -shared -o "$made/bcryptprimitives.dll" "$made/prng.c" -ladvapi32
  mv "$made/bcryptprimitives.dll" "$folder/dll/"
  rm -r "$made"
fi
# The wine prefix is used by this clone only. Its registry has the default settings of Windows 10.
export WINEPREFIX="${WINEPREFIX:-$folder/prefix}" WINEPATH="$folder/dll" WINEDEBUG="${WINEDEBUG:--all}" WINEARCH=win64
export WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
exec "$wine" "$@"
