// The certificate mint: X.509 (RFC 5280) by an own DER writer on `node:crypto` keys, without openssl, and therefore
// able to make certificates that no tool would: every check of a client needs one that breaks just that check.

import { randomBytes } from "node:crypto";
import { bitString, constructed, integer, sequence, time, toPem } from "./der-writer.ts";
import type { Der } from "./der-writer.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  encodeExtension,
  encodeName,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from "./extensions.ts";
import type { Extension, GeneralNameSpec, NameSpec, Purpose } from "./extensions.ts";
import { createKey } from "./keys.ts";
import type { KeySpec, LabKey } from "./keys.ts";
import { signWith, signatureAlgorithm } from "./signatures.ts";
import type { SignatureSpec } from "./signatures.ts";

export { createKey, KeyRing } from "./keys.ts";
export type { KeySpec, LabKey } from "./keys.ts";
export type { SignatureSpec } from "./signatures.ts";

/** The signer: a minted certificate, or one that never existed as a file. */
export interface Signer {
  readonly key: LabKey;
  /** DER of the name that goes into the issuer field. */
  readonly subject: Buffer;
}

export interface CertificateSpec {
  readonly key: LabKey;
  readonly subject: NameSpec;
  /** Who signs. Default: the certificate's own key and name. */
  readonly issuer?: Signer;
  readonly signature?: SignatureSpec;
  /** Where the algorithm outside the signed part differs from the one inside. */
  readonly outerSignature?: SignatureSpec;
  /** Default: 16 random octets. Octets are taken as they are, also negative or empty ones. */
  readonly serial?: bigint | Uint8Array;
  /** Default: 3; a certificate of version 1 gets no extensions. */
  readonly version?: 1 | 3;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: 90 days from now. */
  readonly notAfter?: Date;
  /** Exactly these, in this order, also twice the same one. Default: none. */
  readonly extensions?: readonly Extension[];
  /** Stands for the key's own SubjectPublicKeyInfo. */
  readonly spki?: Uint8Array;
  /** Rewrites the fields of TBSCertificate before they are signed, for everything that has no option. */
  readonly rewriteFields?: (fields: readonly Der[]) => readonly Uint8Array[];
  /** Flips a bit of the signature. */
  readonly isSignatureCorrupted?: boolean;
}

export interface MintedCertificate extends Signer {
  readonly der: Buffer;
  readonly pem: string;
  readonly keyPem: string;
}

/** What an authority signs by default: whole fields of {@link CertificateSpec} replace its own. */
export interface IssueOptions extends Partial<Omit<CertificateSpec, "key" | "issuer">> {
  readonly key?: LabKey | KeySpec;
  /** Replaces the subject alternative names; `[]` leaves the extension out. Default: the requested name. */
  readonly names?: readonly GeneralNameSpec[];
  /** Further extensions; one with the OID of a usual one takes its place. */
  readonly extraExtensions?: readonly Extension[];
  /** OIDs of usual extensions that are left out. */
  readonly withoutExtensions?: readonly string[];
}

export interface IssuedCertificate extends MintedCertificate {
  /** The intermediates that a server sends after this certificate, nearest first; the root is not among them. */
  readonly chain: readonly MintedCertificate[];
  /** This certificate and its chain, as a server's certificate file has them. */
  readonly chainPem: string;
}

export interface Authority extends MintedCertificate {
  /** As {@link IssuedCertificate.chain}, of what this authority issues: itself and those above it, without the root. */
  readonly chain: readonly MintedCertificate[];
  /** The root's certificate: what a client has to trust. */
  readonly root: MintedCertificate;
  /** A TLS server's certificate for a host name or address. */
  issue(host: string, options?: IssueOptions): IssuedCertificate;
  /** A certificate that a TLS client shows; the name is its common name. */
  issueClient(name: NameSpec, options?: IssueOptions): IssuedCertificate;
  /** An authority below this one. */
  intermediate(name: NameSpec, options?: AuthorityOptions): Authority;
}

export interface AuthorityOptions extends IssueOptions {
  /** How this authority signs what it issues, by default; a root signs itself so, too. */
  readonly signing?: SignatureSpec;
}

/** Makes one certificate, exactly as specified. */
export function mintCertificate(spec: CertificateSpec): MintedCertificate {
  const subject = encodeName(spec.subject);
  const issuer = spec.issuer ?? { key: spec.key, subject };
  const signature = spec.signature ?? {};
  const version = spec.version ?? 3;
  const fields = [
    ...(version === 1 ? [] : [constructed(0, integer(version - 1))]),
    integer(spec.serial ?? positiveSerial()),
    signatureAlgorithm(issuer.key, signature),
    issuer.subject,
    sequence(time(spec.notBefore ?? fromNow(-HOUR_MS)), time(spec.notAfter ?? fromNow(90 * DAY_MS))),
    subject,
    Buffer.from(spec.spki ?? spec.key.spki),
    ...extensionField(version, spec.extensions ?? []),
  ];
  const signed = sequence(...(spec.rewriteFields?.(fields) ?? fields));
  const octets = signWith(issuer.key, signature, signed);
  if (spec.isSignatureCorrupted === true) octets[octets.length - 1] = octets.at(-1)! ^ 1;
  const der = sequence(
    signed,
    signatureAlgorithm(issuer.key, { ...signature, ...spec.outerSignature }),
    bitString(octets),
  );
  return { der, pem: toPem("CERTIFICATE", der), key: spec.key, keyPem: spec.key.pem, subject };
}

