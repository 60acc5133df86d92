#!/usr/bin/env bash
# uv 0.13.9: `uv pip sync` asks for `--allow-empty-requirements` before an empty requirements.txt clears an environment.
# An empty `pylock.toml`, which `uv export` writes for a project without dependencies, clears it without that question.
#
# Seen: the requirements.txt changes nothing and names the flag; the lock, which says the same, uninstalls everything.
# Expected: one guard for both forms.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tool
tool/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
uv="$work/tool/bin/uv"
printf '[project]\nname = "empty"\nversion = "1"\nrequires-python = ">=3.9"\n' >pyproject.toml
"$uv" export --quiet --format pylock.toml -o pylock.toml >/dev/null
cat pylock.toml
grep -qx 'packages = \[\]' pylock.toml
: >requirements.txt

"$uv" venv --quiet env
export VIRTUAL_ENV="$work/env"
"$uv" pip install --quiet six==1.17.0
"$uv" pip sync requirements.txt 2>text.txt
cat text.txt
grep -q -- '--allow-empty-requirements' text.txt
[ "$("$uv" pip freeze)" = six==1.17.0 ]

"$uv" pip sync pylock.toml 2>lock.txt
cat lock.txt
grep -q 'Uninstalled 1 package' lock.txt
[ -z "$("$uv" pip freeze)" ]
