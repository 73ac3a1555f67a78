# The store of the stand-ins: one value with a version, in the folder STORE. The stand-ins have the command line of the
# programs whose names they have, as far as docs/rotation.md uses it, and refuse the same writes.
set -eu

fail() {
  echo "$0: $1" >&2
  exit 1
}

version() { cat "$STORE/version" 2> /dev/null || echo 0; }

# Another writer is faster, after a read, if the file "race" is there.
after_read() {
  if [ -e "$STORE/race" ]; then
    rm "$STORE/race"
    echo $(($(version) + 1)) > "$STORE/version"
  fi
}

# Writes stdin as the next version if the current one is still $1.
compare_and_swap() {
  [ "$(version)" = "$1" ] || fail "the version is $(version), not $1"
  cat > "$STORE/value"
  echo $(($1 + 1)) > "$STORE/version"
}