/**
 * Makes a root authority that issues servers' certificates and further authorities.
 *
 * @example
 * const root = createAuthority("Corp Root", { key: "P-384", signing: { digest: "sha512" } });
 * const server = root.intermediate("Corp Issuing CA").issue("pypi.corp.example");
 * // server.chainPem and server.keyPem go to the server, root.pem to the clients
 */
export function createAuthority(name: NameSpec, options: AuthorityOptions = {}): Authority {
  const key = keyFor(options.key);
  const certificate = mintCertificate({
    signature: options.signing ?? {},
    notAfter: fromNow(10 * YEAR_MS),
    ...options,
    subject: options.subject ?? name,
    key,
    extensions: withChanges(authorityExtensions(key), options),
  });
  return authorityOf(certificate, { chain: [], root: certificate, signing: options.signing ?? {} });
}

/** The extensions that an authority's certificate usually has. */
function authorityExtensions(key: LabKey, issuer?: Signer): readonly Extension[] {
  return [
    basicConstraints({ isCa: true }),
    keyUsage("keyCertSign", "cRLSign"),
    subjectKeyIdentifier(key.identifier),
    ...(issuer === undefined ? [] : [authorityKeyIdentifier(issuer.key.identifier)]),
  ];
}

/** The extensions that a TLS server's or client's certificate usually has. */
function leafExtensions(
  key: LabKey,
  issuer: Signer,
  { names, purpose }: { readonly names: readonly GeneralNameSpec[]; readonly purpose: Purpose },
): readonly Extension[] {
  return [
    basicConstraints(),
    key.spec.startsWith("RSA-")
      ? keyUsage("digitalSignature", "keyEncipherment")
      : keyUsage("digitalSignature"),
    extendedKeyUsage(purpose),
    ...(names.length > 0 ? [subjectAltName(...names)] : []),
    subjectKeyIdentifier(key.identifier),
    authorityKeyIdentifier(issuer.key.identifier),
  ];
}

interface AuthorityPlace {
  readonly chain: readonly MintedCertificate[];
  readonly root: MintedCertificate;
  readonly signing: SignatureSpec;
}

function authorityOf(certificate: MintedCertificate, place: AuthorityPlace): Authority {
  const issueAs = (subject: NameSpec, key: LabKey, options: IssueOptions, usual: readonly Extension[]) =>
    mintCertificate({
      signature: place.signing,
      ...options,
      subject: options.subject ?? subject,
      key,
      issuer: certificate,
      extensions: withChanges(usual, options),
    });
  const withChain = (leaf: MintedCertificate): IssuedCertificate => ({
    ...leaf,
    chain: place.chain,
    chainPem: [leaf, ...place.chain].map(({ pem }) => pem).join(""),
  });
  return {
    ...certificate,
    ...place,
    issue(host, options = {}) {
      const key = keyFor(options.key);
      const usual = leafExtensions(key, certificate, {
        names: options.names ?? [host],
        purpose: "serverAuth",
      });
      return withChain(issueAs(host, key, options, usual));
    },
    issueClient(name, options = {}) {
      const key = keyFor(options.key);
      const usual = leafExtensions(key, certificate, { names: options.names ?? [], purpose: "clientAuth" });
      return withChain(issueAs(name, key, options, usual));
    },
    intermediate(name, options = {}) {
      const key = keyFor(options.key);
      const usual = authorityExtensions(key, certificate);
      const below = issueAs(name, key, { notAfter: fromNow(5 * YEAR_MS), ...options }, usual);
      const chain = [below, ...place.chain];
      return authorityOf(below, { chain, root: place.root, signing: options.signing ?? {} });
    },
  };
}

function keyFor(key: LabKey | KeySpec | undefined): LabKey {
  return typeof key === "object" ? key : createKey(key ?? "P-256");
}

function withChanges(usual: readonly Extension[], options: IssueOptions): readonly Extension[] {
  if (options.extensions !== undefined) return options.extensions;
  const extra = options.extraExtensions ?? [];
  const dropped = new Set([...(options.withoutExtensions ?? []), ...extra.map(({ oid }) => oid)]);
  return [...usual.filter(({ oid }) => !dropped.has(oid)), ...extra];
}

function extensionField(version: number, extensions: readonly Extension[]): readonly Der[] {
  if (version === 1 || extensions.length === 0) return [];
  return [constructed(3, sequence(...extensions.map(encodeExtension)))];
}

function positiveSerial(): Buffer {
  const serial = randomBytes(SERIAL_OCTETS);
  // Positive, and of the shortest form (RFC 5280 4.1.2.2): the first octet is 0x40 to 0x7f.
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

function fromNow(distanceMs: number): Date {
  return new Date(Date.now() + distanceMs);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

// CAB Forum BR 7.1 asks for 64 bits of randomness; RFC 5280 4.1.2.2 allows 20 octets at most.
const SERIAL_OCTETS = 16;
