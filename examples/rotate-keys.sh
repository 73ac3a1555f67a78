#!/usr/bin/env bash
# Simulates three months of a key set that cron rotates, in steps of five days. Every token verifies.
set -euo pipefail

jotsmith rotate -q keys.jwks --publish jwks.json --alg ES256 --every 30d --lead 7d --retain 1d --force --at 2026-01-01 > /dev/null
failures=0
for ((day = 5; day <= 90; day += 5)); do
  now=$(date --utc --date "2026-01-01 + $day days" +%FT%TZ)
  token=$(jotsmith sign -q -k keys.jwks --sub alice --exp 12h --at "$now")
  jotsmith rotate -q keys.jwks --publish jwks.json --force --at "$now" > /dev/null
  # A verifier with the set of this day verifies the token of the same day.
  jotsmith verify -q -k jwks.json --at "$now" <<< "$token" > /dev/null || failures=$((failures + 1))
done
echo "$(grep -o '"kid"' jwks.json | wc -l) public keys on the last day, $failures tokens failed"
