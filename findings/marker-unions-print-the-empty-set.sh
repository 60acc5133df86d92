# poetry-core 2.5.0 and dep-logic 0.7.2 (pdm's marker algebra): a disjunction of conjunctions, united with a marker that no environment
# satisfies, prints `… or <empty>`, which neither these libraries nor `packaging` 26.4 can read. United with a plain marker it does not.
#
# Seen: `(linux and x86_64) or (win32 and ≥ 3.12)`, united with the intersection of `linux` and `win32`.
# Expected: the first marker as it was, since the union with the empty set changes nothing.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry-core==2.5.0 dep-logic==0.7.2 packaging==26.4

tools/bin/python - <<'PY' | tee unions.txt
from dep_logic.markers import parse_marker as dep_logic
from packaging.markers import InvalidMarker, Marker
from poetry.core.version.markers import parse_marker as poetry

LINUX, WINDOWS = "sys_platform == 'linux'", "sys_platform == 'win32'"
BOTH = f"{LINUX} and platform_machine == 'x86_64' or {WINDOWS} and python_version >= '3.12'"


def readable(read, text):
    try:
        read(text)
        return "read again"
    except Exception as error:
        return type(error).__name__


for name, parse, union, nothing in (
    ("poetry-core", poetry, lambda a, b: a.union(b), poetry(LINUX).intersect(poetry(WINDOWS))),
    ("dep-logic", dep_logic, lambda a, b: a | b, dep_logic(LINUX) & dep_logic(WINDOWS)),
):
    for marker in (LINUX, BOTH):
        text = str(union(parse(marker), nothing))
        print(name, "<empty>" in text, readable(Marker, text) == "read again", readable(parse, text) == "read again")
PY
printf '%s\n' 'poetry-core False True True' 'poetry-core True False False' 'dep-logic False True True' 'dep-logic True False False' | diff - unions.txt
