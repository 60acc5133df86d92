// Reads a file of C2SP/x509-limbo cases and runs one case through Pinion's path search.

import { readFileSync } from "node:fs";

import { isPinionError } from "../../src/errors.ts";
import { parseCertificate, type Certificate } from "../../src/x509/certificates/certificate.ts";
import { rankOf } from "../../src/x509/rules/findings.ts";
import { indexAnchors, searchPaths } from "../../src/x509/rules/path.ts";
import { readPem } from "../../src/x509/certificates/pem.ts";
import { processorMs } from "../support/processor-time.ts";

export interface LimboCase {
  readonly id: string;
  readonly features: readonly string[];
  readonly validation_kind: "SERVER" | "CLIENT";
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly expected_result: "SUCCESS" | "FAILURE";
  readonly expected_peer_name: { readonly kind: string; readonly value: string } | null;
  readonly max_chain_depth: number | null;
  readonly conflicts_with: readonly string[];
}

export interface LimboOutcome {
  readonly result: "SUCCESS" | "FAILURE";
  /** The finding that refused it, or why there is no path; empty for what was accepted. */
  readonly why: string;
  /** Rules with which the accepted path has a lesser finding. */
  readonly minor: readonly string[];
  readonly durationMs: number;
}

export function readLimbo(path: URL): readonly LimboCase[] {
  const document: { readonly testcases: readonly LimboCase[] } = JSON.parse(readFileSync(path, "utf8"));
  return document.testcases;
}

/** Judges a case in the given profile; a certificate that cannot be read counts as refused. */
export function runLimboCase(limboCase: LimboCase, profile: "usual" | "strict", now: Date): LimboOutcome {
  const started = processorMs();
  const done = (result: LimboOutcome["result"], why: string, minor: readonly string[] = []): LimboOutcome => ({ result, why, minor, durationMs: processorMs() - started });
  try {
    const { expected_peer_name: name, max_chain_depth: depth, validation_time: time } = limboCase;
    const search = searchPaths({
      leaf: one(limboCase.peer_certificate),
      intermediates: all(limboCase.untrusted_intermediates),
      anchors: indexAnchors(all(limboCase.trusted_certs)),
      time: time === null ? now : new Date(time),
      purpose: limboCase.validation_kind === "SERVER" ? "serverAuth" : "clientAuth",
      profile,
      ...(name === null ? {} : { host: name.value }),
      ...(depth === null ? {} : { maxIntermediates: depth }),
    });
    if (search.accepted !== undefined) {
      return done("SUCCESS", "", search.accepted.findings.map((finding) => finding.rule));
    }
    const findings = [...search.refused, ...search.incomplete].flatMap((path) => path.findings);
    const best = findings.toSorted((a, b) => rankOf(b.code) - rankOf(a.code))[0];
    return done("FAILURE", best === undefined ? "no path" : `${best.rule}: ${best.seen}`);
  } catch (error) {
    if (isPinionError(error)) return done("FAILURE", error.message);
    throw error;
  }
}

function one(pem: string): Certificate {
  const [certificate] = all([pem]);
  if (certificate === undefined) throw new TypeError("a case without a certificate");
  return certificate;
}

function all(pems: readonly string[]): readonly Certificate[] {
  return pems.flatMap((pem) => readPem(Buffer.from(pem)).certificates.map((der) => parseCertificate(der)));
}
