#!/usr/bin/env bash
# Three roles: a developer whose request gets the status 401, an engineer who rotates keys, and an analyst who examines an unknown
# token.
set -euo pipefail

echo '== a 401'
jotsmith keygen -q ES256 -o issuer.jwk
jotsmith convert issuer.jwk --public --to jwks -o jwks.json
issue() { jotsmith sign -q -k issuer.jwk --iss https://issuer.example --sub alice scope='orders:read' "$@" --bearer; }
issue --aud invoices > header.txt # For curl -H @header.txt.
# With the rules of the API, verify reports why the token is rejected.
jotsmith verify -k jwks.json --iss https://issuer.example --aud orders --scope orders:read header.txt 2>&1 || echo "exit code $?"
echo "the token is for $(jotsmith inspect --get aud header.txt)"
issue --aud orders > header.txt
echo "accepted: $(jotsmith verify -q -k jwks.json --iss https://issuer.example --aud orders --get sub header.txt)"

echo '== new keys'
rotate() { jotsmith rotate -q keys.jwks --publish published.json "$@"; }
rotate --alg ES256 --every 30d --lead 7d --retain 1d > /dev/null
jotsmith sign -q -k keys.jwks --sub alice > before.jwt
stolen=$(jotsmith convert keys.jwks --kid active --to thumbprint)
rotate --revoke "$stolen" --reason 'a laptop was stolen' > /dev/null
jotsmith sign -q -k keys.jwks --sub alice > after.jwt
jotsmith verify -q -k published.json before.jwt 2> /dev/null || echo "a token of the stolen key: exit code $?"
echo "a token of the new key: $(jotsmith verify -q -k published.json --get sub after.jwt)"
rotate --check && echo 'the rotation is on time'
jotsmith inspect --for envoy,kubernetes --fail-on medium published.json > /dev/null && echo 'Envoy and Kubernetes read the set'

echo '== an unknown token'
cat > unknown.txt << 'END'
authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c
END
jotsmith inspect --fail-on high unknown.txt 2>&1 > page.txt || echo "exit code $?"
jotsmith inspect --explain hs-known-secret
jotsmith inspect --report html unknown.txt -o report.html
jotsmith inspect -q --redact unknown.txt
