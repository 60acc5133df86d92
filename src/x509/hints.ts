// What a person can do about a refused chain, best first, with the exact option to use.

import type { ErrorCode } from "../errors.ts";
import type { Cause } from "./causes.ts";
import type { ChainExplanation, ChainQuestion } from "./explain.ts";

/** Advice for one cause; whole sentences without a full stop, commands in backticks. */
export function adviseOn(facts: {
  cause: Cause;
  question: ChainQuestion;
  wouldTrust: ChainExplanation["wouldTrust"];
}): readonly string[] {
  const { cause, question, wouldTrust } = facts;
  const address = `https://${question.host.includes(":") ? `[${question.host}]` : question.host}${question.port === 443 ? "" : `:${question.port}`}`;
  const trusting = wouldTrust.map(
    ({ name, root, advice }) => `${name} would trust this chain (root \`${root}\`): ${advice.join(", or ")}`,
  );
  return [
    ...trusting,
    ...hintsFor(cause, address, trusting.length > 0),
    `\`pinion doctor ${address}/\` shows the whole chain`,
  ];
}

function hintsFor(cause: Cause, address: string, isTrustElsewhere: boolean): readonly string[] {
  const pin = `\`pinion trust add ${address}\` shows the server's certificate and trusts it for this host alone`;
  const { code, sentence } = cause;
  if (TRUST_CODES.has(code) && isTrustElsewhere) return [];
  if (code === "tls/unknown-issuer" || code === "tls/self-signed-leaf") {
    return ["if a private authority signs this server's certificate, give its root: `--cert FILE`", pin];
  }
  if (code === "tls/bad-signature" && cause.isStaleAnchor !== true) return REISSUE;
  if (code === "tls/wrong-purpose" && sentence.includes("CA:TRUE")) return [pin];
  if (code === "tls/unsupported-signature-algorithm" && /ML-DSA|SHA3/.test(sentence))
    return ["Node 24.7 and later has this algorithm"];
  return ADVICE[code] ?? [];
}

const REISSUE: readonly string[] = [
  "the certificate has to be issued anew: its authority or the server's administrator can do that",
];
const CHECK_CLOCK: readonly string[] = ["check this machine's date and time"];
const TRUST_CODES: ReadonlySet<ErrorCode> = new Set([
  "tls/unknown-issuer",
  "tls/self-signed-leaf",
  "tls/tls-inspection",
  "tls/bad-signature",
]);
const ADVICE: Partial<Record<ErrorCode, readonly string[]>> = {
  "tls/tls-inspection": [
    "get the product's root certificate from your administrators and give it: `--cert FILE`, or add it to the system store",
  ],
  "tls/missing-intermediate": [
    "`--fetch-intermediates` gets the missing certificate from where the chain says it is",
    "the server's administrator should send the whole chain",
  ],
  "tls/bad-signature": [
    "if the authority has a new certificate, replace the old one in the file of trusted certificates",
  ],
  "tls/expired": [
    "the server's administrator must renew the certificate, unless this machine's clock is wrong",
  ],
  "tls/not-yet-valid": CHECK_CLOCK,
  "tls/clock-skew": CHECK_CLOCK,
  "tls/hostname-mismatch": [
    "check the address; the server's administrator can have a certificate with this name as subjectAltName",
  ],
  "tls/wrong-purpose": ["the server's administrator must get a certificate for TLS servers"],
  "tls/weak-key": REISSUE,
  "tls/weak-signature": REISSUE,
  "tls/malformed-certificate": REISSUE,
  "tls/unknown-critical-extension": REISSUE,
  "tls/not-a-ca": REISSUE,
  "tls/path-length-exceeded": REISSUE,
  "tls/name-constraint-violation": REISSUE,
};
