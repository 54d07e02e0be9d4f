#!/usr/bin/env bash
# Starts the real demo on free ports and a data folder of its own, and drives its page in a real headless Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
penstock=${PENSTOCK:-bin/penstock}
data=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
"$penstock" demo --data "$data" --listen "127.0.0.1:$port" --hub-listen 127.0.0.1:0 --rate 60 >"$data/log" 2>&1 &
demo=$!
trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -rf "$data"' EXIT
for _ in $(seq 120); do
  if ! kill -0 $demo 2>/dev/null; then cat "$data/log"; echo "the demo ended before its page answered" >&2; exit 1; fi
  if node -e "fetch('http://127.0.0.1:$port/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"; then break; fi
  sleep 0.5
done
cd web
if ! PENSTOCK_URL="http://127.0.0.1:$port" PENSTOCK_PROFILE="$data/profile" npm run --silent e2e 2>&1 | tee "$data/tests"; then
  echo "--- the end of the demo's log ---"
  tail -n 40 "$data/log"
  # What failed stands last, where one who reads only the end of a long log finds it.
  echo "--- what failed ---"
  grep -A 12 ' FAIL ' "$data/tests" | tail -n 100
  exit 1
fi
