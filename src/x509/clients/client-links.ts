// What other TLS libraries make of one signature and its issuer's key: the algorithms they have, the parameters they
// take, the smallest key. From `test/client-matrix`, where each rule was measured, and from the libraries' sources.

import { isBrokenHash, type PublicKey, type SignatureAlgorithm } from "../certificates/algorithms.ts";
import type { Certificate } from "../certificates/certificate.ts";
import { contentOf, equalBytes, parseDer } from "../certificates/der.ts";

/** A certificate, its issuer's key, and whether it is the server's own. */
export interface SignedLink {
  readonly certificate: Certificate;
  readonly issuerKey: PublicKey;
  readonly isServer: boolean;
}

/** The library's words for what it refuses; undefined for what it takes. */
export type LinkJudge = (link: SignedLink) => string | undefined;
export type KeyJudge = (key: PublicKey) => string | undefined;

/** OpenSSL: a wide set, held down by its security level. */
export function opensslLinks(options: {
  readonly version: "3.0" | "3.5";
  readonly minimumRsaBits: number;
}): LinkJudge {
  return ({ certificate, issuerKey }) => {
    const { signatureAlgorithm: algorithm } = certificate;
    if (isBrokenHash(algorithm.hash)) return "CA signature digest algorithm too weak";
    if (hasTwoAlgorithms(certificate)) return "certificate signature failure";
    const isNew = algorithm.keyKind === "ml-dsa" || (algorithm.keyKind === "ec" && isSha3(algorithm.hash));
    if (algorithm.keyKind === "other" || (isNew && options.version === "3.0")) return UNKNOWN_ALGORITHM;
    if (isRsa(issuerKey) && issuerKey.bits < options.minimumRsaBits) return "CA certificate key too weak";
    return issuerKey.curve === "explicit" ? "Certificate public key has explicit ECC parameters" : undefined;
  };
}

/** Keys with which a server can sign its handshake for OpenSSL: TLS has no signature scheme for other curves, but for RFC 8734's. */
export function opensslServerKey(options: {
  readonly version: "3.0" | "3.5";
  readonly minimumRsaBits: number;
}): KeyJudge {
  return (key) => {
    // What a client does not announce, a server with such a key cannot use: it ends the handshake.
    if (key.kind === "ml-dsa" && options.version === "3.0") return HANDSHAKE_ALERT;
    const hasScheme =
      NIST_CURVES.has(key.curve ?? "") ||
      (options.version === "3.5" && BRAINPOOL_SCHEMES.has(key.curve ?? ""));
    if (key.kind === "ec" && !hasScheme) return HANDSHAKE_ALERT;
    if (key.kind === "dsa" || key.kind === "other") return HANDSHAKE_ALERT;
    return isRsa(key) && key.bits < options.minimumRsaBits ? "EE certificate key too weak" : undefined;
  };
}

/** rustls-webpki with ring or aws-lc-rs: an exact list of algorithm identifiers, parameters included. */
export function rustlsLinks(options: {
  readonly provider: "ring" | "aws-lc-rs";
  readonly takesAbsent: boolean;
  readonly saysBadSignature: boolean;
  readonly hasMlDsa?: boolean;
}): LinkJudge {
  const { provider, takesAbsent, saysBadSignature, hasMlDsa = false } = options;
  const hasAllCurves = provider === "aws-lc-rs";
  return ({ certificate, issuerKey }) => {
    const { signatureAlgorithm: algorithm } = certificate;
    if (hasTwoAlgorithms(certificate)) return "Other(OtherError(SignatureAlgorithmMismatch))";
    if (hasMlDsa && algorithm.keyKind === "ml-dsa" && issuerKey.kind === "ml-dsa") return undefined;
    const octets = [...contentOf(parseDer(algorithm.der, "signature algorithm"))].join(", ");
    const unsupported = (what: string): string =>
      saysBadSignature ? "BadSignature" : `${what} { signature_algorithm_id: [${octets}], … }`;
    if (!isRustlsAlgorithm(algorithm, hasAllCurves, takesAbsent))
      return unsupported("UnsupportedSignatureAlgorithmContext");
    const curves = hasAllCurves ? NIST_CURVES : RING_CURVES;
    const isKeyFit =
      algorithm.keyKind === "ec" ? curves.has(issuerKey.curve ?? "") : issuerKey.kind === algorithm.keyKind;
    if (!isKeyFit || (isRsa(issuerKey) && issuerKey.parameters !== "null"))
      return unsupported("UnsupportedSignatureAlgorithmForPublicKeyContext");
    return isRsa(issuerKey) && (issuerKey.bits < 2048 || issuerKey.bits > 8192) ? "BadSignature" : undefined;
  };
}

