#!/usr/bin/env bash
# Builds the Debian package of target/release/jotsmith, installs it, uses it, removes it, and checks that no file remains.
# Needs cargo-deb, and root or sudo. usage: packaging/test-deb.sh
set -euo pipefail
cd "$(dirname "$0")/.."
sudo=$( ((EUID == 0)) || echo sudo)
if dpkg -s jotsmith > /dev/null 2>&1; then
  echo 'jotsmith is installed here; this test would remove it' >&2
  exit 1
fi

deb=$(cargo deb --quiet --no-build --no-strip --output target/debian/jotsmith.deb)
files=$(dpkg-deb --contents "$deb" | awk '$1 !~ /^d/ {sub(/^\./, "", $6); print $6}')
for wanted in /usr/bin/jotsmith /usr/share/bash-completion/completions/jotsmith /usr/share/zsh/vendor-completions/_jotsmith \
  /usr/share/fish/vendor_completions.d/jotsmith.fish /usr/share/man/man1/jotsmith.1.gz /usr/share/man/man1/jotsmith-rotate.1.gz; do
  grep -qxF "$wanted" <<< "$files" || { echo "the package lacks $wanted" >&2; exit 1; }
done
for page in man/*.1; do
  grep -qxF "/usr/share/man/man1/${page##*/}.gz" <<< "$files" || { echo "the package lacks $page" >&2; exit 1; }
done
# GCC's unwinder is linked statically (packaging/build.sh).
depends=$(dpkg-deb --field "$deb" Depends)
[[ $depends =~ ^libc6\ [^,]*$ ]] || { echo "the package depends on more than the C library: $depends" >&2; exit 1; }

trap '$sudo dpkg --purge jotsmith > /dev/null 2>&1 || true' EXIT
$sudo dpkg --install "$deb"
/usr/bin/jotsmith --version
work=$(mktemp -d)
(cd "$work" && jotsmith keygen -o key.jwk && jotsmith sign -q -k key.jwk sub=alice | jotsmith verify -k key.jwk)
rm -r "$work"
bash -c 'source /usr/share/bash-completion/completions/jotsmith && complete -p jotsmith' > /dev/null
# Minimal systems do not install man pages.
if [[ -e /usr/share/man/man1/jotsmith.1.gz ]] && command -v man > /dev/null; then
  man --where jotsmith-rotate
fi

$sudo dpkg --purge jotsmith
trap - EXIT
left=$(while read -r file; do [[ ! -e $file ]] || echo "$file"; done <<< "$files")
[[ -z $left && ! -e /usr/share/doc/jotsmith ]] || { echo "files that remain: $left" >&2; exit 1; }
echo "$deb: installed, used and removed"
