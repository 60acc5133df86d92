#!/usr/bin/env bash
# snyk-poetry-lockfile-parser 1.10.1: a project may ask for one version of a package on old Pythons and for another on new ones (Poetry, "Multiple
# constraints dependencies"), and `poetry.lock` then has the package twice, each with its markers. The graph has the first of the two only.
#
# Seen: idna 3.7 for Python 3.9 and 3.10, idna 3.10 for later ones. `poetry export` (poetry-plugin-export 1.10.1) writes both. The graph has
# idna 3.7 and nothing of the version that each Python since 3.11 installs, in whichever order pyproject.toml has the two. Nothing is printed.
# Expected: both versions, since a scan by this graph otherwise reports the faults of the one and misses those of the other.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir home up down
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry==2.5.1 poetry-plugin-export==1.10.1
npm install --silent --no-audit --no-fund --prefix . snyk-poetry-lockfile-parser@1.10.1
export HOME="$work/home"

project() {
  cat <<TOML
[tool.poetry]
name = "example"
version = "1"
description = ""
authors = []
package-mode = false

[tool.poetry.dependencies]
python = ">=3.9,<4"
idna = [$1, $2]
TOML
}
old='{ version = "3.7", python = "<3.11" }'
new='{ version = "3.10", python = ">=3.11" }'
project "$old" "$new" >up/pyproject.toml
project "$new" "$old" >down/pyproject.toml
cat >graph.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { buildDepGraph } = require("snyk-poetry-lockfile-parser");

const [manifest, lock] = ["pyproject.toml", "poetry.lock"].map((name) => readFileSync(`${process.argv[2]}/${name}`, "utf8"));
for (const { name, version } of buildDepGraph(manifest, lock, true).getDepPkgs()) {
  console.log(`${name}==${version}`);
}
JS
for order in up down; do
  (cd "$order" && ../tools/bin/poetry lock --no-interaction && ../tools/bin/poetry export --without-hashes 2>/dev/null >../exported.txt)
  cat exported.txt
  cut -d ' ' -f 1 exported.txt | LC_ALL=C sort | diff <(printf '%s\n' idna==3.10 idna==3.7) -
  node graph.cjs "$order" 2>&1 | tee graph.txt
  echo idna==3.7 | diff - graph.txt
done
