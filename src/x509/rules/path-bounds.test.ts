import { expect, test } from "vitest";

import {
  basicConstraints,
  encodeName,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  type Extension,
} from "../../lab/certificates/extensions.ts";
import { createKey, mintCertificate, type MintedCertificate } from "../../lab/certificates/mint.ts";
import { parseCertificate } from "../certificates/certificate.ts";
import { indexAnchors, searchPaths, type CertificatePath } from "./path.ts";

const STEPS = 7;
const authority: readonly Extension[] = [basicConstraints({ isCa: true }), keyUsage("keyCertSign")];

/** Two certificates for each of seven authorities, any of which leads to any of the next ones: 128 paths, without a root. */
function manyPaths(
  server: readonly Extension[],
  others: readonly Extension[] = [],
): readonly CertificatePath[] {
  const keys = Array.from({ length: STEPS + 1 }, () => createKey("Ed25519"));
  const signer = (step: number) => ({ key: keys[step]!, subject: encodeName(`Step ${step}`) });
  const mint = (step: number): MintedCertificate =>
    mintCertificate({
      key: keys[step]!,
      subject: `Step ${step}`,
      issuer: signer(step + 1),
      extensions: [...authority, ...others],
    });
  const steps = Array.from({ length: STEPS }, (_, step) => [mint(step), mint(step)]).flat();
  const leaf = mintCertificate({
    key: createKey("P-256"),
    subject: "server",
    issuer: signer(0),
    extensions: server,
  });
  const search = searchPaths({
    leaf: parseCertificate(leaf.der),
    intermediates: steps.map(({ der }) => parseCertificate(der)),
    anchors: indexAnchors([]),
    time: new Date(),
    host: "pypi.corp.example",
  });
  expect(search.incomplete).toHaveLength(2 ** STEPS);
  return search.incomplete;
}

const longest = (paths: readonly CertificatePath[]): number =>
  Math.max(...paths.map(({ findings }) => findings.length));

// Promise: untrusted input cannot make a command hang, or fill the memory
// Attack: a server, or a box in its place, shows a chain of some kilobytes with thousands of faults and thousands of paths
test.each<[fault: string, server: readonly Extension[], others: readonly Extension[]]>([
  ["names that are not hosts", [subjectAltName(...Array.from({ length: 2_000 }, () => ""))], []],
  [
    "extensions that are there twice",
    [subjectAltName("pypi.corp.example")],
    Array.from({ length: 120 }, () => ({ oid: "2.999.3", isCritical: false, value: Buffer.from([5, 0]) })),
  ],
])("has a few findings for each certificate of a path, however many %s", (_, server, others) => {
  const paths = manyPaths(server, others);
  expect(longest(paths)).toBeLessThan(20 * (STEPS + 1));
  const [first, second] = paths;
  expect(first!.findings.some((finding) => second!.findings.includes(finding))).toBe(true);
});

test("keeps refusals where it leaves findings out", () => {
  const readable = Array.from({ length: 20 }, (_, at) => ({
    oid: "1.3.6.1.5.5.7.1.1",
    isCritical: false,
    value: Buffer.from([at]),
  }));
  const [path] = manyPaths([subjectAltName("pypi.corp.example"), ...readable]);
  const own = path!.findings.filter(({ rule }) => rule === "duplicate-extension");
  expect(own).toHaveLength(8);
  expect(own.every(({ severity }) => severity === "refuse")).toBe(true);
});

test("lists the first few of very many purposes", () => {
  const purposes = Array.from({ length: 1_000 }, (_, at) => `1.2.${at}` as const);
  const [path] = manyPaths([subjectAltName("pypi.corp.example"), extendedKeyUsage(...purposes)]);
  const finding = path!.findings.find(({ rule }) => rule === "purpose");
  expect(finding?.seen).toBe(`extendedKeyUsage ${purposes.slice(0, 8).join(", ")} and 992 more`);
});
