// Notices when a server no longer shows what is stored for it (`host-anchors.ts`): a new key is also what an attacker in
// between would show, and so it is reported as that and not as an unknown issuer.

import type { Hint } from "../advice.ts";
import { formatName, tryParseCertificate, type Certificate } from "../x509/certificates/certificate.ts";
import type { HostAnchor } from "./host-anchors.ts";

/** What changed, ready to be shown. */
export interface ChangedTrust {
  /** `renewed`: another certificate for a key that was stored. */
  readonly kind: "other-key" | "renewed";
  /** Follows "Cannot verify HOST: ". */
  readonly headline: string;
  readonly sentence: string;
  readonly hints: readonly Hint[];
}

/**
 * Compares what a server shows with what is stored for it; undefined where nothing is stored, or where a stored
 * certificate is still shown and something else is wrong.
 */
export function describeChange(
  stored: readonly HostAnchor[],
  sent: readonly Uint8Array[],
  { host, port }: { readonly host: string; readonly port: number },
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
  const before = `Trusted for this host since ${first.added}: ${describe(first.certificate)}`;
  if (renewed !== undefined) {
    return {
      kind: "renewed",
      headline: "its certificate has been renewed, with the key that is trusted for this host",
      sentence: `${before}; the server now shows a new certificate for that key, sha256:${renewed.fingerprint}`,
      hints: [{ kind: "trust-this-host", host, port, fingerprint: renewed.fingerprint, isRenewed: true }],
    };
  }
  return {
    kind: "other-key",
    headline: "its key is not the one that is trusted for this host",
    sentence: `${before}; the server now shows ${describe(leaf)}`,
    hints: [{ kind: "replace-host-trust", host, port }, "otherwise the connection may be intercepted"],
  };
}

function hasSameKey(one: Certificate, other: Certificate): boolean {
  return one.publicKey.fingerprint === other.publicKey.fingerprint;
}

function describe({ subject, publicKey }: Certificate): string {
  return `\`${formatName(subject)}\` with the key sha256:${publicKey.fingerprint}`;
}
