#!/usr/bin/env bash
# Downloads the program of a release for this system, verifies it, and adds it to the PATH of the job. Reads JOTSMITH_VERSION,
# JOTSMITH_RELEASES (the URL under which each release has a folder), JOTSMITH_REPOSITORY and GH_TOKEN.
set -euo pipefail
version=${JOTSMITH_VERSION#v}
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  echo "::error::'$JOTSMITH_VERSION' is not a version: use the action at a tag such as v0.1.0, or set its input version"
  exit 1
fi
case ${RUNNER_OS:?}-${RUNNER_ARCH:?} in
  # The static program runs on every Linux, including containers.
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-gnu ;;
  *)
    echo "::error::there is no jotsmith for $RUNNER_OS on $RUNNER_ARCH"
    exit 1
    ;;
esac
name=jotsmith-$version-$target
archive=$name.tar.gz program=jotsmith
[[ $target != *-windows-* ]] || archive=$name.zip program=jotsmith.exe
folder=$(mktemp -d "${RUNNER_TEMP:?}/jotsmith-XXXXXX")
cd "$folder"
for file in "$archive" SHA256SUMS; do
  curl --fail --silent --show-error --location --retry 3 --output "$file" "$JOTSMITH_RELEASES/v$version/$file"
done
# Exactly one line contains the name of the archive.
digest=$(awk -v name="$archive" '$2 == name {print $1}' SHA256SUMS)
actual=$(openssl dgst -sha256 -r "$archive" | cut -d ' ' -f 1)
if [[ -z $digest || $digest != "$actual" ]]; then
  echo "::error::$archive has the SHA-256 $actual, and SHA256SUMS has '$digest'"
  exit 1
fi
# The attestation proves that the release workflow of the repository built the archive.
if [[ -n ${GH_TOKEN:-} ]]; then
  gh attestation verify "$archive" --repo "$JOTSMITH_REPOSITORY"
fi
case $archive in
  *.zip) unzip -q "$archive" ;;
  *) tar -xzf "$archive" ;;
esac
"$name/$program" --version
echo "$folder/$name" >> "$GITHUB_PATH"
echo "path=$folder/$name/$program" >> "$GITHUB_OUTPUT"
