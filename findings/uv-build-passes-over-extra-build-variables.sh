#!/usr/bin/env bash
# `extra-build-variables` of uv's settings gives the build of a package environment variables, `extra-build-dependencies` further requirements.
# Both stand in the project's own pyproject.toml here, for the project itself, whose setup.py writes both into the package.
#
# Seen: uv 0.13.9 counts both for `uv pip install .`. `uv build` counts the dependencies and passes over the variables, without a word: the wheel
# that is uploaded is another than the one that was tried in place.
# Expected: the same build from both commands, or a warning.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
mkdir project
cat >project/pyproject.toml <<'TOML'
[build-system]
requires = ["setuptools==80.9.0"]
build-backend = "setuptools.build_meta"

[project]
name = "example-built"
version = "1.0"

[tool.setuptools]
py-modules = ["example_built"]

[tool.uv.extra-build-variables]
example-built = { EXAMPLE_FLAVOR = "sweet" }

[tool.uv.extra-build-dependencies]
example-built = ["iniconfig==2.1.0"]
TOML
cat >project/setup.py <<'PY'
import importlib.util, os, pathlib

from setuptools import setup

flavor = os.environ.get("EXAMPLE_FLAVOR", "plain")
has_more = importlib.util.find_spec("iniconfig") is not None
pathlib.Path(__file__).with_name("example_built.py").write_text(f"WAY = {flavor!r}, {has_more!r}\n")
setup()
PY

cp -r project installed
(cd installed && ../tools/bin/uv pip install --quiet --no-cache --target ../target .)
cp -r project built
(cd built && ../tools/bin/uv build --quiet --no-cache --wheel)
echo "uv pip install: $(cat target/example_built.py)"
echo "uv build:       $(unzip -p built/dist/*.whl example_built.py)"
grep -qx "WAY = 'sweet', True" target/example_built.py
[ "$(unzip -p built/dist/*.whl example_built.py)" = "WAY = 'plain', True" ]
