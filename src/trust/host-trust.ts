// What counts for one host only: an index's own `cert` and `pins`, and exceptions, each by its name. An exception lifts
// one refusal of Pinion's own; what the TLS engine refuses stays refused (`docs/trust-model.md` section 2).

import { PinionError } from "../errors.ts";
import type { Certificate } from "../x509/certificates/certificate.ts";
import type { Finding } from "../x509/rules/findings.ts";
import { matchesCommonName } from "../x509/rules/names.ts";
import { normalizeHost } from "./host-anchors.ts";

/** The refusals that can be lifted for a host. */
export type TlsExceptionName = "common-name" | "v1-certificate" | "ca-certificate" | "weak-key";

/** `[[tls-exception]]` of the settings. */
export interface TlsException {
  /** Lower case, without brackets; never a pattern. */
  readonly host: string;
  /** Undefined means every port. */
  readonly port: number | undefined;
  readonly allow: readonly TlsExceptionName[];
  /** The file of a project says it: what was verified with it is kept for runs with the same trust only. */
  readonly isOfProject?: true | undefined;
  readonly origin: string;
}

/** What an index's own table says about its server. */
export interface HostTrust {
  readonly host: string;
  readonly port: number;
  /** The file that is trusted for this host instead of everything else. */
  readonly cert?: { readonly value: string; readonly origin: string } | undefined;
  /** The file of a project says it: what this `cert` verified is kept for runs with the same trust only. */
  readonly isOfProject?: true | undefined;
  /** SHA-256 of public keys, lower-case hexadecimal digits: one of them must be in the verified path. */
  readonly pins?: readonly string[] | undefined;
  readonly origin: string;
}

/** Every name of an exception, in the order of the documentation. */
export const TLS_EXCEPTION_NAMES: readonly TlsExceptionName[] = [
  "common-name",
  "v1-certificate",
  "ca-certificate",
  "weak-key",
];

/**
 * Reads the host of an exception: `HOST` or `HOST:PORT`, IPv6 in brackets.
 *
 * @throws `settings/invalid` for anything that could mean more than one host
 */
export function parseExceptionHost(
  text: string,
  origin: string,
): { readonly host: string; readonly port: number | undefined } {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]/\\@?#*\s]+)(?::(\d{1,5}))?$/i.exec(text);
  const host = parts?.[1];
  if (host === undefined || !URL.canParse(`https://${host}/`)) {
    throw new PinionError("settings/invalid", `\`${origin}\`: an exception is for one host: \`${text}\``, {
      details: { origin, host: text },
      hints: ["write `HOST`, `HOST:PORT` or `[IPV6]:PORT`, without wildcards"],
    });
  }
  const port = parts?.[2] === undefined ? undefined : Number(parts[2]);
  return { host: normalizeHost(new URL(`https://${host}/`).hostname), port };
}

/**
 * Reads a pin: `sha256:` and the digest of a public key (SubjectPublicKeyInfo), in hexadecimal digits as `pinion trust
 * add` shows it, or in base64 as RFC 7469 section 2.4 and curl's `--pinnedpubkey` have it (`sha256//…`).
 *
 * @throws `settings/invalid`
 */
export function parsePin(text: string, origin: string): string {
  const [, hexadecimal] = /^sha256:((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})$/i.exec(text) ?? [];
  if (hexadecimal !== undefined) return hexadecimal.replaceAll(":", "").toLowerCase();
  const [, base64] = /^sha256(?::|\/\/)([\w+/-]{43}=?)$/.exec(text) ?? [];
  const digest = base64 === undefined ? undefined : Buffer.from(base64, "base64");
  if (digest?.length === SHA256_OCTETS) return digest.toString("hex");
  throw new PinionError("settings/invalid", `\`${origin}\`: this is not a pin: \`${text}\``, {
    details: { origin },
    hints: [{ kind: "write-pin" }],
  });
}

/** The exceptions for a host and port. */
export function exceptionsFor(
  exceptions: readonly TlsException[],
  host: string,
  port: number,
): readonly TlsExceptionName[] {
  const name = normalizeHost(host);
  return exceptions
    .filter((exception) => exception.host === name && (exception.port ?? port) === port)
    .flatMap(({ allow }) => allow);
}

/** What indexes say about a host and port. */
export function hostTrustFor(trust: readonly HostTrust[], host: string, port: number): readonly HostTrust[] {
  const name = normalizeHost(host);
  return trust.filter((entry) => normalizeHost(entry.host) === name && entry.port === port);
}

/** The exception that would lift a refusal for this host; undefined where there is none. */
export function exceptionThatLifts(finding: Finding, host: string): TlsExceptionName | undefined {
  switch (finding.rule) {
    case "host":
      return nameException(finding.certificate, host);
    case "ca-as-server":
      return "ca-certificate";
    case "weak-key":
      return hasBearableKey(finding.certificate) ? "weak-key" : undefined;
    default:
      return undefined;
  }
}

/** The common name counts only where there is no name that should count instead. */
function nameException(certificate: Certificate, host: string): TlsExceptionName | undefined {
  if (!matchesCommonName(certificate, host)) return undefined;
  return certificate.version === 1 ? "v1-certificate" : "common-name";
}

/** RSA from 1024 bits: below, and for DSA, the engine refuses by itself wherever its security level is 1. */
function hasBearableKey({ publicKey: { kind, bits } }: Certificate): boolean {
  return (kind === "rsa" || kind === "rsa-pss") && bits >= MIN_EXCEPTED_RSA_BITS;
}

const SHA256_OCTETS = 32;
const MIN_EXCEPTED_RSA_BITS = 1024;
