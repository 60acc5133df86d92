#!/usr/bin/env bash
# uv 0.13.9: `uv pip compile` writes the path of a `tool.uv.sources` entry as the project's file has it, although that is relative
# to the project, and paths in a requirements file are relative to the file. For a project in a folder below the working folder the
# written file leads elsewhere, and uv itself cannot install it: `uv pip sync` fails, or takes what lies at the other place.
#
# Seen: `app/pyproject.toml` has `helper = { path = "../helper" }`; the output has `../helper`, which lies outside of the tree.
# Expected: `./helper`, or a `file:` URL as for members of a workspace.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export UV_CACHE_DIR="$work/cache"
python3 -m venv tool
tool/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
uv="$work/tool/bin/uv"
mkdir -p tree/app tree/helper && cd tree
cat >app/pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
dependencies = ["helper"]
[tool.uv.sources]
helper = { path = "../helper" }
TOML
printf '[project]\nname = "helper"\nversion = "1"\n' >helper/pyproject.toml

"$uv" pip compile --quiet app/pyproject.toml -o requirements.txt
cat requirements.txt
grep -qx '../helper' requirements.txt
[ ! -e ../helper ]

"$uv" venv --quiet env
export VIRTUAL_ENV="$PWD/env"
if "$uv" pip sync requirements.txt 2>&1 | tee sync.txt; then exit 1; fi
grep -q 'not found' sync.txt