export function rustlsServerKey(options: {
  readonly provider: "ring" | "aws-lc-rs";
  readonly hasMlDsa?: boolean;
}): KeyJudge {
  const { provider, hasMlDsa = false } = options;
  const curves = provider === "ring" ? RING_CURVES : NIST_CURVES;
  return (key) => {
    if (key.kind === "rsa") return key.bits < 2048 || key.bits > 8192 ? "BadSignature" : undefined;
    const isKnown =
      key.kind === "ed25519" ||
      (key.kind === "ml-dsa" && hasMlDsa) ||
      (key.kind === "ec" && curves.has(key.curve ?? ""));
    return isKnown ? undefined : HANDSHAKE_ALERT;
  };
}

/** Go's crypto/x509; it also sends the server the algorithms with which its certificate may be signed. */
export const goLinks: LinkJudge = ({ certificate, issuerKey, isServer }) => {
  const { signatureAlgorithm: algorithm } = certificate;
  const { keyKind, hash } = algorithm;
  if (hasTwoAlgorithms(certificate))
    return "x509: inner and outer signature algorithm identifiers don't match";
  const isUnimplemented =
    keyKind === "other" ||
    keyKind === "ed448" ||
    keyKind === "dsa" ||
    (hash !== undefined && !SHA_2.has(hash) && hash !== "sha1") ||
    (algorithm.parameters === "pss" && !isUsualPss(algorithm));
  const unknownAuthority = (why: string): string =>
    `x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: ${why}")`;
  if (isUnimplemented)
    return isServer && algorithm.parameters !== "pss"
      ? HANDSHAKE_ALERT
      : unknownAuthority("algorithm unimplemented");
  if (isBrokenHash(hash)) return unknownAuthority("insecure algorithm");
  const isKeyKnown =
    issuerKey.kind === "ec"
      ? NIST_CURVES.has(issuerKey.curve ?? "") || issuerKey.curve === "P-224"
      : issuerKey.kind !== "rsa-pss" && issuerKey.kind !== "other";
  if (!isKeyKnown) return unknownAuthority("algorithm unimplemented");
  return isRsa(issuerKey) && issuerKey.bits < 1024 ? unknownAuthority("insecure algorithm") : undefined;
};

/** Keys with which a server can sign its handshake for everybody else: Go, GnuTLS, Java, BoringSSL. */
export function serverKeys(options: { readonly hasEd448: boolean; readonly hasMlDsa?: boolean }): KeyJudge {
  return (key) => {
    const isKnown =
      isRsa(key) ||
      key.kind === "ed25519" ||
      (key.kind === "ed448" && options.hasEd448) ||
      (key.kind === "ml-dsa" && options.hasMlDsa === true) ||
      (key.kind === "ec" && NIST_CURVES.has(key.curve ?? ""));
    return isKnown ? undefined : HANDSHAKE_ALERT;
  };
}

/** Java 17: what the handshake announces holds for the server's own certificate, the path checker for the others. */
export const javaLinks: LinkJudge = ({ certificate, issuerKey, isServer }) => {
  const { keyKind, hash, parameters, name } = certificate.signatureAlgorithm;
  const isAnnounced =
    parameters === "pss"
      ? SHA_2.has(hash ?? "")
      : hash === undefined || SHA_2.has(hash) || hash === "sha224" || hash === "sha1";
  if (isServer && !isAnnounced) return HANDSHAKE_ALERT;
  if (parameters !== "pss" && hash !== undefined && !isAnnounced)
    return `Algorithm constraints check failed on signature algorithm: ${name}`;
  if (keyKind === "ml-dsa" || keyKind === "other") return `Unsupported signature algorithm: ${name}`;
  if (issuerKey.kind === "ec" && !NIST_CURVES.has(issuerKey.curve ?? ""))
    return `Curve not supported: ${issuerKey.curve ?? "unknown"}`;
  return isRsa(issuerKey) && issuerKey.bits < 1024
    ? "Algorithm constraints check failed on keysize limits"
    : undefined;
};

