#!/usr/bin/env bash
# Runs the same jobs with jotsmith and with the other tools that are installed, on one machine. Only the ratios are comparable with
# those of other machines.
#
#   benches/peers.sh [JOTSMITH [LINES]]
#
# Single runs: complete processes, compared with jwt-cli (jwt), José (jose) and, if PEERS names a folder with venv/ and node_modules/
# like that of .ci/run for the interoperability tests, PyJWT and panva's jose on Node. The runs alternate, so that other load affects
# both.
# Streams: LINES tokens (300,000) from a file to /dev/null on all cores, compared with `openssl speed` times the number of cores.
set -euo pipefail

jotsmith=$(realpath "${1:-target/release/jotsmith}")
lines=${2:-300000}
cores=$(nproc)
peers=${PEERS:+$(realpath "$PEERS")}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# All programs start from one file system.
mkdir bin
cp "$jotsmith" bin/jotsmith
jotsmith=$folder/bin/jotsmith
for peer in jwt jose; do
    if program=$(command -v "$peer"); then cp -L "$program" bin/; fi
done
export PATH=$folder/bin:$PATH

has() { command -v "$1" > /dev/null; }
row() { printf '%-28s %12s %14s %12s %7s\n' "$@"; }
ratio() { bc -l <<< "scale=2; $1 / $2"; }

for alg in HS256 ES256; do
    "$jotsmith" keygen "$alg" -o "$alg.jwk" 2> /dev/null
    # José does not accept a line end after a token.
    "$jotsmith" sign -q -k "$alg.jwk" sub=alice | tr -d '\n' > "$alg.jwt"
done
"$jotsmith" convert -k ES256.jwk --to pem -o ES256.pem
"$jotsmith" convert -k ES256.jwk --public --to pem -o ES256.pub.pem
printf 'a-shared-secret-of-at-least-32-bytes' > secret
"$jotsmith" sign -q --secret secret sub=alice > secret.jwt
printf '{"sub":"alice"}' > claims.json

# The median times of two commands in microseconds.
cat > cold.py <<'PY'
import os, shlex, statistics, sys, time
null = os.open(os.devnull, os.O_RDWR)
quiet = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in range(3)]
def once(words):
    begin = time.perf_counter_ns()
    _, status = os.waitpid(os.posix_spawnp(words[0], words, os.environ, file_actions=quiet), 0)
    if status:
        sys.exit(f"failed: {shlex.join(words)}")
    return (time.perf_counter_ns() - begin) / 1000
commands = [shlex.split(text) for text in sys.argv[1:]]
times = [[once(words) for words in commands] for _ in range(320)]
print(*(round(statistics.median(one)) for one in zip(*times[20:])))
PY

row "cold, whole process" "jotsmith us" peer "peer us" ratio
compare() {
    local name=$1 peer=$2 ours=$3 theirs=$4
    if ! has "$peer"; then return; fi
    local a b
    read -r a b <<< "$(python3 cold.py "$jotsmith $ours" "$theirs")"
    row "$name" "$a" "${peer##*/}" "$b" "$(ratio "$a" "$b")"
}
compare --version jwt "--version" "jwt --version"
exp=$(($(date +%s) + 3600))
compare "ES256 inspect" jwt "inspect -q @ES256.jwt" "jwt decode $(cat ES256.jwt)"
# In addition to the work of the other tool, it tries 200 publicly known secrets.
compare "HS256 inspect" jwt "inspect -q @secret.jwt" "jwt decode $(cat secret.jwt)"
compare "HS256 sign" jwt "sign -q --secret secret sub=alice" "jwt encode --alg HS256 --secret @secret --exp=$exp --sub alice"
compare "HS256 verify" jwt "verify -q --secret secret @secret.jwt" "jwt decode --alg HS256 --secret @secret $(cat secret.jwt)"
compare "ES256 sign" jwt "sign -q -k ES256.pem sub=alice" "jwt encode --alg ES256 --secret @ES256.pem --exp=$exp --sub alice"
compare "ES256 verify" jwt "verify -q -k ES256.pub.pem @ES256.jwt" "jwt decode --alg ES256 --secret @ES256.pub.pem $(cat ES256.jwt)"
compare "HS256 sign" jose "sign -q -k HS256.jwk sub=alice" "jose jws sig -I claims.json -k HS256.jwk -c -o /dev/null"
compare "HS256 verify" jose "verify -q -k HS256.jwk @HS256.jwt" "jose jws ver -i HS256.jwt -k HS256.jwk -O /dev/null"
compare "ES256 sign" jose "sign -q -k ES256.jwk sub=alice" "jose jws sig -I claims.json -k ES256.jwk -c -o /dev/null"
compare "ES256 verify" jose "verify -q -k ES256.jwk @ES256.jwt" "jose jws ver -i ES256.jwt -k ES256.jwk -O /dev/null"

