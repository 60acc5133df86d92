#!/usr/bin/env bash
# @iarna/toml 3.0.0 and 2.2.5: a local date, date-time or time (TOML 1.0.0) is read only where a space, a line end or the end of the file follows
# it. A comma, a closing bracket or a brace after it is an error, so no array on one line and no inline table can end an item with one; after
# a time without a fraction, the next line is an error, too. Offset date-times are read everywhere.
#
# Seen: "Incomplete datetime" and two other messages for five documents that Python's `tomllib` and smol-toml 1.9.1 read; with each date on
# a line of its own, or with a `Z` after the time, the same arrays are read. For dates, 2.2.4 had mended the next line
# (https://github.com/iarna/iarna-toml/issues/19).
# Expected: the values, wherever TOML allows one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . iarna-3@npm:@iarna/toml@3.0.0 iarna-2@npm:@iarna/toml@2.2.5 smol-toml@1.9.1

cat >documents.json <<'JSON'
[
  "cutoffs = [2026-01-31, 2026-06-30]",
  "cutoff = { numpy = 2026-01-31, scipy = 2026-06-30 }",
  "cutoffs = [2026-01-31T12:00:00, 2026-06-30T12:00:00]",
  "times = [07:32:00, 08:00:00]",
  "start = 07:32:00\nend = 08:00:00",
  "cutoffs = [\n2026-01-31\n,\n2026-06-30\n]",
  "cutoffs = [2026-01-31T12:00:00Z, 2026-06-30T12:00:00Z]",
  "start = 2026-01-31\nend = 2026-06-30"
]
JSON
cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import iarna2 from "iarna-2";
import iarna3 from "iarna-3";
import { parse } from "smol-toml";

function read(parser, document) {
  try {
    return JSON.stringify(parser(document)).length > 0 ? "read" : "empty";
  } catch {
    return "refused";
  }
}

for (const document of JSON.parse(readFileSync("documents.json", "utf8"))) {
  console.log(read(iarna3.parse, document), read(iarna2.parse, document), read(parse, document), JSON.stringify(document));
}
JS
node read.mjs | tee seen.txt
python3 -c 'import json, tomllib; print(len([tomllib.loads(document) for document in json.load(open("documents.json"))]))' | grep -x 8
node --input-type=module --eval '
import toml from "iarna-3";
try { toml.parse("cutoffs = [2026-01-31, 2026-06-30]"); } catch (error) { console.log(error.message.split(" at ")[0]); }' | tee message.txt
grep -x 'Incomplete datetime' message.txt
test "$(grep -c '^refused refused read ' seen.txt)" = 5
test "$(grep -c '^read read read ' seen.txt)" = 3
