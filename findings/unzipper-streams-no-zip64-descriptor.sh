#!/usr/bin/env bash
# unzipper 0.12.5: an archive that was written to a pipe has its sizes after the data. Where the writer allowed for large files (ZIP64),
# those sizes have 8 bytes each instead of 4 (APPNOTE, section 4.3.9.2). `unzipper.Parse` always reads 4, and loses its place.
#
# Seen: "invalid signature: 0x3c" after the first entry of such an archive, written by Python's zipfile. `unzipper.Open` and yauzl 3.4.0
# read it, and `Parse` reads the same archive without ZIP64.
# Expected: both entries.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . unzipper@0.12.5 yauzl@3.4.0
python3 - <<'PY'
import zipfile


class Pipe:
    def __init__(self, file):
        self.file = file

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


for name, zip64 in (("plain.zip", False), ("zip64.zip", True)):
    with open(name, "wb") as file, zipfile.ZipFile(Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in ("a.txt", "b.txt"):
            with archive.open(entry, "w", force_zip64=zip64) as data:
                data.write(b"hello " * 10)
PY
cat >read.cjs <<'JS'
const { createReadStream } = require("node:fs");
const unzipper = require("unzipper");
const yauzl = require("yauzl");

const readers = {
  async parse(path) {
    const names = [];
    for await (const entry of createReadStream(path).pipe(unzipper.Parse({ forceStream: true }))) {
      names.push(entry.path + ":" + (await entry.buffer()).length);
    }
    return names;
  },
  async open(path) {
    const { files } = await unzipper.Open.file(path);
    return Promise.all(files.map(async (file) => file.path + ":" + (await file.buffer()).length));
  },
  async yauzl(path) {
    const names = [];
    await new Promise((resolve, reject) =>
      yauzl.open(path, (error, zip) => {
        if (error) return reject(error);
        zip.on("entry", (entry) => names.push(entry.fileName + ":" + entry.uncompressedSize));
        zip.on("end", resolve).on("error", reject);
      }),
    );
    return names;
  },
};
(async () => {
  for (const path of ["plain.zip", "zip64.zip"]) {
    for (const [name, read] of Object.entries(readers)) {
      console.log(path, name, await read(path).then((names) => names.join(" "), (error) => error.message));
    }
  }
})();
JS
node read.cjs | tee read.txt
test "$(grep -c ' a.txt:60 b.txt:60$' read.txt)" = 5
grep -x 'zip64.zip parse invalid signature: 0x3c' read.txt
