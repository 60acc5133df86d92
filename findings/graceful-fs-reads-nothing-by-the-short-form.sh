#!/usr/bin/env bash
# graceful-fs 4.2.12: `readSync(fd, buffer)`, the short form that Node has had since 13.13, gives 0 bytes and no error, as if
# the file were empty: the wrapper always hands on five arguments, and Node takes an `undefined` length in the long form for 0.
# `gracefulify(fs)`, as the Serverless Framework 3.40 calls it, does the same to `node:fs` for every package of the process.
# The form with an options object, and the long one, read all.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . graceful-fs@4.2.12
cat >read.cjs <<'JS'
const fs = require("node:fs");
fs.writeFileSync("data.txt", "ten bytes!");
const buffer = Buffer.alloc(10);
const readBy = (library, ...rest) => {
  const descriptor = library.openSync("data.txt");
  const count = library.readSync(descriptor, buffer, ...rest);
  library.closeSync(descriptor);
  return count;
};
const graceful = require("graceful-fs");
console.log("node:fs, short:", readBy(fs));
console.log("graceful-fs, short:", readBy(graceful));
console.log("graceful-fs, options:", readBy(graceful, { position: 0 }));
console.log("graceful-fs, long:", readBy(graceful, 0, 10, 0));
graceful.gracefulify(fs);
console.log("node:fs after gracefulify, short:", readBy(fs));
JS
node read.cjs | tee seen.txt
diff seen.txt - <<'TXT'
node:fs, short: 10
graceful-fs, short: 0
graceful-fs, options: 10
graceful-fs, long: 10
node:fs after gracefulify, short: 0
TXT