if [ -n "${peers:-}" ]; then
    python=$peers/venv/bin/python
    cat > pyjwt.py <<'PY'
import jwt
print(jwt.decode(open("secret.jwt").read().strip(), open("secret").read(), algorithms=["HS256"]))
PY
    cat > "$peers/peers-verify.mjs" <<'JS'
import { readFileSync } from 'node:fs'
import { jwtVerify } from 'jose'
const [secret, token] = process.argv.slice(2).map((name) => readFileSync(name))
console.log((await jwtVerify(token.toString().trim(), secret, { algorithms: ['HS256'] })).payload)
JS
    trap 'rm -rf "$folder" "$peers/peers-verify.mjs"' EXIT
    compare "HS256 verify" "$python" "verify -q --secret secret @secret.jwt" "$python pyjwt.py"
    compare "HS256 verify" node "verify -q --secret secret @secret.jwt" "node $peers/peers-verify.mjs secret secret.jwt"
fi

# Lines per second of a stream.
stream() {
    local begin end
    begin=$(date +%s.%N)
    "$jotsmith" "$@" > out
    end=$(date +%s.%N)
    bc -l <<< "scale=0; $(wc -l < out) / ($end - $begin)"
}
# Signatures created and verified per second, on one core.
speed() { openssl speed -seconds 2 "$1" 2> /dev/null | awk 'END { print $(NF - 1), $NF }'; }

echo
row "streams, lines a second" jotsmith peer "peer" ratio
seq "$lines" | sed 's/.*/{"sub":"user-&"}/' > claims.ndjson
for alg in HS256 ES256 Ed25519 RS256; do
    bits=()
    [ "$alg" != RS256 ] || bits=(--bits 2048)
    "$jotsmith" keygen "$alg" "${bits[@]}" -o "$alg.jwk" --force 2> /dev/null
    count=$lines
    [ "$alg" != RS256 ] || count=$((lines / 20))
    head -n "$count" claims.ndjson > "$alg.ndjson"
    signed=$(stream sign --lines -q -k "$alg.jwk" --iss https://issuer.example --aud api --claims "$alg.ndjson")
    mv out "$alg.txt"
    # Signing RS256 is slow, and verifying it is fast.
    if [ "$alg" = RS256 ]; then
        for _ in {1..20}; do cat RS256.txt; done > many
        mv many RS256.txt
    fi
    verified=$(stream verify --lines -q -k "$alg.jwk" --iss https://issuer.example --aud api "@$alg.txt")
    case $alg in
        ES256) read -r sign verify <<< "$(speed ecdsap256)" ;;
        RS256) read -r sign verify <<< "$(speed rsa2048)" ;;
        Ed25519) read -r sign verify <<< "$(speed ed25519)" ;;
        HS256)
            row "HS256 sign" "$signed" - - -
            row "HS256 verify" "$verified" - - -
            continue
            ;;
    esac
    for job in sign verify; do
        ours=$([ "$job" = sign ] && echo "$signed" || echo "$verified")
        theirs=$(bc -l <<< "scale=0; ${!job} * $cores / 1")
        row "$alg $job" "$ours" "openssl x $cores" "$theirs" "$(ratio "$ours" "$theirs")"
    done
done
