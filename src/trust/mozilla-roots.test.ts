import { createHash } from "node:crypto";
import { createSecureContext } from "node:tls";
import { expect, it } from "vitest";

import { judgePath } from "../x509/rules/rules.ts";
import { formatName, parseCertificate } from "../x509/certificates/certificate.ts";
import {
  MOZILLA_ROOTS,
  MOZILLA_ROOTS_COUNT,
  MOZILLA_ROOTS_DATE,
  MOZILLA_ROOTS_SHA256,
} from "./mozilla-roots.generated.ts";

const roots = MOZILLA_ROOTS.map(([label, base64]) => ({
  label,
  base64,
  certificate: parseCertificate(Buffer.from(base64, "base64")),
}));

it("the bundled roots are those whose digest and count they state", () => {
  const digest = createHash("sha256")
    .update(MOZILLA_ROOTS.map(([, base64]) => base64).join("\n"))
    .digest("hex");
  expect([digest, MOZILLA_ROOTS.length]).toEqual([MOZILLA_ROOTS_SHA256, MOZILLA_ROOTS_COUNT]);
  expect(MOZILLA_ROOTS_DATE).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(new Set(roots.map(({ certificate }) => certificate.fingerprint)).size).toBe(MOZILLA_ROOTS_COUNT);
});

it("no bundled root is refused by a rule of our own", () => {
  const context = {
    time: new Date(`${MOZILLA_ROOTS_DATE}T00:00:00Z`),
    host: undefined,
    purpose: "serverAuth",
    maxIntermediates: undefined,
    isDistrusted: undefined,
    budget: { comparisonsLeft: 1_000_000 },
    judged: new Map(),
  } as const;
  // The first place of a path is the server's; the same certificate stands there, so that each root is an authority.
  const refused = roots.flatMap(({ certificate }) =>
    judgePath([certificate, certificate], true, context)
      .filter((finding) => finding.severity === "refuse" && finding.position === 1)
      .map((finding) => `${formatName(certificate.subject)}: ${finding.rule}`),
  );
  expect(refused).toEqual([]);
});

it("the engine takes every bundled root", () => {
  for (const { base64, label } of roots) {
    const pem = `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;
    expect(() => createSecureContext({ cert: pem }), label).not.toThrow();
  }
});
