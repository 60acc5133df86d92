#!/usr/bin/env bash
# pip 26.3: `pip lock` writes a pylock.toml that `pip install -r` of the same version refuses, as soon as a local folder
# stands beside a package from an index. uv 0.13.9 installs the same file.
#
# Seen: pip: "Can't verify hashes for these file:// requirements because they point to directories", exit 1: the hashes
# of the index's wheel switch hash checking on for the folder, for which a lock file cannot state any.
# uv: "Would install 2 packages", exit 0.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.9

mkdir -p local
printf '[project]\nname = "local"\nversion = "1.0"\n[tool.setuptools]\npy-modules = []\n' >local/pyproject.toml
env/bin/python -m pip lock --quiet ./local six==1.16.0 --output pylock.toml 2>/dev/null
grep -A1 'packages.directory' pylock.toml

set +e
env/bin/python -m pip install --dry-run -r pylock.toml >pip.txt 2>&1
pip_status=$?
env/bin/uv pip install --dry-run --python env/bin/python -r pylock.toml >uv.txt 2>&1
uv_status=$?
set -e
grep "because they point to directories" pip.txt
grep "Would install 2 packages" uv.txt
echo "pip: exit $pip_status, uv: exit $uv_status"
[ "$pip_status" -eq 1 ] && [ "$uv_status" -eq 0 ]
