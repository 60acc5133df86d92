// Inputs for everything that reads trust, made from good ones by chance: certificates, bundles, and the file of `pinion
// trust add`. A reader may refuse in its own words; nothing else may come of any input.

import { isPinionError } from "../../src/errors.ts";
import { createAuthority } from "../../src/lab/certificates/mint.ts";
import { parseHostAnchors } from "../../src/trust/host-anchors.ts";
import { readBundleBytes } from "../../src/trust/read-source.ts";
import { explainChain } from "../../src/x509/explain/explain.ts";
import {
  looksLikeCertificate,
  parseCertificate,
  tryParseCertificate,
  trySubject,
  trySubjectBytes,
} from "../../src/x509/certificates/certificate.ts";
import { indexAnchors } from "../../src/x509/rules/path.ts";
import { seededRandom, type Random } from "./random.ts";
import { processorMs } from "./processor-time.ts";

export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Pieces that inputs of this kind are made of. */
  readonly words: readonly string[];
  /** Throws where a rule is broken. */
  readonly check: (input: Buffer) => "taken" | "refused";
}

export interface FuzzResult {
  readonly name: string;
  readonly inputs: number;
  readonly taken: number;
  readonly slowestMs: number;
  /** The first inputs that broke a rule, base64. */
  readonly broken: readonly { readonly input: string; readonly why: string }[];
}

/** Reads `inputs` mutants per target, the same for the same seed. */
export function fuzzTrust(options: {
  readonly inputs: number;
  readonly seed: number;
}): readonly FuzzResult[] {
  return fuzzTargets().map((target) => fuzz(target, options));
}

function fuzzTargets(): readonly FuzzTarget[] {
  const root = createAuthority("C=DE, O=Corp, CN=Corp Root");
  const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA", { key: "P-384" });
  const leaf = issuing.issue("pypi.corp.example", {
    names: ["pypi.corp.example", "10.0.0.1", "*.corp.example"],
  });
  const anchors = indexAnchors([parseCertificate(root.der)]);
  const time = new Date();
  const certificates = [root.der, issuing.der, leaf.der];
  const bundle = Buffer.from(`# Corp\n${root.pem}${leaf.keyPem}${issuing.pem}`);
  return [
    { name: "certificates", seeds: certificates, words: DER_WORDS, check: readCertificate },
    {
      name: "bundles",
      seeds: [bundle, Buffer.from(bundle.toString().replaceAll("\n", "\r\n")), root.der],
      words: PEM_WORDS,
      check: readBundle,
    },
    {
      name: "trust files",
      seeds: [trustFile([root.der, leaf.der])],
      words: JSON_WORDS,
      check: readTrustFile,
    },
    {
      name: "chains",
      seeds: certificates,
      words: DER_WORDS,
      check: (der) => {
        const sent = [der, issuing.der];
        const { path } = explainChain({ sent, host: "pypi.corp.example", port: 443, anchors, time });
        if (path === undefined) return "refused";
        // Some changes change nothing.
        if (leaf.der.equals(der)) return "taken";
        throw new TypeError("a forged certificate was accepted");
      },
    },
  ];
}

function fuzz(
  target: FuzzTarget,
  { inputs, seed }: { readonly inputs: number; readonly seed: number },
): FuzzResult {
  const random = seededRandom(seed);
  const broken: { input: string; why: string }[] = [];
  let taken = 0;
  let slowestMs = 0;
  const count = Math.ceil(inputs * (target.name === "chains" ? CHAINS_SHARE : 1));
  for (let run = 0; run < count && broken.length < MAX_BROKEN; run += 1) {
    const input = mutate(target, random);
    const started = processorMs();
    try {
      if (target.check(input) === "taken") taken += 1;
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      broken.push({ input: input.toString("base64"), why });
    }
    slowestMs = Math.max(slowestMs, processorMs() - started);
  }
  return { name: target.name, inputs: count, taken, slowestMs, broken };
}

