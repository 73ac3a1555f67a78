#!/usr/bin/env bash
# Scans SCAN_PATH and writes SCAN_SARIF; fails if a finding has at least the severity SCAN_FAIL_ON, which may be empty.
set -euo pipefail
fail_on=()
[[ -z ${SCAN_FAIL_ON:-} ]] || fail_on=(--fail-on "$SCAN_FAIL_ON")
# The shell writes the file, so it is complete even if the command fails. The bash of macOS cannot expand an empty array.
jotsmith inspect --scan --sarif ${fail_on[@]+"${fail_on[@]}"} -- "$SCAN_PATH" > "$SCAN_SARIF"
