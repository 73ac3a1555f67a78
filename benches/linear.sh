#!/usr/bin/env bash
# Checks that the cost is proportional to the size of the input: it counts the instructions for 1, 10 and 100 times the input (for scans,
# it measures the seconds). Other processes do not change the counts. The last column is 1.00 if ten times the input costs ten times as
# much; the cost of the start is subtracted. Fails above 1.25. It needs valgrind and python3.
#
#   benches/linear.sh [JOTSMITH]
set -euo pipefail

jotsmith=$(realpath "${1:-target/release/jotsmith}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

"$jotsmith" keygen HS256 --kid a -o key.jwk 2> /dev/null
"$jotsmith" keygen Ed25519 --kid last -o ed.jwk --public-out ed.pub.jwk 2> /dev/null
"$jotsmith" sign -q -k ed.jwk sub=alice --exp 1d > ed.jwt
for n in 1 10 100; do
    seq $((n * 100)) | sed 's/.*/{"sub":"user-&"}/' > "claims$n"
    "$jotsmith" sign --lines -q -k key.jwk --exp 1d --claims "claims$n" > "tokens$n"
    # Each is tried with the publicly known secrets, which is slow.
    head -n $((n * 5)) "tokens$n" > "few$n"
    sed 's/^/2026-11-24T08:00:00Z GET \/ "Authorization: Bearer /; s/$/" 200 some words behind it/' "tokens$n" > "log$n"
    python3 - "$n" <<'PY'
import base64, json, secrets, sys
n = int(sys.argv[1])
members = {f"claim-{i}": f"value {i}" for i in range(20 * n)}
json.dump(members, open(f"members{n}", "w"))
json.dump({"list": [{"a": i, "b": [i, i]} for i in range(40 * n)]}, open(f"list{n}", "w"))
open(f"spaces{n}", "w").write('{"a":' + " " * 5000 * n + '1}')
open(f"escapes{n}", "w").write('{"a":"' + "\\u00e4\\n" * 500 * n + '"}')
key = lambda i: {"kty": "oct", "kid": f"k{i}", "alg": "HS256", "k": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")}
public = json.load(open("ed.pub.jwk"))
other = lambda i: dict(public, kid=f"k{i}")
json.dump({"keys": [other(i) for i in range(4 * n)] + [public]}, open(f"jwks{n}", "w"))
json.dump({"keys": [key(i) for i in range(10 * n)]}, open(f"oct{n}", "w"))
open(f"words{n}", "w").write("".join(secrets.token_hex(8) + "\n" for _ in range(200 * n)))
for name, text in {
    "noise": secrets.token_bytes(20_000 * n),
    "dots": b"." * 5000 * n,
    "letters": b"eyJ" * 5000 * n,
    "quotes": b'{"' * 2000 * n,
}.items():
    open(f"{name}{n}", "wb").write(text)
    open(f"many-{name}{n}", "wb").write(text * 200)
PY
    for name in members list spaces escapes; do
        "$jotsmith" sign -q -k key.jwk --exp 1d --claims "$name$n" > "$name.jwt$n"
    done
done

count() {
    # The exit code depends on the findings.
    { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$jotsmith" "$@" 2>&1 > /dev/null || true; } \
        | awk '/Collected/ { print $NF }'
}

steep=0
printf '%14s %14s %14s %6s\n' 1x 10x 100x growth
path() {
    local counts=() n
    for n in 1 10 100; do counts+=("$(count ${*//%/$n})"); done
    local growth
    growth=$(bc -l <<< "scale=2; (${counts[2]} - ${counts[1]}) / (10 * (${counts[1]} - ${counts[0]} + 1))")
    printf '%14d %14d %14d %6s  %s\n' "${counts[@]}" "$growth" "${*//%/N}"
    if [ "$(bc -l <<< "$growth > 1.25")" = 1 ]; then steep=1; fi
}

path sign --lines -q -k key.jwk --claims claims%
path verify --lines -q -k key.jwk @tokens%
path inspect --lines -q @few%
path encrypt --lines -q -k key.jwk --alg dir --enc A128CBC-HS256 tokens%
for name in members list spaces escapes; do
    path sign -q -k key.jwk --claims "$name%"
    path verify -q -k key.jwk "@$name.jwt%"
    path inspect "@$name.jwt%"
done
path verify -q -k jwks% @ed.jwt
path inspect jwks%
path inspect oct%
path convert -k oct% --to jwks
path inspect --wordlist words% @few1
path inspect --scan log%
for name in noise dots letters quotes; do path inspect "$name%"; done

# A stream is scanned in blocks of one megabyte, so the growth is visible only with many blocks. That is too slow with valgrind.
TIMEFORMAT=%U
printf '\n%14s %14s %14s %6s\n' '1x s' '10x s' '100x s' growth
for name in noise dots letters quotes; do
    seconds=()
    for n in 1 10 100; do
        seconds+=("$({ time "$jotsmith" inspect --scan "many-$name$n" > /dev/null 2>&1 || true; } 2>&1)")
    done
    growth=$(bc -l <<< "scale=2; ${seconds[2]} / (10 * (${seconds[1]} + 0.005))")
    printf '%14s %14s %14s %6s  inspect --scan many-%sN\n' "${seconds[@]}" "$growth" "$name"
    if [ "$(bc -l <<< "$growth > 1.25")" = 1 ]; then steep=1; fi
done
exit "$steep"
