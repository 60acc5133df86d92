// Mutation: one field of a valid chain is changed, by an authority that signs the change, or by one that cannot.
// Every mutant must be refused, and blamed on the right link and for the right reason (docs/trust-model.md).

import { afterAll, describe, expect, test } from "vitest";
import { objectIdentifier, sequence } from "../src/lab/certificates/der-writer.ts";
import {
  EXTENSION_OIDS,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  unknownExtension,
} from "../src/lab/certificates/extensions.ts";
import {
  createAuthority,
  type AuthorityOptions,
  type IssueOptions,
  type KeySpec,
} from "../src/lab/certificates/mint.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { explainChain } from "../src/x509/explain/explain.ts";
import type { ChainExplanation } from "../src/x509/explain/question.ts";
import { indexAnchors } from "../src/x509/rules/path.ts";
import { strideOf } from "./support/cases.ts";
import { createKeyRing } from "./support/lab-keys.ts";
import { HOST, fieldsOf, makeChain, type Chain, type Position } from "./support/mutation-chain.ts";

const keys = createKeyRing();
const DAY_MS = 86_400_000;

/** A change that its authority signs: nothing but the changed field is wrong. */
interface SignedMutation {
  readonly field: string;
  readonly at: Position;
  readonly change: IssueOptions & AuthorityOptions;
  readonly code: string;
  /** The link that has to be blamed, where it is not the changed one. */
  readonly blamed?: Position;
}

describe("a field that its authority changed", () => {
  const score = { refused: 0, link: 0, reason: 0, all: 0 };
  afterAll(() => printScore("signed", score));

  describe.each<KeySpec>(["P-256", "RSA-2048", "Ed25519"])("%s", (spec) => {
    test("the chain itself is valid", () => {
      expect(verdictOn(makeChain(keys, spec))).toMatchObject({ isAccepted: true });
    });

    test.each(signedMutations())("$field of link $at: $code", ({ at, change, code, blamed = at }) => {
      const { isAccepted, explanation } = verdictOn(makeChain(keys, spec, { at, change }));
      count(score, {
        isRefused: !isAccepted,
        isLinkRight: blamedPosition(explanation) === blamed,
        isReasonRight: explanation.code === code,
      });
      expect([isAccepted, explanation.code, blamedPosition(explanation)]).toEqual([false, code, blamed]);
    });
  });
});

