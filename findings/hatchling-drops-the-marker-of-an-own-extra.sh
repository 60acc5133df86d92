#!/usr/bin/env bash
# hatchling 1.33.0: an extra that names another extra of the same project gets that one's requirements when the wheel is built. A marker at
# the name is dropped on the way: what an extra `all` takes for one platform only is required everywhere.
#
# Seen: `all = ["example-pkg[windows]; sys_platform == 'win32'"]` becomes `colorama; extra == 'all'`, and pip 26.3 installs colorama on
# Linux. The build says nothing. flit-core 4.2.0 and setuptools 84.2.1 keep the line, and pip takes nothing for it.
# Expected: `colorama; sys_platform == 'win32' and extra == 'all'`. So a change of the backend, or of hatchling only, changes what is installed.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check hatchling==1.33.0 flit-core==4.2.0 setuptools==84.2.1 pip==26.3

for backend in hatchling.build flit_core.buildapi setuptools.build_meta; do
  mkdir -p "$backend/example_pkg"
  echo '"""An example."""' >"$backend/example_pkg/__init__.py"
  cat >"$backend/pyproject.toml" <<TOML
[build-system]
requires = []
build-backend = "$backend"

[project]
name = "example-pkg"
version = "1.0"
description = "An example"

[project.optional-dependencies]
windows = ["colorama==0.4.6"]
all = ["idna==3.10", "example-pkg[windows]; sys_platform == 'win32'"]
TOML
  tools/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$backend/dist" "./$backend"
  wheel="$(echo "$PWD/$backend"/dist/*.whl)"
  tools/bin/pip install --disable-pip-version-check --dry-run --ignore-installed --target unused "example-pkg[all] @ file://$wheel" 2>&1 |
    sed -n "s/^Would install/$backend:/p"
done | tee seen.txt
tools/bin/python - hatchling.build/dist/*.whl <<'PY' | tee requirements.txt
import sys, zipfile

metadata = zipfile.ZipFile(sys.argv[1]).read("example_pkg-1.0.dist-info/METADATA").decode()
print(*(line for line in metadata.splitlines() if line.startswith("Requires-Dist")), sep="\n")
PY
printf '%s\n' 'hatchling.build: colorama-0.4.6 example-pkg-1.0 idna-3.10' 'flit_core.buildapi: example-pkg-1.0 idna-3.10' \
  'setuptools.build_meta: example-pkg-1.0 idna-3.10' | diff - seen.txt
grep -x "Requires-Dist: colorama==0.4.6; extra == 'all'" requirements.txt
