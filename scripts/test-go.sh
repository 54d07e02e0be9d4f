#!/usr/bin/env bash
# Tests the Go packages under the race detector, and says at the end which tests failed and how.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! go test -race -timeout 20m ./... 2>&1 | tee "$log"; then
  # What failed stands last, where one who reads only the end of a long log finds it.
  echo "--- what failed ---"
  grep -E -A12 '^ *--- FAIL|^panic:|^FAIL.*\[|WARNING: DATA RACE' "$log" | tail -n 120
  exit 1
fi
