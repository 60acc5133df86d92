#!/usr/bin/env bash
# migrate-to-uv 0.12.0: where a dependency of Poetry has `python` beside `markers`, both have to hold. The tool joins the two texts with `and` and
# adds no parentheses, so that an `or` in `markers` (PEP 508 binds `and` more tightly) makes the limit on Python void for all but the first part.
# A Pipfile's `sys_platform` beside `markers` meets the same. `python = "!=3.11.*"` loses its star on the way, and excludes 3.11.0 alone.
#
# Seen: for Python 3.11.7 on Linux, uv 0.13.9 takes none of the two dependencies by poetry-plugin-export 1.10.1, and both by the migrated
# project; of the Pipfile, colorama is for Windows only, and Linux gets it. The migration says "Successfully migrated" each time.
# Expected: `python_full_version < '3.10' and (os_name == 'nt' or os_name == 'posix')` and `python_full_version != '3.11.*'`.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home" UV_CACHE_DIR="$work/cache"
mkdir home poetry pipenv
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check migrate-to-uv==0.12.0 poetry==2.5.1 poetry-plugin-export==1.10.1 uv==0.13.9

cat >poetry/pyproject.toml <<'TOML'
[tool.poetry]
name = "example"
version = "1"
description = ""
authors = []
package-mode = false

[tool.poetry.dependencies]
python = ">=3.9,<4"
idna = { version = "3.10", python = "<3.10", markers = "os_name == 'nt' or os_name == 'posix'" }
six = { version = "1.16.0", python = "!=3.11.*" }
TOML
cat >pipenv/Pipfile <<'TOML'
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
colorama = { version = "==0.4.6", sys_platform = "== 'win32'", markers = "os_name == 'nt' or os_name == 'posix'" }
TOML
compile() {
  tools/bin/uv pip compile --quiet --no-header --no-annotate --python-version 3.11.7 --python-platform linux "$1"
}

(cd poetry && ../tools/bin/poetry lock --no-interaction && ../tools/bin/poetry export --without-hashes 2>/dev/null >../exported.txt)
cat exported.txt
test "$(wc -l <exported.txt)" = 2
compile exported.txt | tee by-poetry.txt
test ! -s by-poetry.txt

for project in poetry pipenv; do
  tools/bin/migrate-to-uv --skip-lock "$project" 2>&1 | tee messages.txt
  grep -q 'Successfully migrated' messages.txt
  if grep -qi warning messages.txt; then exit 1; fi
  grep -oE '"(idna|six|colorama)==[^"]*"' "$project/pyproject.toml" | tr -d '"' | tee -a migrated.txt
done
compile migrated.txt | tee by-uv.txt
cat >expected.txt <<'TXT'
idna==3.10 ; python_full_version < '3.10' and os_name == 'nt' or os_name == 'posix'
six==1.16.0 ; python_full_version != '3.11'
colorama==0.4.6 ; sys_platform == 'win32' and os_name == 'nt' or os_name == 'posix'
TXT
diff expected.txt migrated.txt
printf '%s\n' colorama==0.4.6 idna==3.10 six==1.16.0 | diff - by-uv.txt
