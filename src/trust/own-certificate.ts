// Trusting a server's own certificate: the TLS engine takes it for an anchor, and still judges the certificates that the
// server sent above it (OpenSSL, X509_verify_cert with partial chains). What it would refuse there is predicted here.

import { formatName, type Certificate } from "../x509/certificates/certificate.ts";
import { mostTelling } from "../x509/rules/findings.ts";
import { indexAnchors, searchPaths, type BrokenLink } from "../x509/rules/path.ts";
import type { ErrorCode } from "../errors.ts";

/** What is wrong above the server's certificate; `sentence` is whole, without a full stop. */
export interface FaultAbove {
  readonly code: ErrorCode;
  readonly sentence: string;
}

/**
 * What makes the engine refuse a chain whose server's certificate is the only anchor; undefined where nothing does.
 * Faults of that certificate by itself are not looked for.
 *
 * @param others what was sent after the server's certificate
 */
export function findFaultAbove(
  leaf: Certificate,
  others: readonly Certificate[],
  at: { readonly host: string; readonly time: Date },
): FaultAbove | undefined {
  // The engine passes over what it cannot read.
  const intermediates = others.filter(({ problems }) => !problems.some(isUnreadable));
  const search = searchPaths({ ...at, leaf, intermediates, anchors: indexAnchors([]) });
  // The engine goes up as far as it can.
  const [longest] = search.incomplete;
  const path = longest?.certificates ?? [leaf];
  const broken = search.brokenLinks.find((link) => isTakenByEngine(link, path));
  if (path.length === 1 && broken === undefined) return undefined;
  const finding = mostTelling(
    (longest?.findings ?? []).filter(({ rule, position }) =>
      // The last signature is never checked, for its issuer is not there.
      rule === "weak-signature"
        ? position < path.length - 1 || broken !== undefined
        : (position > 0 || rule === "name-constraints") && !OUR_OWN.has(rule),
    ),
  );
  if (finding !== undefined) {
    const { certificate, code, seen, expected } = finding;
    return { code, sentence: `\`${formatName(certificate.subject)}\` has ${seen}; expected: ${expected}` };
  }
  if (broken === undefined) return undefined;
  const [signed, issuer] = [broken.certificate, broken.issuer].map(({ subject }) => formatName(subject));
  return {
    code: "tls/bad-signature",
    sentence: `The signature of \`${signed}\` does not verify with the key of \`${issuer}\`, which the server sends as its issuer`,
  };
}

/** It takes an issuer by its name, its key identifier and its algorithm, and checks the signature afterwards. */
function isTakenByEngine(
  { certificate, issuer, verdict }: BrokenLink,
  path: readonly Certificate[],
): boolean {
  const wanted = certificate.authorityKeyId?.keyId;
  return (
    verdict.kind === "invalid" &&
    certificate.fingerprint === path.at(-1)?.fingerprint &&
    (wanted === undefined || issuer.subjectKeyId === undefined || issuer.subjectKeyId === wanted)
  );
}

/** Where to find the issuer's certificate decides nothing, and OpenSSL does not read it. */
function isUnreadable(problem: Certificate["problems"][number]): boolean {
  return (
    problem.kind === "duplicate-extension" ||
    (problem.kind === "unreadable-extension" && problem.extension !== "authorityInfoAccess")
  );
}

/** Refusals of Pinion that the engine does not know, or knows only for the server's certificate. */
const OUR_OWN: ReadonlySet<string> = new Set(["host", "weak-key", "distrusted", "ca-as-server"]);
