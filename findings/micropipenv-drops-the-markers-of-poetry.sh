# micropipenv 1.10.0, which images for containers use to install from foreign locks, and poetry 2.5.1: poetry writes the marker of each
# locked package into `poetry.lock`, micropipenv drops it. What is locked for Windows or an old Python is installed everywhere, and a package
# that has files for Windows only cannot be. A project in the `[project]` table, poetry's own form since 2.0, is refused as a whole.
#
# Seen: `micropipenv requirements` writes colorama and tomli without the markers that `poetry export` writes; for the same project in
# `[project]`: "Failed to find package category for: colorama", exit 3.
# Expected: the markers, as poetry-plugin-export 1.10.1 writes them.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home"
mkdir home old new
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry==2.5.1 poetry-plugin-export==1.10.1 'micropipenv[toml]==1.10.0'

cat >source.toml <<'TOML'

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
TOML
cat >old/pyproject.toml <<'TOML'
[tool.poetry]
name = "example"
version = "1"
description = ""
authors = []

[tool.poetry.dependencies]
python = ">=3.10,<4"
colorama = {version = "0.4.6", markers = "sys_platform == 'win32'"}
tomli = {version = "2.2.1", markers = "python_version < '3.11'"}
TOML
cat >new/pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10,<4"
dependencies = ["colorama==0.4.6; sys_platform == 'win32'", "tomli==2.2.1; python_version < '3.11'"]
TOML
for form in old new; do
  cat source.toml >>"$form/pyproject.toml"
  (cd "$form" && ../tools/bin/poetry lock --no-interaction --quiet)
  (cd "$form" && ../tools/bin/poetry export --without-hashes --without-urls 2>/dev/null) | grep -E '^(colorama|tomli)' | tee "export-$form.txt"
done
(cd old && ../tools/bin/micropipenv requirements --method poetry --no-hashes --no-indexes --no-comments) | grep -E '^(colorama|tomli)' | tee micropipenv.txt
test "$(grep -c ' ; ' export-old.txt)" = 2
printf '%s\n' colorama==0.4.6 tomli==2.2.1 | diff - micropipenv.txt
code=0
(cd new && ../tools/bin/micropipenv requirements --method poetry) >refusal.txt 2>&1 || code=$?
tail -n 1 refusal.txt
test "$code" = 3
grep 'Failed to find package category for' refusal.txt
