#!/usr/bin/env bash
# tox 4.67.15: `pylock = pylock.toml` hands pip a name, a version and the hashes of each package of the lock. It drops where the files are,
# `url`, `path` and `index` (PEP 751), so that pip looks for all of them in the index that this machine has by default.
#
# Seen: for a package from an index of one's own (a folder here, as for `+cpu` builds) "No matching distribution found", exit 1. pip 26.3
# and uv 0.13.9 install the same lock. A package that is locked as an archive has its path in tox as well.
# Expected: the file at the URL in the lock.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home"
mkdir -p home library app
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check tox==4.67.15 uv==0.13.9 pip==26.3 flit-core==4.2.0

cat >library/pyproject.toml <<'TOML'
[build-system]
requires = ["flit-core"]
build-backend = "flit_core.buildapi"

[project]
name = "example-lib"
version = "1.0+own.1"
description = "An example"
requires-python = ">=3.10"
TOML
touch library/example_lib.py
tools/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir app/wheels ./library

cat >app/pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["example-lib"]

[tool.uv]
package = false

[[tool.uv.index]]
name = "own"
url = "wheels"
format = "flat"
explicit = true

[tool.uv.sources]
example-lib = { index = "own" }

[tool.tox]
env_list = ["test"]

[tool.tox.env_run_base]
skip_install = true
pylock = "pylock.toml"
commands = [["python", "-c", "import example_lib"]]
TOML
cd app
../tools/bin/uv lock --quiet
../tools/bin/uv export --quiet --format pylock.toml --output-file pylock.toml
../tools/bin/pip install --disable-pip-version-check --dry-run --ignore-installed --target unused -r pylock.toml 2>&1 | grep 'Would install' | tee ../pip.txt
../tools/bin/uv venv --quiet ../target
../tools/bin/uv pip sync --quiet --python ../target pylock.toml
../tools/bin/uv pip freeze --quiet --python ../target | tee ../uv.txt
if ../tools/bin/tox -e test >../tox.txt 2>&1; then exit 1; fi
grep 'ERROR' ../tox.txt
sed 's/ --hash=.*//' .tox/test/pylock.txt
echo
grep -x 'Would install example-lib-1.0+own.1' ../pip.txt
grep -q '^example-lib==1.0+own.1' ../uv.txt
grep -q 'No matching distribution found for example-lib==1.0+own.1' ../tox.txt
