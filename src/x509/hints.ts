// What a person can do about a refused chain, best first, with the exact option to use.

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
  switch (cause.code) {
    case "tls/unknown-issuer":
    case "tls/self-signed-leaf":
      return isTrustElsewhere
        ? []
        : ["if a private authority signs this server's certificate, give its root: `--cert FILE`", pin];
    case "tls/tls-inspection":
      return isTrustElsewhere
        ? []
        : [
            "get the product's root certificate from your administrators, and give it: `--cert FILE`, or add it to the system store",
          ];
    case "tls/missing-intermediate":
      return [
        "`--fetch-intermediates` gets the missing certificate from where the chain says it is",
        "the server's administrator should send the whole chain",
      ];
    case "tls/bad-signature":
      return isTrustElsewhere
        ? []
        : ["if the authority has a new certificate, replace the old one in the file of trusted certificates"];
    case "tls/expired":
      return ["the server's administrator must renew the certificate, unless this machine's clock is wrong"];
    case "tls/not-yet-valid":
    case "tls/clock-skew":
      return ["check this machine's date and time"];
    case "tls/hostname-mismatch":
      return [
        "check the address; the server's administrator can have a certificate with this name as subjectAltName",
      ];
    case "tls/wrong-purpose":
      return cause.sentence.includes("CA:TRUE")
        ? [pin]
        : ["the server's administrator must get a certificate for TLS servers"];
    case "tls/unsupported-signature-algorithm":
      return /ML-DSA|SHA3/.test(cause.sentence) ? ["Node 24.7 and later has this algorithm"] : [];
    case "tls/weak-key":
    case "tls/weak-signature":
    case "tls/malformed-certificate":
    case "tls/unknown-critical-extension":
    case "tls/not-a-ca":
    case "tls/path-length-exceeded":
    case "tls/name-constraint-violation":
      return [
        "the certificate has to be issued anew: its authority or the server's administrator can do that",
      ];
  }
  return [];
}
