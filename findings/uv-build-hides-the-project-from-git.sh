#!/usr/bin/env bash
# uv 0.13.9: `uv build` puts a `.gitignore` of `*` into its output folder, also where that is the project's own folder (`-o .`).
# From then on git takes no new file of the project, and says nothing of them.
#
# Seen: before the build `git status` shows `new.py`; after it, neither that nor the `.gitignore` itself.
# Expected: no `.gitignore` in a folder that holds what is built.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tool
tool/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
mkdir -p project/src/plain && cd project
git init --quiet
printf '[build-system]\nrequires = ["hatchling==1.33.0"]\nbuild-backend = "hatchling.build"\n[project]\nname = "plain"\nversion = "1"\n' >pyproject.toml
: >src/plain/__init__.py
: >new.py
git status --porcelain --untracked-files=all >before.txt
grep -q 'new.py' before.txt
rm before.txt

"$work/tool/bin/uv" build --quiet --wheel -o .
cat .gitignore
[ "$(cat .gitignore)" = '*' ]
status="$(git status --porcelain --untracked-files=all)"
echo "git status: '$status'"
[ -z "$status" ]
