// What the operating system explicitly distrusts: such a certificate is trusted from no default source, the bundled
// roots included. Debian's deselected lines, p11-kit's blocklists, Windows' Disallowed store, macOS' Deny settings.

import { hash } from "node:crypto";

import { trySignedBytes } from "../x509/certificates/certificate.ts";
import { readPem } from "../x509/certificates/pem.ts";
import type { SystemAccess } from "./system.ts";

export interface Distrust {
  /** Whether the system distrusts the certificate with this DER. */
  covers(der: Uint8Array): boolean;
  readonly isEmpty: boolean;
}

/** Reads the system's distrust. Never throws. */
export function readDistrust(access: SystemAccess): Distrust {
  const { sha1, signed } = fingerprintsOf(access);
  return {
    isEmpty: sha1.size + signed.size === 0,
    covers: (der) =>
      (signed.size > 0 && signed.has(digestOfSigned(der))) ||
      (sha1.size > 0 && sha1.has(digest("sha1", der))),
  };
}

interface Fingerprints {
  readonly sha1: ReadonlySet<string>;
  /** As {@link digestOfSigned}. */
  readonly signed: ReadonlySet<string>;
}

function fingerprintsOf(access: SystemAccess): Fingerprints {
  if (access.platform === "win32") return { sha1: new Set(readWindowsDisallowed(access)), signed: new Set() };
  if (access.platform === "darwin") return { sha1: new Set(readMacDeny(access)), signed: new Set() };
  const denied = [...readDebianDeselected(access), ...readBlocklists(access)];
  return { sha1: new Set(), signed: new Set(denied.map((der) => digestOfSigned(der))) };
}

/** `!mozilla/Name.crt` in ca-certificates.conf, see update-ca-certificates(8): deselected by the administrator. */
function readDebianDeselected(access: SystemAccess): readonly Uint8Array[] {
  const lines = access.readText(DEBIAN_SELECTION)?.split("\n") ?? [];
  const names = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1).trim());
  return names.flatMap((name) => certificatesOf(access, `${DEBIAN_CERTIFICATES}/${name}`));
}

function readBlocklists(access: SystemAccess): readonly Uint8Array[] {
  const blocked = BLOCKLIST_DIRECTORIES.flatMap((directory) =>
    access.list(directory).flatMap((name) => certificatesOf(access, `${directory}/${name}`)),
  );
  const marked = P11_KIT_DIRECTORIES.flatMap((directory) =>
    access
      .list(directory)
      .filter((name) => name.endsWith(".p11-kit"))
      .flatMap((name) => readDistrustedObjects(access.readText(`${directory}/${name}`) ?? "")),
  );
  return [...blocked, ...marked];
}

/** Objects with `x-distrusted: true` in a .p11-kit file, which holds `[p11-kit-object-v1]` sections. */
function readDistrustedObjects(text: string): readonly Uint8Array[] {
  const sections = text.split(/^\[p11-kit-object-v1\]\s*$/m).slice(1);
  const distrusted = sections.filter((section) => /^x-distrusted:\s*true\s*$/m.test(section));
  return distrusted.flatMap((section) => everyCertificate(Buffer.from(section, "latin1")));
}

/** The Disallowed stores of the machine, its policy and the user: the names of their keys are SHA-1 thumbprints. */
function readWindowsDisallowed(access: SystemAccess): readonly string[] {
  return WINDOWS_DISALLOWED.flatMap((key) => {
    const output = access.run("reg.exe", ["query", key]) ?? "";
    return Array.from(output.matchAll(/\\([0-9A-F]{40})\s*$/gim), ([, thumbprint = ""]) =>
      thumbprint.toLowerCase(),
    );
  });
}

/** Trust settings of the administrator and the user, as a property list whose keys are SHA-1 fingerprints. */
function readMacDeny(access: SystemAccess): readonly string[] {
  return MAC_TRUST_DOMAINS.flatMap((domain) => {
    const output = access.run("/usr/bin/security", ["trust-settings-export", ...domain, "/dev/stdout"]) ?? "";
    return [...output.matchAll(MAC_ENTRY)].flatMap(([, fingerprint = "", settings = ""]) =>
      MAC_DENY.test(settings) ? [fingerprint.toLowerCase()] : [],
    );
  });
}

function certificatesOf(access: SystemAccess, path: string): readonly Uint8Array[] {
  const bytes = access.readFile(path);
  return bytes === undefined ? [] : everyCertificate(bytes);
}

/** Also those whose own trust settings reject them. */
function everyCertificate(bytes: Uint8Array): readonly Uint8Array[] {
  const { certificates, rejected } = readPem(bytes);
  return [...certificates, ...rejected];
}

/** Of the signed part: an ECDSA signature can be written another way, without the key, and is as valid. */
function digestOfSigned(der: Uint8Array): string {
  return digest("sha256", trySignedBytes(der) ?? der);
}

function digest(algorithm: "sha1" | "sha256", der: Uint8Array): string {
  return hash(algorithm, der, "hex");
}

const DEBIAN_SELECTION = "/etc/ca-certificates.conf";
const DEBIAN_CERTIFICATES = "/usr/share/ca-certificates";
/** trust(1): Fedora and RHEL, Arch, openSUSE; `blacklist` until p11-kit 0.23.21. */
const BLOCKLIST_DIRECTORIES: readonly string[] = [
  "/etc/pki/ca-trust/source",
  "/usr/share/pki/ca-trust-source",
  "/etc/ca-certificates/trust-source",
  "/usr/share/ca-certificates/trust-source",
  "/etc/pki/trust",
  "/usr/share/pki/trust",
].flatMap((root) => [`${root}/blocklist`, `${root}/blacklist`]);
/** Where an administrator's own .p11-kit files are; the vendor's list repeats what Mozilla left out. */
const P11_KIT_DIRECTORIES: readonly string[] = [
  "/etc/pki/ca-trust/source",
  "/etc/ca-certificates/trust-source",
  "/etc/pki/trust",
];
const WINDOWS_DISALLOWED: readonly string[] = [
  String.raw`HKLM\SOFTWARE\Microsoft\SystemCertificates\Disallowed\Certificates`,
  String.raw`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\Disallowed\Certificates`,
  String.raw`HKCU\SOFTWARE\Microsoft\SystemCertificates\Disallowed\Certificates`,
];
const MAC_TRUST_DOMAINS: readonly (readonly string[])[] = [[], ["-d"]];
const MAC_ENTRY = /<key>([0-9A-F]{40})<\/key>([\s\S]*?)(?=<key>[0-9A-F]{40}<\/key>|$)/gi;
/** kSecTrustSettingsResultDeny is 3 (Security/SecTrustSettings.h). */
const MAC_DENY = /<key>kSecTrustSettingsResult<\/key>\s*<integer>3<\/integer>/;
