// Whether a certificate is for a host (RFC 9525, RFC 6125): only subjectAltName counts, an IP address only as an iPAddress,
// and a wildcard matches one whole leftmost label in front of at least two others.

import type { Certificate } from "../certificates/certificate.ts";
import { equalBytes } from "../certificates/der.ts";
import { attributeOf, printable } from "../certificates/distinguished-name.ts";
import type { GeneralName } from "../certificates/extensions.ts";
import { parseAddress } from "../certificates/ip-address.ts";

/** The answer to "is this certificate for this host?". */
export type HostMatch =
  | { readonly kind: "match"; readonly name: string }
  | {
      readonly kind: "mismatch";
      /** The names the certificate is for, ready to print. */
      readonly names: readonly string[];
      readonly reason: "other-names" | "no-names" | "only-common-name";
    };

/** Compares a host, or an IP address with or without brackets, with the certificate's names. */
export function matchesHost(certificate: Certificate, host: string): HostMatch {
  const wanted = canonicalHost(host);
  const names = certificate.subjectAltNames ?? [];
  const address = parseAddress(wanted);
  for (const name of names) {
    const isMatch =
      address === undefined
        ? name.kind === "dns" && matchesPattern(name.value, wanted)
        : isAddress(name, address);
    if (isMatch) return { kind: "match", name: formatGeneralName(name) };
  }
  const shown = names
    .filter((name) => name.kind === "dns" || name.kind === "ip")
    .map((name) => formatGeneralName(name));
  if (shown.length > 0) return { kind: "mismatch", names: shown, reason: "other-names" };
  const commonName = attributeOf(certificate.subject, "CN");
  return { kind: "mismatch", names: [], reason: commonName === undefined ? "no-names" : "only-common-name" };
}

/**
 * Whether the subject's common name covers a host, where no subjectAltName says for what the certificate is (RFC 6125
 * section 6.4.4). {@link matchesHost} never asks: it is for exceptions that name a host.
 */
export function matchesCommonName(certificate: Certificate, host: string): boolean {
  const match = matchesHost(certificate, host);
  const commonName = attributeOf(certificate.subject, "CN");
  const wanted = canonicalHost(host);
  if (match.kind === "match" || match.reason !== "only-common-name" || commonName === undefined) return false;
  return parseAddress(wanted) === undefined && matchesPattern(commonName, wanted);
}

/** Lower case, in ASCII, without brackets, zone or a final dot; text that is not a host comes back as it is. */
export function canonicalHost(host: string): string {
  const bare = host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/s, "")
    .replace(/\.$/, "");
  return /^[\x21-\x7e]*$/.test(bare) ? bare.toLowerCase() : (toAscii(bare) ?? bare);
}

/** A name for people, without control characters. */
export function formatGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case "dns":
    case "email":
    case "uri":
    case "ip":
      return printable(name.value);
    case "directory":
      return printable(
        name.value.relativeNames
          .flat()
          .map(({ label, value }) => `${label}=${value}`)
          .join(", "),
      );
    case "other":
      return `a name of kind ${name.tag & 0x1f}`;
  }
}

/** Whether a dNSName (perhaps with a wildcard) covers a host in lower case. */
export function matchesPattern(pattern: string, host: string): boolean {
  const name = pattern.toLowerCase();
  if (!isHostName(host)) return false;
  if (!name.startsWith("*.")) return name === host && isHostName(name);
  const parent = name.slice(2);
  const firstDot = host.indexOf(".");
  return isHostName(parent) && !isPublicSuffix(parent) && firstDot > 0 && host.slice(firstDot + 1) === parent;
}

/**
 * Whether a domain in lower case is one under which strangers register names. Without the Public Suffix List's ten
 * thousand lines: a single label, and the registries' usual second levels below a country's domain (`co.uk`, `ac.jp`).
 */
export function isPublicSuffix(domain: string): boolean {
  return !domain.includes(".") || REGISTRY_DOMAIN.test(domain);
}

/** Whether text is made of labels as host names have them; underscores occur in private networks. */
export function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_NAME_CHARACTERS) return false;
  return text.split(".").every((label) => HOST_LABEL.test(label));
}

/** A few names, and how many there are besides. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).join(", ");
  return names.length > MAX_NAMES_SHOWN ? `${shown} and ${names.length - MAX_NAMES_SHOWN} more` : shown;
}

function isAddress(name: GeneralName, address: Uint8Array): boolean {
  return name.kind === "ip" && equalBytes(name.octets, address);
}

/** Unicode to ASCII as URLs do it (UTS #46). */
function toAscii(host: string): string | undefined {
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined;
}

/** RFC 1035 section 2.3.4. */
const MAX_NAME_CHARACTERS = 253;
const MAX_NAMES_SHOWN = 5;
const REGISTRY_DOMAIN = /^(?:ac|co|com|edu|go|gov|mil|ne|net|or|org)\.[a-z]{2}$/;
const HOST_LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i;
