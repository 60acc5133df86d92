# poetry-core 2.5.0: an entry point whose name has a space (the entry points specification: names may hold any characters but `=`) loses the
# space on its way into entry_points.txt: "pretty print" becomes "prettyprint". hatchling 1.33.0 and flit-core 4.2.0 keep it.
#
# Seen: in the installed distribution `entry_points(group="example.filters")` has "prettyprint", and a lookup by the name in pyproject.toml
# finds nothing. The build says nothing. So changing only the backend breaks a plugin.
# Expected: the name as it was written.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry-core==2.5.0 hatchling==1.33.0 flit-core==4.2.0 pip==26.3

for backend in poetry.core.masonry.api hatchling.build flit_core.buildapi; do
  mkdir -p "$backend/example_pkg"
  printf '"""An example."""\ndef pretty(): pass\n' >"$backend/example_pkg/__init__.py"
  cat >"$backend/pyproject.toml" <<TOML
[build-system]
requires = []
build-backend = "$backend"

[project]
name = "example-pkg"
version = "1.0"
description = "An example"

[project.entry-points."example.filters"]
"pretty print" = "example_pkg:pretty"
TOML
  tools/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --target "$backend/target" "./$backend"
  PYTHONPATH="$backend/target" tools/bin/python - "$backend" <<'PY'
import sys
from importlib.metadata import distribution

print(sys.argv[1], [point.name for point in distribution("example-pkg").entry_points])
PY
done | tee seen.txt
printf '%s\n' "poetry.core.masonry.api ['prettyprint']" "hatchling.build ['pretty print']" "flit_core.buildapi ['pretty print']" | diff - seen.txt
