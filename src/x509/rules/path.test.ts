import { describe, expect, it } from "vitest";

import { basicConstraints, encodeName, keyUsage } from "../../lab/certificates/extensions.ts";
import {
  createAuthority,
  createKey,
  mintCertificate,
  type MintedCertificate,
} from "../../lab/certificates/mint.ts";
import { parseCertificate, type Certificate } from "../certificates/certificate.ts";
import { indexAnchors, searchPaths, type PathQuestion } from "./path.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

const host = "pypi.corp.example";
const parse = ({ der }: { der: Uint8Array }): Certificate => parseCertificate(der);
const root = createAuthority("Root", { key: createKey("P-256") });
const issuing = root.intermediate("Issuing", { key: createKey("P-256") });
const leaf = issuing.issue(host, { key: createKey("P-256") });
const dayMs = 86_400_000;

function search(
  server: MintedCertificate,
  sent: readonly MintedCertificate[],
  anchors: readonly MintedCertificate[],
  options: Partial<PathQuestion> = {},
) {
  return searchPaths({
    leaf: parse(server),
    intermediates: sent.map((certificate) => parse(certificate)),
    anchors: indexAnchors(anchors.map((certificate) => parse(certificate))),
    time: new Date(),
    host,
    ...options,
  });
}
const subjects = (path: { readonly certificates: readonly Certificate[] } | undefined): readonly string[] =>
  path?.certificates.map((certificate) => certificate.subject.relativeNames.flat()[0]?.value ?? "") ?? [];

describe("searchPaths", () => {
  it("finds the way past an expired cross-signature to a valid root", () => {
    const oldRoot = createAuthority("Old Root", { key: createKey("P-256") });
    const cross = mintCertificate({
      key: root.key,
      subject: "Root",
      issuer: oldRoot,
      notBefore: new Date(Date.now() - 90 * dayMs),
      notAfter: new Date(Date.now() - dayMs),
      extensions: [basicConstraints({ isCa: true }), keyUsage("keyCertSign")],
    });
    expect(subjects(search(leaf, [issuing, cross], [oldRoot, root]).accepted)).toEqual([
      host,
      "Issuing",
      "Root",
    ]);
  });

  it("goes back from a way that fails and takes another", () => {
    // Two certificates for the same authority: the one that looks better leads under a constraint that forbids the name.
    const strict = createAuthority("Strict Root", {
      key: createKey("P-256"),
      notBefore: new Date(Date.now() - dayMs),
    });
    const detour = mintCertificate({
      key: issuing.key,
      subject: "Issuing",
      issuer: strict,
      extensions: [basicConstraints({ isCa: true, pathLength: 0 }), keyUsage("digitalSignature")],
    });
    const { accepted, refused } = search(leaf, [detour, issuing], [strict, root]);
    expect(subjects(accepted)).toEqual([host, "Issuing", "Root"]);
    expect(refused.map((path) => path.findings[0]?.rule).filter((rule) => rule !== "not-a-ca")).toEqual([]);
  });

  it("does not care about order, strangers and copies in what was sent", () => {
    const stranger = createAuthority("Stranger", { key: createKey("P-256") });
    expect(search(leaf, [root, stranger, issuing, issuing, leaf], [root]).accepted).toBeDefined();
  });

  it.each([
    ["an intermediate", [issuing], [host, "Issuing"]],
    ["the server's own certificate", [leaf], [host]],
  ])("takes %s as an anchor", (_, anchors, expected) => {
    expect(subjects(search(leaf, [issuing], anchors).accepted)).toEqual(expected);
  });

  it("does not go in circles", () => {
    const [first, second] = [createKey("P-256"), createKey("P-256")];
    const extensions = [basicConstraints({ isCa: true })];
    const a = mintCertificate({
      key: first,
      subject: "A",
      issuer: { key: second, subject: subjectOf("B") },
      extensions,
    });
    const b = mintCertificate({
      key: second,
      subject: "B",
      issuer: { key: first, subject: subjectOf("A") },
      extensions,
    });
    const server = mintCertificate({ key: createKey("P-256"), subject: host, issuer: a });
    const { accepted, isExhausted } = search(server, [a, b], [root]);
    expect([accepted, isExhausted]).toEqual([undefined, false]);
  });

  it("takes names for one whose letters differ in case only, whatever other characters they have", () => {
    const authority = createAuthority("Corp \ufffd Root", { key: createKey("P-256") });
    const server = mintCertificate({
      key: createKey("P-256"),
      subject: host,
      issuer: { key: authority.key, subject: encodeName("corp \ufffd root") },
    });
    expect(subjects(search(server, [], [authority]).complete[0])).toEqual([host, "Corp \ufffd Root"]);
  });

  it("says that there may be other paths where one is as long as any may be", () => {
    let longest = root.intermediate("Step");
    for (let step = 0; step < 12; step += 1) longest = longest.intermediate(`Step ${step}`);
    const server = longest.issue(host);
    const { accepted, isExhausted, isPartial } = search(server, server.chain, [root]);
    expect([accepted, isExhausted, isPartial]).toEqual([undefined, false, true]);
    expect(search(leaf, [issuing], [root]).isPartial).toBe(false);
  });

  it("ends within its budget however many authorities share a name", () => {
    const authorities = Array.from({ length: 40 }, () =>
      mintCertificate({
        key: createKey("P-256"),
        subject: "Same",
        extensions: [basicConstraints({ isCa: true })],
      }),
    );
    const server = mintCertificate({ key: createKey("P-256"), subject: host, issuer: authorities[0]! });
    const started = processorMs();
    expect(search(server, authorities, [root]).accepted).toBeUndefined();
    expect(processorMs() - started).toBeLessThan(SLOWEST_MS);
  });

  it("distinguishes a key of another kind from a signature that does not match", () => {
    const sameName = createAuthority("Root", { key: createKey("Ed25519") });
    const otherKey = createAuthority("Root", { key: createKey("P-256") });
    const kinds = (anchor: MintedCertificate) =>
      search(leaf, [issuing], [anchor]).brokenLinks.map(({ verdict }) => verdict.kind);
    expect(kinds(sameName)).toEqual(["other-key-kind"]);
    expect(kinds(otherKey)).toEqual(["invalid"]);
  });

  it("refuses what a certificate's own root allows and a policy does not", () => {
    const { accepted, refused } = search(leaf, [issuing], [root], {
      isDistrusted: ({ fingerprint }) => fingerprint === parse(issuing).fingerprint,
    });
    expect(accepted).toBeUndefined();
    expect(refused[0]?.findings[0]).toMatchObject({ rule: "distrusted", position: 1 });
  });

  it("counts intermediates against a limit, self-issued ones apart", () => {
    expect(search(leaf, [issuing], [root], { maxIntermediates: 0 }).accepted).toBeUndefined();
    expect(search(leaf, [issuing], [root], { maxIntermediates: 1 }).accepted).toBeDefined();
  });
});

function subjectOf(name: string): Buffer {
  return mintCertificate({ key: root.key, subject: name }).subject;
}

/** The design wants 250 ms; machines that run many tests at once take several times as long. */
const SLOWEST_MS = 10_000;
