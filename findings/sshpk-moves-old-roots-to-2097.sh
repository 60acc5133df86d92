#!/usr/bin/env bash
# sshpk 1.18.0: a certificate's UTCTime has two digits for the year, of which 50 to 99 are 1950 to 1999 (RFC 5280, section 4.1.2.5.1). sshpk adds
# 1999 to them instead of 1900, so that each root of the last century starts at the end of this one.
#
# Seen: in certifi 2024.12.14, GlobalSign Root CA (1 September 1998) is valid from 2097, and Entrust.net 2048 (24 December 1999) from 2098. Both
# count as expired on 1 January 2025, and nothing is reported. Node and @fidm/x509 1.2.1 read 1998 and 1999. On the other 147 roots, which
# start after 1999, all three agree.
# Expected: 1998 and 1999, and not expired: these two end in 2028 and 2029.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check certifi==2024.12.14
npm install --silent --no-audit --no-fund --prefix . sshpk@1.18.0 @fidm/x509@1.2.1
cp "$(tools/bin/python -m certifi)" roots.pem

cat >read.cjs <<'JS'
const fs = require("node:fs");
const { X509Certificate } = require("node:crypto");
const { Certificate } = require("@fidm/x509");
const sshpk = require("sshpk");

const moment = new Date("2025-01-01T00:00:00Z");
let agreed = 0;
for (const pem of fs.readFileSync("roots.pem", "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)) {
  const node = new X509Certificate(pem);
  const fidm = Certificate.fromPEM(Buffer.from(pem));
  const read = sshpk.parseCertificate(pem, "pem");
  const starts = [new Date(node.validFrom), fidm.validFrom, read.validFrom].map((date) => date.getUTCFullYear());
  if (new Set(starts).size === 1 && !read.isExpired(moment)) agreed += 1;
  else console.log("%s node %d, fidm %d, sshpk %d,", fidm.subject.commonName, ...starts, `expired: ${read.isExpired(moment)}, end ${read.validUntil.getUTCFullYear()}`);
}
console.log(agreed, "others agree");
JS
node read.cjs | tee seen.txt
cat >expected.txt <<'TXT'
GlobalSign Root CA node 1998, fidm 1998, sshpk 2097, expired: true, end 2028
Entrust.net Certification Authority (2048) node 1999, fidm 1999, sshpk 2098, expired: true, end 2029
147 others agree
TXT
diff expected.txt seen.txt
