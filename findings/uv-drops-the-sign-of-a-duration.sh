#!/usr/bin/env bash
# uv 0.13.9: `--exclude-newer` takes a duration, and drops its sign without a word: `-3 days`, which reads like "in three
# days", is the same moment as `3 days`, three days ago. So is `3 days ago`.
#
# Seen: all three give the same cutoff (`uv -v` prints it); `P-3D` is refused.
# Expected: one meaning for one sign, or a refusal, as for the ISO 8601 form.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

cutoff() {
  echo six | env/bin/uv pip compile -v --exclude-newer="$1" - 2>&1 |
    sed -n 's/.*Solving with exclude-newer: global: \([0-9-]*T[0-9]*\).*/\1/p' | head -1
}
plain="$(cutoff '3 days')"
for written in '-3 days' '3 days ago'; do
  found="$(cutoff "$written")"
  echo "$written: $found (3 days: $plain)"
  # Hours are compared: the runs are seconds apart.
  [ -n "$found" ]
  env/bin/python - "$plain" "$found" <<'PY'
import sys
from datetime import datetime
one, other = (datetime.strptime(text, "%Y-%m-%dT%H") for text in sys.argv[1:])
assert abs((one - other).total_seconds()) <= 3600, sys.argv
PY
done
if env/bin/uv pip compile --exclude-newer=P-3D - </dev/null 2>refused.txt; then exit 1; fi
grep 'could not be parsed as an ISO 8601 duration' refused.txt
