# One `authors` list, five backends. PEP 621 gives the form: an entry with a name and an address is an address of RFC 822, which quotes a
# name with a comma; one with an address only is the address. hatchling 1.33.0 and flit-core 4.2.0 write that.
#
# Seen: uv_build 0.13.6 does not quote, so that a reader finds two authors, "Example" and "Inc."; pdm-backend 2.5.0 and scikit-build-core 1.1.2
# call an author without a name "Unknown"; poetry-core 2.5.0 writes the first author and drops the others. None of the builds says so.
# Expected: what hatchling writes.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check hatchling==1.33.0 flit-core==4.2.0 uv_build==0.13.6 pdm-backend==2.5.0 \
  scikit-build-core==1.1.2 poetry-core==2.5.0 pip==26.3

for backend in hatchling.build flit_core.buildapi uv_build pdm.backend scikit_build_core.build poetry.core.masonry.api; do
  mkdir -p "$backend/src/example_pkg"
  echo '"""An example."""' >"$backend/src/example_pkg/__init__.py"
  cat >"$backend/pyproject.toml" <<TOML
[build-system]
requires = []
build-backend = "$backend"

[project]
name = "example-pkg"
version = "1.0"
description = "An example"
authors = [{ name = "Example, Inc.", email = "team@corp.example" }, { email = "ada@corp.example" }]

[tool.scikit-build]
wheel.cmake = false
TOML
  PATH="$work/tools/bin:$PATH" tools/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$backend/dist" "./$backend"
  tools/bin/python - "$backend" "$backend"/dist/*.whl <<'PY'
import email, email.utils, sys, zipfile

wheel = zipfile.ZipFile(sys.argv[2])
text = wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA"))).decode()
fields = email.message_from_string(text)
print(sys.argv[1], fields["author"], email.utils.getaddresses([fields["author-email"]]))
PY
done | tee seen.txt
cat >expected.txt <<'TXT'
hatchling.build None [('Example, Inc.', 'team@corp.example'), ('', 'ada@corp.example')]
flit_core.buildapi None [('Example, Inc.', 'team@corp.example'), ('', 'ada@corp.example')]
uv_build Example, Inc. [('', 'Example'), ('Inc.', 'team@corp.example'), ('', 'ada@corp.example')]
pdm.backend None [('Example, Inc.', 'team@corp.example'), ('Unknown', 'ada@corp.example')]
scikit_build_core.build None [('Example, Inc.', 'team@corp.example'), ('Unknown', 'ada@corp.example')]
poetry.core.masonry.api Example, Inc. [('', 'team@corp.example')]
TXT
diff expected.txt seen.txt