export const gnutlsLinks: LinkJudge = ({ certificate, issuerKey }) => {
  const { signatureAlgorithm: algorithm } = certificate;
  const { keyKind, hash, parameters, pss } = algorithm;
  if (keyKind === "ml-dsa" || keyKind === "other") return NOT_TRUSTED;
  if (parameters === "pss") {
    if (!SHA_2.has(hash ?? "")) return NOT_TRUSTED;
    return isUsualPss(algorithm) || pss === undefined
      ? undefined
      : `${NOT_TRUSTED} The signature in the certificate is invalid.`;
  }
  const isCurveKnown =
    issuerKey.kind !== "ec" || NIST_CURVES.has(issuerKey.curve ?? "") || issuerKey.curve === "P-224";
  const isWeak = isBrokenHash(hash) || !isCurveKnown || (isRsa(issuerKey) && issuerKey.bits < 1024);
  return isWeak ? `${NOT_TRUSTED} The certificate chain uses insecure algorithm.` : undefined;
};

/** BoringSSL, as in Bun and (with rules of its own on top) Chromium. */
export const boringsslLinks: LinkJudge = ({ certificate, issuerKey }) => {
  const { signatureAlgorithm: algorithm } = certificate;
  const { keyKind, hash, parameters } = algorithm;
  const isKeyKnown =
    issuerKey.kind === "rsa" ||
    issuerKey.kind === "ed25519" ||
    // Bun 1.4.5 verifies such a chain, but has no server's key of the kind.
    issuerKey.kind === "ml-dsa" ||
    (issuerKey.kind === "ec" && (NIST_CURVES.has(issuerKey.curve ?? "") || issuerKey.curve === "P-224"));
  if (!isKeyKnown) return "unable to decode issuer public key";
  const isHashKnown =
    hash === undefined || SHA_2.has(hash) || (parameters !== "pss" && (hash === "sha224" || hash === "sha1"));
  const isKnown =
    isHashKnown &&
    keyKind !== "other" &&
    (parameters !== "pss" || isUsualPss(algorithm)) &&
    !hasTwoAlgorithms(certificate);
  return isKnown ? undefined : "certificate signature failure";
};

function isRustlsAlgorithm(
  algorithm: SignatureAlgorithm,
  hasAllCurves: boolean,
  takesAbsent: boolean,
): boolean {
  const { keyKind, hash = "", parameters } = algorithm;
  if (keyKind === "ed25519") return parameters === "absent";
  if (keyKind === "ec")
    return (
      parameters === "absent" &&
      (hash === "sha256" || hash === "sha384" || (hash === "sha512" && hasAllCurves))
    );
  if (keyKind !== "rsa" || !SHA_2.has(hash)) return false;
  return parameters === "pss"
    ? isUsualPss(algorithm)
    : parameters === "null" || (parameters === "absent" && takesAbsent);
}

/** The parameters of RFC 8446 section 4.2.3: one hash for everything, a salt of its length. */
function isUsualPss({ pss }: SignatureAlgorithm): boolean {
  return (
    pss !== undefined &&
    pss.hash === pss.maskHash &&
    pss.saltLength === HASH_OCTETS.get(pss.hash ?? "") &&
    pss.trailerField === 1
  );
}

function hasTwoAlgorithms(certificate: Certificate): boolean {
  return !equalBytes(certificate.signatureAlgorithm.der, certificate.innerSignatureAlgorithm.der);
}

function isRsa(key: PublicKey): boolean {
  return key.kind === "rsa" || key.kind === "rsa-pss";
}

function isSha3(hash: string | undefined): boolean {
  return hash?.startsWith("sha3-") === true;
}

/** What a server says that has nothing to offer which the client takes (RFC 8446 section 6.2, number 40). */
export const HANDSHAKE_ALERT = "handshake failure (alert 40)";
/** OpenSSL finds no issuer whose algorithm it knows. */
const UNKNOWN_ALGORITHM = "unknown-algorithm";
const NOT_TRUSTED = "The certificate is NOT trusted.";
const NIST_CURVES: ReadonlySet<string> = new Set(["P-256", "P-384", "P-521"]);
const BRAINPOOL_SCHEMES: ReadonlySet<string> = new Set([
  "brainpoolP256r1",
  "brainpoolP384r1",
  "brainpoolP512r1",
]);
const RING_CURVES: ReadonlySet<string> = new Set(["P-256", "P-384"]);
const SHA_2: ReadonlySet<string> = new Set(["sha256", "sha384", "sha512"]);
const HASH_OCTETS: ReadonlyMap<string, number> = new Map([
  ["sha256", 32],
  ["sha384", 48],
  ["sha512", 64],
]);
