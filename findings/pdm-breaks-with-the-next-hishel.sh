#!/usr/bin/env bash
# pdm 2.29.4 asks for `hishel[httpx2]>=1.4.0`, with no upper bound, and uses a class that hishel 2.0.0 no longer has. A
# fresh `pip install pdm` takes the newest hishel, so that the first `pdm lock` of any project fails. The extra `locked`,
# which pins hishel 1.4.0, works; so does `pip install pdm 'hishel<2'`.
#
# Seen with hishel 2.0.0: [AttributeError]: module 'hishel' has no attribute 'SyncSqliteStorage', exit code 1.
# Seen with hishel 1.4.0: the lock file is written, exit code 0.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home"
mkdir home

for hishel in 2.0.0 1.4.0; do
  python3 -m venv "pdm-$hishel"
  "pdm-$hishel/bin/pip" install --quiet --disable-pip-version-check pdm==2.29.4 "hishel[httpx2]==$hishel"
  "pdm-$hishel/bin/pip" check >/dev/null # by their metadata the two fit together
  mkdir "project-$hishel"
  cat >"project-$hishel/pyproject.toml" <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10"
dependencies = ["six==1.17.0"]
TOML
  code=0
  (cd "project-$hishel" && "../pdm-$hishel/bin/pdm" lock) >"out-$hishel.txt" 2>&1 || code=$?
  echo "hishel $hishel: exit code $code"
  echo "$code" >"code-$hishel"
done
grep "AttributeError" out-2.0.0.txt
test "$(cat code-2.0.0)" = 1
test "$(cat code-1.4.0)" = 0
test -f project-1.4.0/pdm.lock
