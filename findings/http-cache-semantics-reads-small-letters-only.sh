#!/usr/bin/env bash
# http-cache-semantics 4.3.0: `Cache-Control: Max-Age=600` counts as no directive at all. Their names are compared without regard to
# case (RFC 9111, section 5.2). An index that writes them so is asked again for every page.
#
# Seen: 600 seconds of freshness for `max-age=600`, none for `Max-Age=600`.
# Expected: 600 for both.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . http-cache-semantics@4.3.0
cat >read.cjs <<'JS'
const CachePolicy = require("http-cache-semantics");
const request = { url: "/simple/", method: "GET", headers: { host: "index.example" } };
for (const directive of ["max-age=600", "Max-Age=600"]) {
  const headers = { date: new Date().toUTCString(), "cache-control": directive };
  const policy = new CachePolicy(request, { status: 200, headers }, { shared: false });
  console.log(directive, policy.timeToLive() > 590_000, policy.satisfiesWithoutRevalidation(request));
}
JS
node read.cjs | tee read.txt
printf '%s\n' 'max-age=600 true true' 'Max-Age=600 false false' | diff - read.txt
