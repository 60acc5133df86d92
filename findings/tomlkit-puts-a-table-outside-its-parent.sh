#!/usr/bin/env bash
# tomlkit 0.15.2, with which poetry and pdm edit files: where a table is written with dotted keys (`sources.a = …` in `[tool.uv]`), a plain dict that
# is added to it gets a header of its own, and that header has the dotted key only, without the table around it. TOML 1.0 ("Table") reads a
# header from the root. The file stays good TOML, and the value is at another place in it.
# Known: https://github.com/python-poetry/tomlkit/issues/557
#
# Seen: after `doc["tool"]["uv"]["sources"]["b"] = {"workspace": True}` the document has the value where it was put, and the text has it in
# `[sources.b]`, at the root. A string, or an inline table, goes in beside `sources.a`. @decimalturn/toml-patch 3.3.0 adds the same value there.
# Expected: `sources.b = {workspace = true}`, or `[tool.uv.sources.b]`.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check tomlkit==0.15.2
npm install --silent --no-audit --no-fund --prefix . @decimalturn/toml-patch@3.3.0

cat >before.toml <<'TOML'
[tool.uv]
package = false
sources.a = { path = "../a" }
TOML
cat >edit.py <<'PY'
import sys
import tomllib

import tomlkit

before = open("before.toml").read()
for name, value in {"dict": {"workspace": True}, "inline": tomlkit.inline_table().append("workspace", True), "string": "x"}.items():
    doc = tomlkit.parse(before)
    doc["tool"]["uv"]["sources"]["b"] = value
    written = tomllib.loads(tomlkit.dumps(doc))
    print(name, doc.unwrap() == written, sorted(written), sorted(written["tool"]["uv"]["sources"]))
PY
tools/bin/python edit.py | tee seen.txt
cat >edit.mjs <<'JS'
import { readFileSync } from "node:fs";
import { parse, patch } from "@decimalturn/toml-patch";
const before = readFileSync("before.toml", "utf8");
const wanted = parse(before);
wanted.tool.uv.sources.b = { workspace: true };
const written = parse(patch(before, wanted));
console.log("toml-patch", Object.keys(written), Object.keys(written.tool.uv.sources));
JS
node edit.mjs | tee -a seen.txt
cat >expected.txt <<'TXT'
dict False ['sources', 'tool'] ['a']
inline True ['tool'] ['a', 'b']
string True ['tool'] ['a', 'b']
toml-patch [ 'tool' ] [ 'a', 'b' ]
TXT
diff expected.txt seen.txt
