#!/usr/bin/env bash
# node-forge 1.4.3: a certificate signed with RSASSA-PSS and a salt of 20 bytes, the default of RFC 4055 (section 3.1), is no longer valid
# once it was read and written: DER leaves a default out, and node-forge writes it, only in the outer of the two algorithm fields,
# which must be the same (RFC 5280, section 4.1.1.2). A tool that rewrites a CA bundle thus breaks such a CA.
#
# Seen: node-forge verifies the certificate that it read; OpenSSL (through Node) verifies the original, and not the written one. With
# a salt of 32 bytes both copies are the same.
# Expected: the same bytes.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . node-forge@1.4.3
for salt in 20 32; do
  openssl req -x509 -newkey rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:$salt -nodes -keyout key.pem \
    -out "$salt.pem" -subj /CN=pss.example -days 30 2>/dev/null
done
cat >copy.cjs <<'JS'
const { X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { pki } = require("node-forge");
for (const salt of [20, 32]) {
  const original = new X509Certificate(readFileSync(salt + ".pem"));
  const read = pki.certificateFromPem(original.toString());
  const copy = new X509Certificate(pki.certificateToPem(read));
  const verified = [original, copy].map((certificate) => certificate.verify(certificate.publicKey));
  console.log(salt, read.verify(read), ...verified, copy.raw.equals(original.raw));
}
JS
node copy.cjs | tee copy.txt
printf '%s\n' '20 true true false false' '32 true true true true' | diff - copy.txt
