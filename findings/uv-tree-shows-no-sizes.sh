#!/usr/bin/env bash
# uv 0.13.9: `uv pip tree --show-sizes` stands in the help ("Show compressed wheel sizes for packages in the tree") and is
# accepted, but prints the tree without any size, also with `--outdated`. `uv tree --show-sizes`, for a project, prints them.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
tools/bin/uv venv --quiet env
tools/bin/uv pip install --quiet --python env 'jinja2==3.1.6' 'markupsafe==3.0.3'

tools/bin/uv pip tree --help | grep -A2 -e --show-sizes
tools/bin/uv pip tree --python env 2>/dev/null | tee plain.txt
grep -q "^jinja2 v3.1.6" plain.txt
tools/bin/uv pip tree --python env --show-sizes 2>/dev/null | diff plain.txt -

mkdir project
cat >project/pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10"
dependencies = ["jinja2==3.1.6"]
TOML
tools/bin/uv tree --quiet --project project --show-sizes | tee project.txt
grep -E '^(├|└).*jinja2.*\([0-9.]+ ?[KM]?i?B\)' project.txt
