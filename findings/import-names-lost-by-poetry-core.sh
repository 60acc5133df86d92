#!/usr/bin/env bash
# One pyproject.toml with `import-names` (core metadata 2.5, PEP 794), three backends, three outcomes:
# hatchling 1.33.0 writes `Import-Name`; setuptools 84.2.1 ends the build and says that it does not support the key yet;
# poetry-core 2.5.0 builds, says nothing, and writes metadata 2.4 without the names.
#
# So changing only the backend loses what tells installers which modules a distribution owns.
# Expected: a backend that knows the key, or one that says that it does not.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check build==1.6.1 hatchling==1.33.0 setuptools==84.2.1 poetry-core==2.5.0

project() { # project FOLDER BACKEND
  mkdir -p "$1/src/one_thing"
  : >"$1/src/one_thing/__init__.py"
  printf '[build-system]\nrequires = []\nbuild-backend = "%s"\n[project]\nname = "one-thing"\nversion = "1"\nimport-names = ["one_thing"]\n' "$2" >"$1/pyproject.toml"
}
metadata() { python3 -m zipfile -e "$1"/dist/*.whl "$1/wheel" && cat "$1"/wheel/*.dist-info/METADATA; }
build() { env/bin/python -m build --wheel --no-isolation "$1" >"$1.log" 2>&1; }

project hatch hatchling.build && build hatch
metadata hatch
metadata hatch | grep -qx 'Import-Name: one_thing'

project poetry poetry.core.masonry.api && build poetry
metadata poetry
metadata poetry | grep -qx 'Metadata-Version: 2.4'
if metadata poetry | grep -i '^import-name' || grep -i 'import-names' poetry.log; then exit 1; fi

project tools setuptools.build_meta
if build tools; then exit 1; fi
grep -o 'Setuptools does not support `import-names`' tools.log | head -1
