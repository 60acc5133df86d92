#!/usr/bin/env bash
# grayskull 3.2.0, which makes conda recipes from Python projects: `python_version < '4.0'`, an upper bound as Poetry writes it, becomes the
# selector `py<40`, and `< '4'` becomes `py<4`. conda-build ("Preprocessing selectors") has `py` as an integer, 311 for Python 3.11, which is
# below neither. `sys_platform == 'darwin'` becomes `darwin`, a name that conda-build does not have, and an unknown name counts as false
# there; macOS is `osx`, which grayskull writes for `platform_system`. (`py>=40` for the project itself: https://github.com/conda/grayskull/issues/295)
#
# Seen: for Python 3.11 on macOS, five of six requirements hold by `packaging` 26.4. The recipe keeps two of them, drops three, and takes the
# sixth, which is for all but macOS. Nothing is reported.
# Expected: `py<400` and `osx`. The conda package otherwise lacks what the project needs, on every Python there is.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check grayskull==3.2.0 packaging==26.4 setuptools==84.2.1

mkdir -p home project/example_pkg recipes
touch project/example_pkg/__init__.py
cat >project/pyproject.toml <<'TOML'
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "example-pkg"
version = "1.0"
requires-python = ">=3.9"
dependencies = [
  "six; python_version < '4.0'",
  "idna; python_version >= '3.9' and python_version < '4'",
  "toml; python_version >= '3.10' and python_version < '3.13'",
  "colorama; sys_platform == 'darwin'",
  "attrs; platform_system == 'Darwin'",
  "docutils; sys_platform != 'darwin'",
]
TOML
(cd project && ../tools/bin/python -c 'from setuptools import build_meta; build_meta.build_sdist("..")' >../log.txt 2>&1)
HOME="$work/home" TMPDIR="$work" PATH="$work/tools/bin:$PATH" tools/bin/grayskull pypi --no-use-v1-format --output recipes example_pkg-1.0.tar.gz >>log.txt 2>&1

tools/bin/python - <<'PY' | tee seen.txt
import pathlib, re, tomllib
from packaging.requirements import Requirement

recipe = pathlib.Path("recipes/example-pkg/meta.yaml").read_text()
selectors = dict(re.findall(r"^ +- ([a-z]+)  # \[(.+)\]$", recipe, re.M))
machine = {"python_version": "3.11", "python_full_version": "3.11.7", "sys_platform": "darwin", "platform_system": "Darwin"}
names = {"py": 311, "osx": True, "unix": True, "linux": False, "win": False, "darwin": False}
for line in tomllib.loads(pathlib.Path("project/pyproject.toml").read_text())["project"]["dependencies"]:
    requirement = Requirement(line)
    selector = selectors[requirement.name]
    print(f"{line} # [{selector}]", requirement.marker.evaluate(machine), eval(selector, names))
PY
cat >expected.txt <<'TXT'
six; python_version < '4.0' # [py<40] True False
idna; python_version >= '3.9' and python_version < '4' # [py>=39 and py<4] True False
toml; python_version >= '3.10' and python_version < '3.13' # [py>=310 and py<313] True True
colorama; sys_platform == 'darwin' # [darwin] True False
attrs; platform_system == 'Darwin' # [osx] True True
docutils; sys_platform != 'darwin' # [not darwin] False True
TXT
diff expected.txt seen.txt
