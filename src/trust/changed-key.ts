// Tells when a server no longer shows what `pinion trust add` stored for it: a new key is what somebody in between would
// show, too, and so it is told as that and not as an unknown issuer.

import { formatName, tryParseCertificate, type Certificate } from "../x509/certificate.ts";
import type { HostAnchor } from "./host-anchors.ts";

/** What changed, ready to be told. */
export interface ChangedTrust {
  /** `renewed`: another certificate for a key that was stored. */
  readonly kind: "other-key" | "renewed";
  /** Follows "Cannot verify HOST: ". */
  readonly headline: string;
  readonly sentence: string;
  readonly hints: readonly string[];
}

/**
 * Compares what a server shows with what is stored for it; undefined where nothing is stored, or where a stored
 * certificate is still shown and something else is wrong.
 *
 * @param address as `pinion trust add` takes it
 */
export function describeChange(
  stored: readonly HostAnchor[],
  sent: readonly Uint8Array[],
  address: string,
): ChangedTrust | undefined {
  const shown = sent.flatMap((der) => tryParseCertificate(der) ?? []);
  const [leaf] = shown;
  const known = stored.flatMap((anchor) => {
    const certificate = tryParseCertificate(Buffer.from(anchor.certificate, "base64"));
    return certificate === undefined ? [] : [{ certificate, added: anchor.added.slice(0, 10) }];
  });
  const [first] = known;
  if (leaf === undefined || first === undefined) return undefined;
  const isShown = known.some(({ certificate }) =>
    shown.some(({ fingerprint }) => fingerprint === certificate.fingerprint),
  );
  if (isShown) return undefined;
  const renewed = shown.find((certificate) =>
    known.some((other) => hasSameKey(other.certificate, certificate)),
  );
  const before = `\`pinion trust add\` stored ${describe(first.certificate)} on ${first.added}`;
  if (renewed !== undefined) {
    return {
      kind: "renewed",
      headline: "its certificate was renewed since `pinion trust add`, with the same key",
      sentence: `${before}; the server now shows a new certificate for that key, sha256:${renewed.fingerprint}`,
      hints: [
        `\`pinion trust add ${address} --fingerprint sha256:${renewed.fingerprint}\` trusts the new one`,
      ],
    };
  }
  return {
    kind: "other-key",
    headline: "its key is not the one that `pinion trust add` stored",
    sentence: `${before}; the server now shows ${describe(leaf)}`,
    hints: [
      `if the server's administrator confirms the new key: \`pinion trust remove ${address}\`, then \`pinion trust add ${address}\``,
      "otherwise somebody may be between you and the server",
    ],
  };
}

function hasSameKey(one: Certificate, other: Certificate): boolean {
  return one.publicKey.fingerprint === other.publicKey.fingerprint;
}

function describe({ subject, publicKey }: Certificate): string {
  return `\`${formatName(subject)}\` with the key sha256:${publicKey.fingerprint}`;
}
