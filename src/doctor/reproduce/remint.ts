// Mints a chain again: the same names, dates, extensions and algorithms, byte for byte where nothing depends on a key,
// and the same faults, with keys of the same kinds that were never trusted.

import { createPublicKey, randomBytes } from "node:crypto";

import { madeOnce } from "../../base/work/once.ts";
import { bitString, objectIdentifier, sequence } from "../../lab/certificates/der-writer.ts";
import {
  createKey,
  hasMlDsa,
  type CurveName,
  type KeySpec,
  type LabKey,
  type MlDsaName,
} from "../../lab/certificates/keys.ts";
import {
  mintCertificate,
  type CertificateSpec,
  type MintedCertificate,
} from "../../lab/certificates/mint.ts";
import type { Digest, SignatureSpec } from "../../lab/certificates/signatures.ts";
import {
  formatName,
  type Certificate,
  type SignatureAlgorithm,
} from "../../x509/certificates/certificate.ts";
import { TAG, open, parseDer, rawOf } from "../../x509/certificates/der.ts";
import { SignatureChecker } from "../../x509/certificates/signatures.ts";

export interface Reminted {
  /** The new certificate of each old one, by the old one's fingerprint. */
  readonly certificates: ReadonlyMap<string, MintedCertificate>;
  /** What could not be made the same, in sentences. */
  readonly differences: readonly string[];
}

/** Mints every certificate again; links that held hold again, and links that did not do not. */
export function remint(certificates: readonly Certificate[], time: Date): Reminted {
  return new Mint(certificates, time).run();
}

/** Owns the fresh keys: one for each old key, and one for each signer that is not here. */
class Mint {
  readonly #certificates: readonly Certificate[];
  readonly #time: Date;
  readonly #keys = new Map<string, LabKey>();
  readonly #signatures = new SignatureChecker();
  readonly #differences = new Set<string>();
  #slowKeys = 0;

  constructor(certificates: readonly Certificate[], time: Date) {
    this.#certificates = certificates;
    this.#time = time;
  }