describe("a byte that is not signed", () => {
  const score = { refused: 0, link: 0, reason: 0, all: 0 };
  afterAll(() => printScore("unsigned", score));

  test.each<[KeySpec, Position]>([
    ["P-256", 0],
    ["P-256", 1],
    ["P-256", 2],
    ["RSA-2048", 1],
    ["Ed25519", 1],
  ])("%s: bytes of every field of link %i", (spec, at) => {
    const chain = makeChain(keys, spec);
    const original = chain.sent[at] ?? Buffer.alloc(0);
    const wrong: string[] = [];
    for (const { name, start, end } of fieldsOf(original)) {
      for (let offset = start; offset < end; offset += STRIDE) {
        const mutant = Buffer.from(original);
        mutant[offset] = (mutant[offset] ?? 0) ^ (1 << (offset % 8));
        const sent = chain.sent.map((der, position) => (position === at ? mutant : der));
        const { isAccepted, explanation } = verdictOn({ ...chain, sent });
        const position = blamedPosition(explanation);
        // A change of a link can break the one below it as well, which is met first; a changed constraint is told of the
        // name that it no longer allows.
        const isConstraint = explanation.code === "tls/name-constraint-violation" && position === 0;
        const isLinkRight = position === at || position === at - 1 || isConstraint;
        const isReasonRight =
          REASONS.test(explanation.code) || FIELD_REASONS[name]?.test(explanation.code) === true;
        count(score, { isRefused: !isAccepted, isLinkRight, isReasonRight });
        if (isAccepted || !isLinkRight || !isReasonRight)
          wrong.push(`${name} at ${offset}: ${explanation.code} at ${position}: ${explanation.sentence}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** All bytes in CI; of longer fields a part in `npm test`. */
const STRIDE = strideOf(5);

/** What a signature that does not fit, or bytes that make no sense, may be called. */
const REASONS = /^tls\/(bad-signature|malformed-certificate)$/;

/** What a changed field may be called besides: it is wrong for what it says now, and that tells more. */
const FIELD_REASONS: Readonly<Record<string, RegExp>> = {
  "signature algorithm (signed)": /^tls\/(unsupported-signature-algorithm|weak-signature)$/,
  "signature algorithm": /^tls\/(unsupported-signature-algorithm|weak-signature)$/,
  issuer: /^tls\/(unknown-issuer|missing-intermediate|self-signed-leaf)$/,
  validity: /^tls\/(expired|not-yet-valid)$/,
  subject: /^tls\/(unknown-issuer|missing-intermediate|hostname-mismatch)$/,
  "public key": /^tls\/(unsupported-signature-algorithm|weak-key)$/,
  version: /^tls\/(not-a-ca|hostname-mismatch)$/,
  subjectAltName: /^tls\/(hostname-mismatch|unknown-critical-extension|name-constraint-violation)$/,
  basicConstraints: /^tls\/(not-a-ca|path-length-exceeded|wrong-purpose|unknown-critical-extension)$/,
  keyUsage: /^tls\/(not-a-ca|unknown-critical-extension)$/,
  extendedKeyUsage: /^tls\/(wrong-purpose|unknown-critical-extension)$/,
  nameConstraints: /^tls\/(name-constraint-violation|unknown-critical-extension)$/,
  subjectKeyIdentifier: /^tls\/unknown-issuer$/,
  authorityKeyIdentifier: /^tls\/unknown-issuer$/,
  frame: /^tls\/(not-a-ca|hostname-mismatch|unknown-critical-extension)$/,
};

function signedMutations(): readonly SignedMutation[] {
  const authorities = [1, 2] as const;
  const all = [0, 1, 2, 3] as const;
  const below = [0, 1, 2] as const;
  const past = { notBefore: new Date(Date.now() - 90 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
  const future = { notBefore: new Date(Date.now() + DAY_MS), notAfter: new Date(Date.now() + 90 * DAY_MS) };
  const extra = (...extraExtensions: NonNullable<IssueOptions["extraExtensions"]>): IssueOptions => ({
    extraExtensions,
  });
  const rename = (at: number) => ({
    rewriteFields: (fields: readonly Buffer[]) =>
      fields.map((field, index) =>
        index === at ? Buffer.from(createAuthority("CN=Somebody Else", { key: "Ed25519" }).subject) : field,
      ),
  });
  return [
    ...all.map((at) => ({ field: "end of validity", at, change: past, code: "tls/expired" })),
    ...all.map((at) => ({ field: "begin of validity", at, change: future, code: "tls/not-yet-valid" })),
    ...([1, 2, 3] as const).map((at) => ({
      field: "key usage",
      at,
      change: extra(keyUsage("cRLSign", "digitalSignature")),
      code: "tls/not-a-ca",
    })),
    ...below.map((at) => ({
      field: "extended key usage",
      at,
      change: extra(extendedKeyUsage("clientAuth")),
      code: "tls/wrong-purpose",
    })),
    ...below.map((at) => ({
      field: "empty extended key usage",
      at,
      change: extra(extendedKeyUsage()),
      code: "tls/wrong-purpose",
    })),
    ...([1, 2, 3] as const).map((at) => ({
      field: "basic constraints",
      at,
      change: extra(basicConstraints()),
      code: "tls/not-a-ca",
    })),
    ...authorities.map((at) => ({
      field: "absent basic constraints",
      at,
      change: { withoutExtensions: [EXTENSION_OIDS.basicConstraints] },
      code: "tls/not-a-ca",
    })),
    {
      field: "basic constraints",
      at: 0,
      change: extra(basicConstraints({ isCa: true })),
      code: "tls/wrong-purpose",
    },
    {
      field: "path length",
      at: 2,
      change: extra(basicConstraints({ isCa: true, pathLength: 0 })),
      code: "tls/path-length-exceeded",
    },
    {
      field: "path length",
      at: 3,
      change: extra(basicConstraints({ isCa: true, pathLength: 1 })),
      code: "tls/path-length-exceeded",
    },
    ...([1, 2, 3] as const).flatMap((at): readonly SignedMutation[] => [
      {
        field: "permitted names",
        at,
        change: extra(nameConstraints({ permitted: ["elsewhere.example"] })),
        code: "tls/name-constraint-violation",
        blamed: 0,
      },
      {
        field: "excluded names",
        at,
        change: extra(nameConstraints({ excluded: ["corp.example"] })),
        code: "tls/name-constraint-violation",
        blamed: 0,
      },
    ]),
    {
      field: "subject alternative name",
      at: 0,
      change: { names: ["other.corp.example"] },
      code: "tls/hostname-mismatch",
    },
    { field: "absent subject alternative name", at: 0, change: { names: [] }, code: "tls/hostname-mismatch" },
    { field: "address as name", at: 0, change: { names: ["10.0.0.1"] }, code: "tls/hostname-mismatch" },
    ...below.map((at) => ({
      field: "signature bytes",
      at,
      change: { isSignatureCorrupted: true },
      code: "tls/bad-signature",
    })),
    ...below.map((at) => ({
      field: "outer algorithm",
      at,
      change: { outerSignature: { identifier: sequence(objectIdentifier(OID_ECDSA_SHA384)) } },
      code: "tls/malformed-certificate",
    })),
    ...below.map((at) => ({
      field: "both algorithms",
      at,
      change: { signature: { identifier: sequence(objectIdentifier(OID_GOST)) } },
      code: "tls/unsupported-signature-algorithm",
    })),
    ...below.map((at) => ({ field: "issuer", at, change: rename(FIELD_ISSUER), code: "tls/unknown-issuer" })),
    ...authorities.map((at) => ({
      field: "subject",
      at,
      change: rename(FIELD_SUBJECT),
      // Alone, and of an organization whose root is trusted: its issuer was forgotten.
      code: at === 1 ? "tls/missing-intermediate" : "tls/unknown-issuer",
      blamed: (at - 1) as Position,
    })),
    ...authorities.map((at) => ({
      field: "version",
      at,
      change: { version: 1 as const },
      code: "tls/not-a-ca",
    })),
    { field: "version", at: 0, change: { version: 1 }, code: "tls/hostname-mismatch" },
    ...below.map((at) => ({
      field: "unknown version",
      at,
      change: { rewriteFields: (fields: readonly Buffer[]) => [VERSION_9, ...fields.slice(1)] },
      code: "tls/malformed-certificate",
    })),
    ...all.map((at) => ({
      field: "criticality of an unknown extension",
      at,
      change: extra(unknownExtension({ isCritical: true })),
      code: "tls/unknown-critical-extension",
    })),
    ...below.map((at) => ({
      field: "serial number",
      at,
      change: {
        rewriteFields: (fields: readonly Buffer[]) => [
          fields[0] ?? Buffer.alloc(0),
          Buffer.from([2, 0]),
          ...fields.slice(2),
        ],
      },
      code: "tls/malformed-certificate",
    })),
    ...all.map((at) => ({
      field: "key",
      at,
      change: { key: keys.key("RSA-1024", "weak") },
      code: "tls/weak-key",
    })),
    ...below.map((at) => ({
      field: "repeated extension",
      at,
      change: {
        extensions: [
          basicConstraints({ isCa: at > 0 }),
          basicConstraints({ isCa: at > 0 }),
          keyUsage("keyCertSign"),
        ],
      },
      code: at === 0 ? "tls/hostname-mismatch" : "tls/malformed-certificate",
    })),
  ];
}

function verdictOn({ sent, root }: Chain): {
  readonly isAccepted: boolean;
  readonly explanation: ChainExplanation;
} {
  const anchors = indexAnchors([parseCertificate(root)]);
  const explanation = explainChain({ sent, host: HOST, port: 443, anchors, time: new Date() });
  return { isAccepted: explanation.search?.accepted !== undefined, explanation };
}

/** The link that the explanation blames; one that cannot be read is named by its number. */
function blamedPosition({ blamed, sentence, search }: ChainExplanation): number | undefined {
  if (blamed === undefined)
    return search === undefined ? 0 : Number(/^Certificate (\d+) /.exec(sentence)?.[1]) - 1;
  return blamed.position ?? ROOT_POSITION;
}

interface Score {
  refused: number;
  link: number;
  reason: number;
  all: number;
}

function count(
  score: Score,
  verdict: { readonly isRefused: boolean; readonly isLinkRight: boolean; readonly isReasonRight: boolean },
): void {
  score.all += 1;
  score.refused += Number(verdict.isRefused);
  score.link += Number(verdict.isRefused && verdict.isLinkRight);
  score.reason += Number(verdict.isRefused && verdict.isReasonRight);
}

function printScore(kind: string, { all, refused, link, reason }: Score): void {
  process.stdout.write(
    `Mutation score (${kind}): ${refused}/${all} refused, ${link}/${all} by the right link, ${reason}/${all} for the right reason\n`,
  );
}

const ROOT_POSITION = 3;
const FIELD_ISSUER = 3;
const FIELD_SUBJECT = 5;
const OID_ECDSA_SHA384 = "1.2.840.10045.4.3.3";
const OID_GOST = "1.2.643.7.1.1.3.2";
const VERSION_9 = Buffer.from("a003020109", "hex");
