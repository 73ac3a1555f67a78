#!/usr/bin/env bash
# Encrypts a file to two recipients, each of whom can decrypt it. Signs it first, so that both can verify the sender.
set -euo pipefail

jotsmith keygen -q EdDSA -o sender.jwk --public-out sender.pub.jwk
for name in alice bob; do
  jotsmith keygen -q ECDH-ES+A256KW --curve X25519 -o "$name.jwk" --public-out "$name.pub.jwk"
done
echo 'the report of the quarter' > report.txt
jotsmith sign -q -k sender.jwk --payload report.txt | jotsmith encrypt -q -k alice.pub.jwk -k bob.pub.jwk -o report.jwe
for name in alice bob; do
  echo "$name: $(jotsmith decrypt -q -k "$name.jwk" report.jwe | jotsmith verify -q -k sender.pub.jwk --raw)"
done
