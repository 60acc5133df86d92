#!/usr/bin/env bash
# @ltd/j-toml 1.38.0: with `bigint: false`, its option for plain numbers, each octal and binary integer is 0, and nothing is reported.
# TOML 1.0 ("Integer") has both, and octal is what file modes are written in. Decimal and hexadecimal integers are right.
#
# Seen: `mode = 0o755` is 0. By default (BigInt) it is 493n, and smol-toml 1.9.1 and toml 5.0.1 read 493.
# Expected: 493.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @ltd/j-toml@1.38.0 smol-toml@1.9.1 toml@5.0.1
cat >read.mjs <<'JS'
import jToml from "@ltd/j-toml";
import * as smol from "smol-toml";
import toml from "toml";
const text = "mode = 0o755\nbits = 0b1101\nhex = 0xff\nplain = 755";
const show = (name, { mode, bits, hex, plain }) => console.log(name, [mode, bits, hex, plain].join(" "));
show("number", jToml.parse(text, { joiner: "\n", bigint: false }));
show("bigint", jToml.parse(text, { joiner: "\n" }));
show("smol-toml", smol.parse(text));
show("toml", toml.parse(text));
JS
node read.mjs | tee read.txt
printf '%s\n' 'number 0 0 255 755' 'bigint 493 13 255 755' 'smol-toml 493 13 255 755' 'toml 493 13 255 755' | diff - read.txt