  run(): Reminted {
    const minted = this.#certificates.map((old) => [old.fingerprint, this.#mint(old)] as const);
    return { certificates: new Map(minted), differences: [...this.#differences] };
  }

  #mint(old: Certificate): MintedCertificate {
    const key = this.#keyOf(old);
    const { notBefore, notAfter } = datesFor(old, this.#time);
    const spki = this.#spkiOf(old, key);
    const identifier = Buffer.from(old.innerSignatureAlgorithm.der);
    const subjectAt = old.version === 1 ? 4 : 5;
    const spec: CertificateSpec = {
      key,
      subject: "",
      spki,
      issuer: { key: this.#signerOf(old), subject: Buffer.from(old.issuer.der) },
      signature: { ...signatureSpec(old.signatureAlgorithm), identifier },
      outerSignature: { identifier: Buffer.from(old.signatureAlgorithm.der) },
      serial: Buffer.from(old.serial, "hex"),
      version: old.version === 1 ? 1 : 3,
      notBefore,
      notAfter,
      extensions: old.extensions.map(({ oid, isCritical, value }) => ({ oid, isCritical, value })),
      rewriteFields: (fields) => fields.map((field, at) => (at === subjectAt ? old.subject.der : field)),
    };
    try {
      return mintCertificate(spec);
    } catch {
      // A digest that is longer than the key, for one: what bears such a signature never had one that fits.
      this.#differences.add(`\`${formatName(old.subject)}\` has a signature that cannot be created here`);
      return mintCertificate({ ...spec, signature: { identifier } });
    }
  }

  #spkiOf(old: Certificate, key: LabKey): Uint8Array {
    const { kind, parameters } = old.publicKey;
    if (kind === "rsa" && parameters === "absent") return bareRsa(key);
    const isMade = kind !== "other" && (kind !== "ml-dsa" || hasMlDsa());
    // An authority's key need not be held to be shown: those who lack its algorithm see what they saw before.
    return isMade || old === this.#certificates[0] ? key.spki : unknownKey(old);
  }

  /** The key that signed the old one, where it is here; else one that fits its algorithm and nothing else. */
  #signerOf(old: Certificate): LabKey {
    const named = this.#certificates.filter(({ subject }) => subject.key === old.issuer.key);
    const verdicts = named.map((issuer) => ({ issuer, verdict: this.#signatures.check(old, issuer) }));
    const signer =
      verdicts.find(({ verdict }) => verdict.kind === "valid") ??
      verdicts.find(({ verdict }) => verdict.kind === "unsupported");
    if (signer !== undefined) return this.#keyOf(signer.issuer);
    const alike = named.find(({ publicKey }) => publicKey.kind === old.signatureAlgorithm.keyKind);
    if (alike !== undefined) return this.#key(`signer of ${old.fingerprint}`, () => this.#specOf(alike));
    // No certificate has its key: one of a kind does for all.
    const spec = specForSignature(old.signatureAlgorithm);
    return this.#key(`signer with ${spec}`, () => spec);
  }

  #keyOf(old: Certificate): LabKey {
    return this.#key(old.publicKey.fingerprint, () => this.#specOf(old));
  }

  #key(name: string, specOf: () => KeySpec): LabKey {
    return madeOnce(this.#keys, name, () => createKey(specOf()));
  }

  /** Whether there is time for a key of this length: the server chose how many there are, and no signal is heard meanwhile. */
  #maySpend(bits: number, quickBits: number = QUICK_BITS): boolean {
    if (bits <= quickBits) return true;
    if (bits > MAX_BITS || this.#slowKeys >= MAX_SLOW_KEYS) return false;
    this.#slowKeys += 1;
    return true;
  }

  #specOf(certificate: Certificate): KeySpec {
    const { kind, bits, curve, algorithm } = certificate.publicKey;
    const differ = (spec: KeySpec): KeySpec => {
      this.#differences.add(
        `\`${formatName(certificate.subject)}\` has a key ${algorithm}, which cannot be made here: ${spec} stands in for it`,
      );
      return spec;
    };
    switch (kind) {
      case "rsa":
        return this.#maySpend(bits) && bits >= MIN_RSA_BITS ? `RSA-${bits}` : differ("RSA-2048");
      case "rsa-pss":
        return this.#maySpend(bits) && bits >= MIN_RSA_BITS ? `RSA-PSS-${bits}` : differ("RSA-PSS-2048");
      case "ec":
        return CURVES.find((known) => known === curve) ?? differ("P-256");
      case "ed25519":
        return "Ed25519";
      case "ed448":
        return "Ed448";
      case "dsa":
        return this.#maySpend(bits, QUICK_DSA_BITS) && DSA_BITS.has(bits)
          ? `DSA-${bits}`
          : differ("DSA-1024");
      case "ml-dsa":
        return ML_DSA.find((known) => known === algorithm && hasMlDsa()) ?? differ("P-256");
      case "other":
        return differ("P-256");
    }
  }
}

/** What is valid stays so for ten years, and what has not begun does not for as long; what has ended, has ended. */
function datesFor(old: Certificate, time: Date): { readonly notBefore: Date; readonly notAfter: Date } {
  const later = (date: Date): Date => new Date(Math.max(date.getTime(), time.getTime() + TEN_YEARS_MS));
  if (old.notAfter < time) return old;
  if (old.notBefore > time)
    return {
      notBefore: later(old.notBefore),
      notAfter: new Date(later(old.notAfter).getTime() + TEN_YEARS_MS),
    };
  return { notBefore: old.notBefore, notAfter: later(old.notAfter) };
}

function signatureSpec({ keyKind, hash, pss }: SignatureAlgorithm): SignatureSpec {
  const digest = DIGESTS.find((known) => known === hash);
  if (keyKind === "ed25519" || keyKind === "ed448" || digest === undefined) return {};
  if (pss === undefined) return { digest };
  const maskDigest = DIGESTS.find((known) => known === pss.maskHash) ?? digest;
  return { scheme: "pss", digest, saltLength: pss.saltLength, maskDigest };
}

function specForSignature({ keyKind, hash }: SignatureAlgorithm): KeySpec {
  switch (keyKind) {
    case "rsa":
    case "rsa-pss":
      return "RSA-2048";
    case "ed25519":
      return "Ed25519";
    case "ed448":
      return "Ed448";
    case "dsa":
      return "DSA-2048";
    case "ec":
    case "ml-dsa":
    case "other":
      return hash === "sha384" ? "P-384" : "P-256";
  }
}

/** A SubjectPublicKeyInfo of RSA without the NULL that RFC 3279 section 2.3.1 asks for. */
function bareRsa(key: LabKey): Buffer {
  const octets = createPublicKey(key.privateKey).export({ type: "pkcs1", format: "der" });
  return sequence(sequence(objectIdentifier(OID_RSA)), bitString(octets));
}

/** A key of the same algorithm and length, newly generated. */
function unknownKey({ publicKey }: Certificate): Buffer {
  const algorithm = rawOf(open(parseDer(publicKey.spki, "public key"), TAG.sequence, "public key").next());
  return sequence(algorithm, bitString(randomBytes(publicKey.keyOctets.length)));
}

const OID_RSA = "1.2.840.113549.1.1.1";
const CURVES: readonly CurveName[] = ["P-192", "P-224", "P-256", "P-384", "P-521"];
const ML_DSA: readonly MlDsaName[] = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"];
const DIGESTS: readonly Digest[] = [
  "md5",
  "sha1",
  "sha224",
  "sha256",
  "sha384",
  "sha512",
  "sha3-224",
  "sha3-256",
  "sha3-384",
  "sha3-512",
];
const MIN_RSA_BITS = 512;
/** Made in a fraction of a second. */
const QUICK_BITS = 2048;
/** The numbers that its keys share are sought first. */
const QUICK_DSA_BITS = 1024;
/** Of RSA, made in a second or two; larger ones take up to minutes. */
const MAX_BITS = 4096;
/** One for a root and one for each of two below it: real chains have no more. */
const MAX_SLOW_KEYS = 3;
/** FIPS 186-4 section 4.2. */
const DSA_BITS: ReadonlySet<number> = new Set([1024, 2048, 3072]);
const TEN_YEARS_MS = 10 * 365 * 86_400_000;
