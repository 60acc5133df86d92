#!/usr/bin/env bash
# @hapi/ammo 6.0.1, which reads `Range` for hapi: a request for the last N bytes of a file that has fewer is one for the whole file (RFC 9110,
# section 14.1.2). A reader of archives may ask so, since a ZIP file has its list at the end. ammo counts back beyond the start. And one of several
# ranges that lies past the end makes it answer that none can be satisfied, where by the same section one that can be is enough.
#
# Seen, for 10 bytes: `bytes=-1000` is from -990 to 9, which hapi 21.4.10 with inert 7.1.2 answers with 500 (a RangeError); `bytes=0-5,100-200`
# is answered with 416. `bytes=-10` and `bytes=0-1000` are answered with 206, and header-range-parser 2.0.0 reads 0 to 5 from the second one.
# Expected: 206 for both, with all ten bytes and with the first six.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @hapi/ammo@6.0.1 @hapi/hapi@21.4.10 @hapi/inert@7.1.2 header-range-parser@2.0.0
mkdir files
printf 0123456789 >files/ten

cat >serve.mjs <<'JS'
import Ammo from "@hapi/ammo";
import Hapi from "@hapi/hapi";
import Inert from "@hapi/inert";
import { parseRange } from "header-range-parser";

const server = Hapi.server({ host: "127.0.0.1", port: 0, debug: false });
await server.register(Inert);
server.route({ method: "GET", path: "/ten", handler: { file: "files/ten" } });
await server.start();
for (const range of ["bytes=-10", "bytes=-1000", "bytes=0-1000", "bytes=0-5,100-200"]) {
  const { status } = await fetch(`${server.info.uri}/ten`, { headers: { range } });
  const [read] = Ammo.header(range, 10) ?? [];
  console.log(range, status, read ? `${read.from} to ${read.to}` : "none");
}
const [{ start, end }] = parseRange(10, "bytes=0-5,100-200");
console.log("header-range-parser", start, end);
await server.stop();
JS
node serve.mjs | tee seen.txt
cat >expected.txt <<'TXT'
bytes=-10 206 0 to 9
bytes=-1000 500 -990 to 9
bytes=0-1000 206 0 to 9
bytes=0-5,100-200 416 none
header-range-parser 0 5
TXT
diff expected.txt seen.txt
