#!/usr/bin/env bash
# pip 26.3 takes each package of a pylock.toml for a requirement and resolves them once more, by the metadata that each one has. PEP 751
# ("Installation") has an installer take the packages that the lock lists. So a lock that was made with an override cannot be installed.
#
# Seen: requests 2.25.1 asks for idna<3, and the project overrides that (`override-dependencies` of uv 0.13.9). pip ends with
# "ResolutionImpossible: The user requested idna==3.10", and says that idna has no distribution for this environment. uv installs the same
# lock, and so does tox 4.67.15, which adds pip's `--no-deps`.
# Expected: what the lock says, as with `--no-deps`.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9 pip==26.3

cat >pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10"
dependencies = ["requests==2.25.1"]

[tool.uv]
package = false
override-dependencies = ["idna==3.10"]
constraint-dependencies = ["certifi==2025.8.3", "chardet==4.0.0", "urllib3==1.26.20"]
TOML
tools/bin/uv lock --quiet
tools/bin/uv export --quiet --format pylock.toml --output-file pylock.toml
grep -E '^(name|version)' pylock.toml
tools/bin/uv venv --quiet target
tools/bin/uv pip sync --quiet --python target pylock.toml
tools/bin/uv pip freeze --python target | tee uv.txt
pip() { tools/bin/pip install --disable-pip-version-check --dry-run --ignore-installed --target unused -r pylock.toml "$@"; }
if pip >pip.txt 2>&1; then exit 1; fi
grep -A 12 '^ERROR' pip.txt
pip --no-deps 2>&1 | grep 'Would install' | tee plain.txt
printf '%s\n' certifi==2025.8.3 chardet==4.0.0 idna==3.10 requests==2.25.1 urllib3==1.26.20 | diff - uv.txt
grep -q 'ResolutionImpossible' pip.txt
grep -q 'requests 2.25.1 depends on idna<3' pip.txt
grep -q 'idna-3.10' plain.txt
