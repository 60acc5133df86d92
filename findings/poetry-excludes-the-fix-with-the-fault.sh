# poetry 2.5.1: `>=2.8,!=2.9.0,<3` also excludes 2.9.0.post0, the release that mends 2.9.0. The exclusion becomes two ranges, below and
# above 2.9.0, and `>2.9.0` has no post-releases of 2.9.0 (PEP 440, "Exclusive ordered comparison"). `!=2.9.0` alone lets it in.
#
# Seen: `poetry lock` pins python-dateutil 2.8.2, uv 0.13.9 pins 2.9.0.post0 for the same project; by `packaging` 26.4 the set holds it.
# Expected: 2.9.0.post0. A project that excludes a broken release gets an older one instead of the fix.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home"
mkdir home
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry==2.5.1 poetry-core==2.5.0 packaging==26.4 uv==0.13.9

mkdir project
cat >project/pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10,<4"
dependencies = ["python-dateutil>=2.8,!=2.9.0,<3", "six==1.17.0"]

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
TOML
(cd project && ../tools/bin/poetry lock --no-interaction --quiet)
grep -A1 'name = "python-dateutil"' project/poetry.lock | grep version | tee poetry.txt
tools/bin/uv pip compile --quiet --no-header --no-annotate project/pyproject.toml | grep dateutil | tee uv.txt
tools/bin/python - <<'PY' | tee sets.txt
from packaging.specifiers import SpecifierSet
from poetry.core.constraints.version import Version, parse_constraint

for text in ("!=2.9.0", ">=2.8,!=2.9.0,<3"):
    poetry = parse_constraint(text).allows(Version.parse("2.9.0.post0"))
    print(text, "packaging:", SpecifierSet(text).contains("2.9.0.post0"), "poetry:", poetry)
PY
grep -x 'version = "2.8.2"' poetry.txt
grep -x 'python-dateutil==2.9.0.post0' uv.txt
printf '%s\n' '!=2.9.0 packaging: True poetry: True' '>=2.8,!=2.9.0,<3 packaging: True poetry: False' | diff - sets.txt
