#!/usr/bin/env bash
# Counts the instructions of single runs. Other processes do not change the count.
#
#   benches/instructions.sh NEW [OLD]
#
# prints one line for each kind of run; instructions.txt contains the output for the last release. With a second binary, built from an
# earlier commit on the same machine, it prints both, and fails if a count has grown by more than 10 %. It needs valgrind.
set -euo pipefail

new=$(realpath "$1")
old=${2:+$(realpath "$2")}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

for alg in HS256 ES256 Ed25519; do
    "$new" keygen "$alg" -o "$alg.jwk" 2>/dev/null
    "$new" sign -q -k "$alg.jwk" sub=alice > "$alg.jwt"
done
"$new" convert -k ES256.jwk --to pem -o ES256.pem
"$new" convert -k ES256.jwk --public --to pem -o ES256.pub.pem

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | awk '/Collected/ { print $NF }'
}

paths=(
    "--version"
    "--help"
    "inspect @ES256.jwt"
    "sign -q -k HS256.jwk sub=alice"
    "verify -q -k HS256.jwk @HS256.jwt"
    "sign -q -k ES256.jwk sub=alice"
    "verify -q -k ES256.jwk @ES256.jwt"
    "sign -q -k ES256.pem sub=alice"
    "verify -q -k ES256.pub.pem @ES256.jwt"
    "sign -q -k Ed25519.jwk sub=alice"
    "verify -q -k Ed25519.jwk @Ed25519.jwt"
)
risen=0
for path in "${paths[@]}"; do
    read -ra words <<< "$path"
    now=$(count "$new" "${words[@]}")
    if [ -z "$old" ]; then
        printf '%12d  %s\n' "$now" "$path"
        continue
    fi
    before=$(count "$old" "${words[@]}")
    printf '%12d  %12d  %+6.1f %%  %s\n' "$before" "$now" "$(bc -l <<< "($now - $before) * 100 / $before")" "$path"
    if ((now * 10 > before * 11)); then risen=1; fi
done
exit "$risen"
