#!/usr/bin/env bash
# @peculiar/x509 2.2.0 and node-forge 1.4.3: an IPv6 address whose last 32 bits are written in dots (RFC 4291, section 2.2, third form, as
# addresses of NAT64 mostly are) goes into a certificate as another address: the one takes `192` of `192.0.2.33` for hexadecimal digits,
# the other takes the dots for a sign of IPv4. Neither reports anything.
#
# Seen: `64:ff9b::192.0.2.33` becomes 64:FF9B:0:0:0:0:0:192 in the first one's certificate, and 64.0.2.33 in the other one's. Written
# as `64:ff9b::c000:221`, it is right in both. Clients of the address refuse the two certificates (`checkIP` of Node).
# Expected: 64:FF9B:0:0:0:0:C000:221 from both, or an error.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @peculiar/x509@2.2.0 reflect-metadata@0.2.2 node-forge@1.4.3
cat >write.mjs <<'JS'
import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import forge from "node-forge";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
const forgeKeys = forge.pki.rsa.generateKeyPair(2048);
x509.cryptoProvider.set(webcrypto);

async function byPeculiar(ip) {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=index.example.org",
    serialNumber: "01",
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2046-01-01"),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: ip }])],
  });
  return certificate.toString("pem");
}

function byForge(ip) {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forgeKeys.publicKey;
  certificate.serialNumber = "01";
  certificate.setSubject([{ name: "commonName", value: "index.example.org" }]);
  certificate.setIssuer([{ name: "commonName", value: "index.example.org" }]);
  certificate.setExtensions([{ name: "subjectAltName", altNames: [{ type: 7, ip }] }]);
  certificate.sign(forgeKeys.privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

for (const [name, write] of [["@peculiar/x509", byPeculiar], ["node-forge", byForge]]) {
  for (const ip of ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"]) {
    const certificate = new X509Certificate(await write(ip));
    console.log(name, ip, certificate.subjectAltName, certificate.checkIP("64:ff9b::c000:221") !== undefined);
  }
}
JS
node write.mjs | tee seen.txt
printf '%s\n' '@peculiar/x509 64:ff9b::192.0.2.33 IP Address:64:FF9B:0:0:0:0:0:192 false' \
  '@peculiar/x509 64:ff9b::c000:221 IP Address:64:FF9B:0:0:0:0:C000:221 true' \
  'node-forge 64:ff9b::192.0.2.33 IP Address:64.0.2.33 false' \
  'node-forge 64:ff9b::c000:221 IP Address:64:FF9B:0:0:0:0:C000:221 true' | diff - seen.txt
