#!/usr/bin/env bash
# uv 0.13.9: a pattern in `tool.uv.cache-keys` counts by the newest change among its files only. A file that goes, unless it was
# the newest, leaves that as it is: `uv pip install -r` keeps a wheel that still has the module whose source is gone. The keys
# are meant for generated and native sources, which come and go.
#
# Seen: with `cache-keys = [{ file = "src/**/*.py" }]`, after `rm src/plain/old.py` uv answers "Checked 1 package", and
# `import plain.old` works. A file that changes is seen ("Built plain").
# Expected: built again, since the files that the key matches are not those of the build.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export UV_CACHE_DIR="$work/cache"
python3 -m venv tool
tool/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
uv="$work/tool/bin/uv"
mkdir -p plain/src/plain
cat >plain/pyproject.toml <<'TOML'
[build-system]
requires = ["hatchling==1.33.0"]
build-backend = "hatchling.build"
[project]
name = "plain"
version = "1"
[tool.uv]
cache-keys = [{ file = "pyproject.toml" }, { file = "src/**/*.py" }]
TOML
echo 'value = 1' >plain/src/plain/old.py
sleep 1
: >plain/src/plain/__init__.py
echo './plain' >requirements.txt
"$uv" venv --quiet env
export VIRTUAL_ENV="$work/env"
"$uv" pip install --quiet -r requirements.txt

rm plain/src/plain/old.py
"$uv" pip install -r requirements.txt 2>&1 | tee removed.txt
grep -q '^Checked 1 package' removed.txt
env/bin/python -c 'import plain.old; print("plain.old is still there:", plain.old.__file__.endswith("plain/old.py"))'

# The keys are in force: what changes is seen.
sleep 1
echo 'value = 2' >>plain/src/plain/__init__.py
"$uv" pip install -r requirements.txt 2>&1 | tee changed.txt
grep -q 'Built plain' changed.txt
! env/bin/python -c 'import plain.old' 2>/dev/null
