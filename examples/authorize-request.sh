#!/usr/bin/env bash
# A request handler in a shell: verifies the bearer token of a request, and answers with the status of HTTP that fits the reason.
# usage: authorize-request.sh [AUTHORIZATION]   (the header of the request; without it, requests of its own)
set -euo pipefail

authorize() {
  local claims code=0
  claims=$(printf '%s' "$1" | jotsmith verify -q -k issuer.pub.jwk --iss https://issuer.example --aud orders 2> reason.txt) || code=$?
  case $code in
    0) echo "200 $claims" ;;
    # The token is not good, or is not for here: another one may be.
    1[0-6]) echo "401 $(sed -n 's/^jotsmith: error: //p;q' reason.txt)" ;;
    # A fault on this side: the key cannot be read, the command line is wrong.
    *) echo "500" ;;
  esac
}

if (($# > 0)); then
  authorize "$1"
  exit
fi
jotsmith keygen -q ES256 -o issuer.jwk --public-out issuer.pub.jwk
mint() { jotsmith sign -q -k issuer.jwk --iss https://issuer.example --sub alice --no-iat "$@"; }
authorize "Bearer $(mint --aud orders)"
authorize "Bearer $(mint --aud invoices)"
authorize "Bearer $(mint --aud orders --at -1h)"
authorize 'Bearer nonsense'
