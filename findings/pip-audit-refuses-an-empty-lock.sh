#!/usr/bin/env bash
# pip-audit 2.10.1 with uv 0.13.9: a project without dependencies has a lock with `packages = []`, the empty array, which
# `packaging` 26.4 reads and pip 26.3 installs. `pip-audit --locked` takes the empty array for a missing key and fails.
#
# Seen: "pylock.toml: missing packages in lockfile", exit code 1. So the audit of a project fails on the day on which its
# last dependency is removed.
# Expected: nothing to audit, exit code 0.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3
env/bin/python -m pip install --quiet uv==0.13.9 pip-audit==2.10.1 packaging==26.4
mkdir project
printf '[project]\nname = "empty"\nversion = "1"\nrequires-python = ">=3.9"\n' >project/pyproject.toml
env/bin/uv export --quiet --project project --format pylock.toml -o project/pylock.toml >/dev/null
grep -qx 'packages = \[\]' project/pylock.toml
env/bin/python - <<'PY'
import tomllib
from packaging.pylock import Pylock
with open("project/pylock.toml", "rb") as file:
    lock = Pylock.from_dict(tomllib.load(file))
print("packaging reads", len(lock.packages), "packages")
PY
env/bin/python -m pip install --quiet -r project/pylock.toml
if env/bin/pip-audit --locked project 2>refused.txt; then exit 1; fi
cat refused.txt
grep -q 'missing packages in lockfile' refused.txt
