# dep-logic 0.7.2 (pdm's marker algebra): the intersection of two markers that both hold for Python 3.10.4 does not hold for it, where one
# lists versions with `in` beside a bound on `python_full_version`. Written with `==` in the place of `in`, the same list keeps it.
#
# Seen: `python_full_version < '3.10.4' or python_version in '3.10, 3.13'`, intersected with `python_version <= '3.10'`, becomes
# `python_full_version < "3.10.4"`. By `packaging` 26.4 both hold for 3.10.4, and poetry-core 2.5.0's intersection does too.
# Expected: what both sides hold for; a requirement under such a marker is left out on every 3.10 but the first four.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry-core==2.5.0 dep-logic==0.7.2 packaging==26.4

tools/bin/python - <<'PY' | tee intersections.txt
from dep_logic.markers import parse_marker as dep_logic
from packaging.markers import Marker
from poetry.core.version.markers import parse_marker as poetry

PYTHON = {"python_version": "3.10", "python_full_version": "3.10.4"}
UP_TO = "python_version <= '3.10'"

for some in ("python_version in '3.10, 3.13'", "(python_version == '3.10' or python_version == '3.13')"):
    full = f"python_full_version < '3.10.4' or {some}"
    print(
        Marker(full).evaluate(PYTHON) and Marker(UP_TO).evaluate(PYTHON),
        Marker(str(poetry(full).intersect(poetry(UP_TO)))).evaluate(PYTHON),
        Marker(str(dep_logic(full) & dep_logic(UP_TO))).evaluate(PYTHON),
    )
PY
printf '%s\n' 'True True False' 'True True True' | diff - intersections.txt
