#!/usr/bin/env bash
# distlib 0.4.4 (on which virtualenv builds): in a marker, `==` and `!=` with a version prefix (`== '3.11.*'`, PEP 440, "Version matching") take
# the star for a part of the version. So `==` never holds and `!=` always does. `implementation_version` is compared as text on top of that,
# although PEP 508 compares versions wherever both sides are versions.
#
# Seen: for CPython 3.11.7 all four markers come out as the opposite of what `packaging` 26.4 and pip 26.3 say; the same bounds written with
# `~=`, or with `>=` and `<`, are right. distlib's own `NormalizedMatcher` reads the prefix. Nothing is reported.
# Expected: the answers of `packaging`. What a marker with a star keeps for one Python is left out on it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 distlib==0.4.4 packaging==26.4

tools/bin/python - <<'PY' | tee seen.txt
from distlib.markers import interpret
from distlib.version import NormalizedMatcher
from packaging.markers import Marker, default_environment

python = {"python_version": "3.11", "python_full_version": "3.11.7", "implementation_version": "3.11.7"}
for marker in (
    "python_full_version == '3.11.*'",
    "python_version != '3.*'",
    "implementation_version >= '3.9'",
    "implementation_version < '3.9'",
    "python_full_version ~= '3.11.0'",
    "python_full_version >= '3.11' and python_full_version < '3.12'",
):
    print(f"{marker}: distlib {interpret(marker, python)}, packaging {Marker(marker).evaluate({**default_environment(), **python})}")
print("the matcher:", NormalizedMatcher("python (==3.11.*)").match("3.11.7"))
PY
diff - seen.txt <<'TXT'
python_full_version == '3.11.*': distlib False, packaging True
python_version != '3.*': distlib True, packaging False
implementation_version >= '3.9': distlib False, packaging True
implementation_version < '3.9': distlib True, packaging False
python_full_version ~= '3.11.0': distlib True, packaging True
python_full_version >= '3.11' and python_full_version < '3.12': distlib True, packaging True
the matcher: True
TXT
own="$(tools/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
tools/bin/pip install --dry-run --no-deps "six==1.17.0; python_full_version == '$own.*'" 2>&1 | grep 'Would install six-1.17.0'
tools/bin/python -c "from distlib.markers import interpret; print('here:', interpret(\"python_full_version == '$own.*'\"))" | tee here.txt
grep -x 'here: False' here.txt