function mutate({ seeds, words }: FuzzTarget, random: Random): Buffer {
  const seed = seeds[random.below(seeds.length)] ?? Buffer.alloc(0);
  let input: Buffer = Buffer.from(seed);
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) input = change(input, words, random);
  return input;
}

function change(input: Buffer, words: readonly string[], random: Random): Buffer {
  const at = random.below(input.length + 1);
  const until = Math.min(input.length, at + 1 + random.below(40));
  const [before, piece, after] = [input.subarray(0, at), input.subarray(at, until), input.subarray(until)];
  const word = Buffer.from(random.pick(words), "latin1");
  const octet = Buffer.of(random.below(256));
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([before, octet, input.subarray(at + 1)]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, after]);
    case 3:
      return Buffer.concat([before, word, after]);
    case 4:
      return Buffer.concat([before, word, input.subarray(at)]);
    case 5:
      return Buffer.from(before);
    default:
      return Buffer.concat([
        before,
        Buffer.of((input[at] ?? 0) ^ (1 << random.below(8))),
        input.subarray(at + 1),
      ]);
  }
}

function readCertificate(der: Buffer): "taken" | "refused" {
  looksLikeCertificate(der);
  trySubject(der);
  trySubjectBytes(der);
  return tryParseCertificate(der) === undefined ? "refused" : "taken";
}

function readBundle(bytes: Buffer): "taken" | "refused" {
  const { certificates } = readBundleBytes(bytes);
  const strange = certificates.filter((base64) => !looksLikeCertificate(Buffer.from(base64, "base64")));
  if (strange.length > 0) throw new TypeError("a bundle gave something that is not a certificate");
  return certificates.length > 0 ? "taken" : "refused";
}

function readTrustFile(bytes: Buffer): "taken" | "refused" {
  try {
    for (const { certificate, fingerprint } of parseHostAnchors(bytes.toString("utf8"), "hosts.json")) {
      const parsed = tryParseCertificate(Buffer.from(certificate, "base64"));
      if (parsed !== undefined && parsed.fingerprint !== fingerprint)
        throw new TypeError("another certificate");
    }
    return "taken";
  } catch (error) {
    if (isPinionError(error, "tls/trust-source-unusable")) return "refused";
    throw error;
  }
}

function trustFile(ders: readonly Buffer[]): Buffer {
  const anchors = ders.map((der, at) => ({
    host: at === 0 ? "pypi.corp.example" : "fd00::1",
    port: 8443,
    fingerprint: parseCertificate(der).fingerprint,
    subject: "CN=Corp Root",
    certificate: der.toString("base64"),
    added: "2026-11-20T12:00:00.000Z",
  }));
  return Buffer.from(JSON.stringify({ version: 1, anchors }, undefined, 2));
}

/** Lengths of every form, tags, and what an object identifier or a time may end in. */
const DER_WORDS: readonly string[] = [
  "\x30\x80",
  "\x30\x84\xff\xff\xff\xff",
  "\x30\x00",
  "\x02\x01\x00",
  "\x05\x00",
  "\x06\x03\x55\x1d\x0f",
  "\x06\x0b\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
  "\x17\x0d991332000000Z",
  "\x18\x0f99991231235959Z",
  "\xa3\x82",
  "\x04\x82\xff\xff",
  "\x03\x02\x07\x80",
  "\x01\x01\x01",
  "\x0c\x04\xff\xfe\xfd\xfc",
];
const PEM_WORDS: readonly string[] = [
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN TRUSTED CERTIFICATE-----",
  "-----BEGIN ",
  "-----",
  "\n\n",
  "\r",
  "\0",
  "\xef\xbb\xbf",
  "====",
  "Proc-Type: 4,ENCRYPTED\n",
];
const JSON_WORDS: readonly string[] = [
  "null",
  "[]",
  "{}",
  '"anchors"',
  '"__proto__"',
  "1e999",
  "-1",
  "65536",
  '"\\ud800"',
  "[[[[[[[[[[[[[[[[",
  ",",
  "\0",
];
/** A chain is searched in a millisecond, a certificate read in some microseconds. */
const CHAINS_SHARE = 0.05;
const MAX_BROKEN = 5;
