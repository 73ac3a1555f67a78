#!/usr/bin/env bash
# A request handler: verifies the bearer token of a request, and prints the HTTP status that fits the result.
# usage: authorize-request.sh [AUTHORIZATION]   (the value of the header; without it, the script runs example requests)
set -euo pipefail

authorize() {
  local claims code=0
  claims=$(printf '%s' "$1" | jotsmith verify -q -k issuer.pub.jwk --iss https://issuer.example --aud orders 2> reason.txt) || code=$?
  case $code in
    0) echo "200 $claims" ;;
    # The token is not valid, or not for this service: the client can obtain another one.
    1[0-6]) echo "401 $(sed -n 's/^jotsmith: error: //p;q' reason.txt)" ;;
    # An error of this server: the key cannot be read, or the command line is invalid.
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
