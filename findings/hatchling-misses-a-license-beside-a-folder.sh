# hatchling 1.33.0: `license-files = ["LICENSES/**/*.txt"]` takes the files of folders in LICENSES, but not those of LICENSES itself: `**` has
# to match a folder. PEP 639 requires globs as in Python's `glob`, where `**` matches none, too; flit-core 4.2.0 and setuptools 84.2.1 do so.
#
# Seen: of LICENSES/MIT.txt and LICENSES/other/BSD.txt, hatchling's wheel has the second one only, and the build says nothing.
# Expected: both files. A distribution goes out without its own license text.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check hatchling==1.33.0 flit-core==4.2.0 setuptools==84.2.1 pip==26.3

for backend in hatchling.build flit_core.buildapi setuptools.build_meta; do
  mkdir -p "$backend/example_pkg" "$backend/LICENSES/other"
  echo '"""An example."""' >"$backend/example_pkg/__init__.py"
  echo MIT >"$backend/LICENSES/MIT.txt"
  echo BSD >"$backend/LICENSES/other/BSD.txt"
  cat >"$backend/pyproject.toml" <<TOML
[build-system]
requires = []
build-backend = "$backend"

[project]
name = "example-pkg"
version = "1.0"
description = "An example"
license = "MIT AND BSD-3-Clause"
license-files = ["LICENSES/**/*.txt"]

[tool.setuptools]
packages = ["example_pkg"]
TOML
  tools/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$backend/dist" "./$backend" 2>"$backend/said.txt"
  echo "$backend: $(tools/bin/python -m zipfile -l "$backend"/dist/*.whl | grep -o 'licenses/[A-Za-z/]*.txt' | sort | tr '\n' ' ')"
done | tee seen.txt
cat >expected.txt <<'TXT'
hatchling.build: licenses/LICENSES/other/BSD.txt 
flit_core.buildapi: licenses/LICENSES/MIT.txt licenses/LICENSES/other/BSD.txt 
setuptools.build_meta: licenses/LICENSES/MIT.txt licenses/LICENSES/other/BSD.txt 
TXT
diff expected.txt seen.txt
python3 - <<'PY'
import glob, os

os.chdir("hatchling.build")
assert sorted(glob.glob("LICENSES/**/*.txt", recursive=True)) == ["LICENSES/MIT.txt", "LICENSES/other/BSD.txt"]
PY
