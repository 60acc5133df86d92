#!/usr/bin/env bash
# univers 32.0.1, which vulnerability tools use for version ranges: PEP 440 ("Version specifiers") joins clauses with `and`. univers reads them as
# points on a line, sorted by version, as its own notation (VERS) has them, but does not convert the one into the other. Two clauses of `!=`
# alone then hold for nothing, where one holds for all but its version, and bounds that meet or cross become the opposite.
#
# Seen: of five versions, `!=1.5` has four and `!=1.5,!=1.6` none; `>=1.5,<=1.5`, which is 1.5, has all five; `<1.0,>=2.0`, which is empty,
# has two. `packaging` 26.4 has 4, 3, 1 and 0 of them. Nothing is reported.
# Expected: the answers of `packaging`. "Not affected" and "affected" change places for such a range.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check univers==32.0.1 packaging==26.4

tools/bin/python - <<'PY' | tee seen.txt
from packaging.specifiers import SpecifierSet
from univers.version_range import PypiVersionRange
from univers.versions import PypiVersion

versions = ["0.5", "1.4", "1.5", "1.6", "2.5"]
for text in ["!=1.5", "!=1.5,!=1.6", ">=1.5,<=1.5", "<1.0,>=2.0"]:
    read = PypiVersionRange.from_native(text)
    univers = [version for version in versions if PypiVersion(version) in read]
    specifiers = SpecifierSet(text)
    print(text, "univers:", *univers)
    print(text, "packaging:", *[version for version in versions if version in specifiers])
PY
cat >expected.txt <<'TXT'
!=1.5 univers: 0.5 1.4 1.6 2.5
!=1.5 packaging: 0.5 1.4 1.6 2.5
!=1.5,!=1.6 univers:
!=1.5,!=1.6 packaging: 0.5 1.4 2.5
>=1.5,<=1.5 univers: 0.5 1.4 1.5 1.6 2.5
>=1.5,<=1.5 packaging: 1.5
<1.0,>=2.0 univers: 0.5 2.5
<1.0,>=2.0 packaging:
TXT
diff expected.txt seen.txt
