#!/usr/bin/env bash
# @decimalturn/toml-patch 3.3.0, which edits TOML and keeps its form: where an array of tables has its first entry replaced and its last one
# removed, or two entries change places and the first of them changes, the array is written as an inline value in a new table at the top. The
# table that it was in is left below, so that the file defines `tool.uv` twice, which TOML 1.0 ("Inline Table") forbids.
#
# Seen: of four edits of the indexes in a pyproject.toml, the two named above give a file that neither Python's `tomllib` nor smol-toml 1.9.1
# reads, and toml-patch's own parser refuses it, too. `patch` reports nothing. Only removing, or only changing places, gives a good file.
# Expected: the four arrays as they were asked for.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @decimalturn/toml-patch@3.3.0 smol-toml@1.9.1

cat >edit.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { parse, patch } from "@decimalturn/toml-patch";
import * as smol from "smol-toml";

const before = `
[tool.uv]
package = false

[[tool.uv.index]]
name = "one"
url = "https://one.example.org"

[[tool.uv.index]]
name = "two"
url = "https://two.example.org"
`;
const edits = {
  remove: ([, two]) => [two],
  replace: ([one]) => [{ name: "zero", url: "https://zero.example.org" }, one],
  swap: ([one, two]) => [two, one],
  "swap-change": ([one, two]) => [{ ...two, url: "https://2.example.org" }, one],
};
const reads = (read, text) => {
  try {
    read(text);
    return "reads";
  } catch {
    return "refuses";
  }
};
for (const [name, edit] of Object.entries(edits)) {
  const wanted = parse(before);
  wanted.tool.uv.index = edit(wanted.tool.uv.index);
  const text = patch(before, wanted);
  writeFileSync(`${name}.toml`, text);
  console.log(`${name}: toml-patch ${reads(parse, text)}, smol-toml ${reads(smol.parse, text)}`);
}
JS
node edit.mjs | tee seen.txt
for name in remove replace swap swap-change; do
  code=0
  python3 -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], "rb"))' "$name.toml" 2>error.txt || code=$?
  echo "$name: tomllib exit $code" | tee -a seen.txt
done
cat >expected.txt <<'TXT'
remove: toml-patch reads, smol-toml reads
replace: toml-patch refuses, smol-toml refuses
swap: toml-patch reads, smol-toml reads
swap-change: toml-patch refuses, smol-toml refuses
remove: tomllib exit 0
replace: tomllib exit 1
swap: tomllib exit 0
swap-change: tomllib exit 1
TXT
diff expected.txt seen.txt
