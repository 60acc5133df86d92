#!/usr/bin/env bash
# pac-resolver 9.0.1 makes proxy scripts asynchronous by rewriting their calls. A helper's call that is an element of an array is not
# awaited: its value is a Promise, which counts as true for every host. `pac-proxy-agent`, and what is built on it, then choose the
# proxy for hosts that the script excludes. In an `if` and in `?:` the same call is awaited.
#
# Seen: of two scripts that differ by that, both send 10.1.2.3 to the proxy, and the one with the array sends 8.8.8.8 there too.
# Expected: 8.8.8.8 goes there directly, as in browsers.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund pac-resolver@9.0.1 quickjs-wasi@2.2.0 2>/dev/null
cat >try.mjs <<'JS'
import { createPacResolver } from "pac-resolver";
import * as quickjs from "quickjs-wasi";

const make = async (body) => {
  const script = `function FindProxyForURL(url, host) { ${body} }`;
  const engine = await quickjs.QuickJS.create();
  return createPacResolver(engine, script);
};
const inArray = await make(
  `var found = [isInNet(host, "10.0.0.0", "255.0.0.0")]; return found[0] ? "PROXY inside:1" : "DIRECT";`,
);
const inCondition = await make(`return isInNet(host, "10.0.0.0", "255.0.0.0") ? "PROXY inside:1" : "DIRECT";`);
for (const host of ["10.1.2.3", "8.8.8.8"])
  console.log(host, await inCondition(`http://${host}/`), await inArray(`http://${host}/`));
JS
node try.mjs | tee seen.txt
grep -qx '10.1.2.3 PROXY inside:1 PROXY inside:1' seen.txt
grep -qx '8.8.8.8 DIRECT PROXY inside:1' seen.txt
