#!/usr/bin/env bash
# pdm-backend 2.5.0 with pip 26.3: each editable wheel brings a `.gitignore` into site-packages. Two editable projects
# thus own one file, and uninstalling the first takes it from the second.
#
# Seen: both RECORD files list `.gitignore`, whose only line is `*`; after `pip uninstall pkg-a` the file is gone while
# pkg-b's RECORD still lists it. Until then the whole environment is invisible to `git status` and `git add`.
# Expected: an editable wheel that holds a `.pth` file and nothing that belongs to its build folder.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3

for name in a b; do
  mkdir -p "$name/src/pkg_$name"
  touch "$name/src/pkg_$name/__init__.py"
  printf '[build-system]\nrequires = ["pdm-backend==2.5.0"]\nbuild-backend = "pdm.backend"\n[project]\nname = "pkg-%s"\nversion = "1.0"\n' "$name" >"$name/pyproject.toml"
done
env/bin/python -m pip install --quiet --disable-pip-version-check -e ./a -e ./b

site="$(env/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
owners="$(grep -l '^\.gitignore,' "$site"/pkg_*.dist-info/RECORD | wc -l)"
echo "owners of site-packages/.gitignore: $owners"
[ "$owners" -eq 2 ]
[ "$(cat "$site/.gitignore")" = "*" ]

env/bin/python -m pip uninstall --quiet --yes pkg-a
grep '^\.gitignore,' "$site/pkg_b-1.0.dist-info/RECORD"
[ ! -e "$site/.gitignore" ]
echo "uninstalling pkg-a removed a file of pkg-b"
