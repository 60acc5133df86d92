#!/usr/bin/env bash
# distlib 0.4.4, the matcher for versions of PEP 440 (`NormalizedMatcher`): `>1.0` excludes all that begins with 1.0, and so 1.0.1, although PEP 440
# ("Exclusive ordered comparison") has `>V` exclude the post-releases of V only, and itself has `>1.7` allow 1.7.1. In parentheses, a version
# ends at the `!` of its epoch and the rest is dropped, so that `1!0.5` is 1. In the versions to match, epochs are read.
#
# Seen: `>1.0` has neither 1.0.1 nor 1.0.1.5, `>1.0.0` has both; `==1!0.5` has 1.0 and not 1!0.5, and `>=1!0.5` has 1.0, too. `packaging` 26.4 has the
# opposite of each of these but `>1.0.0`. Nothing is reported.
# Expected: the answers of `packaging`. A bound that excludes one broken release excludes its fixes with it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check distlib==0.4.4 packaging==26.4

tools/bin/python - <<'PY' | tee seen.txt
from distlib.version import NormalizedMatcher
from packaging.specifiers import SpecifierSet

for text, version in [
    (">1.0", "1.0.1"),
    (">1.0", "1.0.1.5"),
    (">1.0.0", "1.0.1"),
    (">1.0.0", "1.0.1.5"),
    ("==1!0.5", "1.0"),
    ("==1!0.5", "1!0.5"),
    (">=1!0.5", "1.0"),
]:
    print(text, version, NormalizedMatcher(f"example ({text})").match(version), version in SpecifierSet(text))
PY
cat >expected.txt <<'TXT'
>1.0 1.0.1 False True
>1.0 1.0.1.5 False True
>1.0.0 1.0.1 True True
>1.0.0 1.0.1.5 True True
==1!0.5 1.0 True False
==1!0.5 1!0.5 False True
>=1!0.5 1.0 True False
TXT
diff expected.txt seen.txt
