#!/usr/bin/env bash
# netrc 0.1.4 (npm): a password with `#` in it ends there, as if a comment began in the middle of a word. Python's
# netrc takes the whole word. So one .netrc gives one index two passwords, and the shorter one is answered with 401.
#
# Seen: `password p#q` is "p", without a word; for netrc-parser 3.1.6 and for Python's netrc it is "p#q".
# Expected: "p#q".
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . netrc@0.1.4 netrc-parser@3.1.6
printf 'machine index.example\n  login user\n  password p#q\n' >netrc.txt
chmod 600 netrc.txt
cat >read.cjs <<'JS'
const { Netrc } = require("netrc-parser");
console.log("netrc", require("netrc")("netrc.txt")["index.example"].password);
const file = new Netrc("netrc.txt");
file.loadSync();
console.log("netrc-parser", file.machines["index.example"].password);
JS
node read.cjs | tee read.txt
python3 -c 'import netrc; print("python", netrc.netrc("netrc.txt").authenticators("index.example")[2])' | tee -a read.txt
printf '%s\n' 'netrc p' 'netrc-parser p#q' 'python p#q' | diff - read.txt
