// The operating system's trust store. Linux and the BSDs keep one bundle file; macOS and Windows are asked through
// Node where it can (`tls.getCACertificates`, Node 22.15 and later), else through the library `system-ca`.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { posix, win32 } from "node:path";
import tls from "node:tls";

import { ownRequire } from "../base/files/own-require.ts";
import { readPem, readPemSections } from "../x509/certificates/pem.ts";
import { toBase64 } from "./read-source.ts";

/** What this room asks of the machine; tests hand in recorded answers. */
export interface SystemAccess {
  readonly platform: NodeJS.Platform;
  readFile(path: string): Uint8Array | undefined;
  /** A file of ASCII text; other bytes may be lost. */
  readText(path: string): string | undefined;
  /** Names in a folder; empty when there is none. */
  list(directory: string): readonly string[];
  /** `tls.getCACertificates("system")`; undefined where Node lacks it. */
  runtimeCertificates(): readonly string[] | undefined;
  /** What `system-ca` finds. */
  libraryCertificates(): readonly string[];
  /** The output of a program of the system, by its path or, on Windows, its name; undefined when it fails. */
  run(command: string, args: readonly string[]): string | undefined;
}

export interface SystemCertificates {
  /** DER in base64. */
  readonly certificates: readonly string[];
  /** The bundle or folder they were read from, where there is one. */
  readonly path: string | undefined;
}

/** Reads the system's anchors; none when the system has no store. Never throws. */
export function readSystemCertificates(access: SystemAccess): SystemCertificates {
  if (access.platform === "darwin" || access.platform === "win32") {
    const pems = access.runtimeCertificates() ?? access.libraryCertificates();
    return { certificates: unique(pems.flatMap((pem) => certificatesOf(Buffer.from(pem)))), path: undefined };
  }
  for (const path of BUNDLE_FILES) {
    const text = access.readText(path);
    const certificates = text === undefined ? [] : readPemSections(text).certificates;
    if (certificates.length > 0) return { certificates, path };
  }
  for (const path of CERTIFICATE_DIRECTORIES) {
    const bundles = access.list(path).map((name) => access.readFile(`${path}/${name}`));
    const certificates = bundles.flatMap((bytes) => (bytes === undefined ? [] : certificatesOf(bytes)));
    if (certificates.length > 0) return { certificates: unique(certificates), path };
  }
  return { certificates: [], path: undefined };
}

/** The machine itself, where the variables say that it is. */
export function realSystem(platform: NodeJS.Platform, env: Variables): SystemAccess {
  return {
    platform,
    readFile: (path) => attempt(() => readFileSync(path)),
    readText: (path) => attempt(() => readFileSync(path, "utf8")),
    list: (directory) => attempt(() => readdirSync(directory).sort()) ?? [],
    runtimeCertificates: () => attempt(() => runtimeReader()?.("system")),
    libraryCertificates: () => attempt(loadFromLibrary) ?? [],
    run: (command, args) =>
      attempt(() =>
        execFileSync(systemProgram(command, platform, env), args, {
          encoding: "utf8",
          timeout: COMMAND_TIMEOUT_MS,
          stdio: ["ignore", "pipe", "ignore"],
          windowsHide: true,
        }),
      ),
  };
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * A program of the system by its whole path: Windows looks for a bare name in the working folder first, which may be a checkout
 * of another user's repository.
 */
export function systemProgram(command: string, platform: NodeJS.Platform, env: Variables): string {
  if (platform !== "win32") {
    if (!posix.isAbsolute(command)) throw new Error(`\`${command}\` is not a path`);
    return command;
  }
  if (win32.isAbsolute(command)) return command;
  const stated = Object.entries(env).find(([name]) => name.toUpperCase() === "SYSTEMROOT")?.[1];
  const root = stated !== undefined && DRIVE.test(stated) ? stated : String.raw`C:\Windows`;
  return win32.join(root, "System32", command);
}

type RuntimeReader = (type: "system") => readonly string[];

interface SystemLibrary {
  readonly systemCertsSync: () => readonly string[];
}

/** Typed here because the oldest supported Node does not have it. */
function runtimeReader(): RuntimeReader | undefined {
  const reader: RuntimeReader | undefined = Reflect.get(tls, "getCACertificates");
  return reader;
}

function loadFromLibrary(): readonly string[] {
  // Loaded only on the systems and runtimes that need it: it brings native code.
  const library: SystemLibrary = ownRequire()("system-ca");
  return library.systemCertsSync();
}

function certificatesOf(bytes: Uint8Array): readonly string[] {
  return readPem(bytes).certificates.map((der) => toBase64(der));
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // Each caller says what a missing answer means.
    return undefined;
  }
}

const DRIVE = /^[A-Za-z]:[\\/]/;

/** Consolidated bundles, as Go's `crypto/x509` (root_linux.go, root_bsd.go) and pip's truststore look for them. */
const BUNDLE_FILES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo, Alpine, NixOS
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7 and later
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/var/lib/ca-certificates/ca-bundle.pem", // openSUSE, newer
  "/etc/pki/tls/cacert.pem", // OpenELEC
  "/etc/ssl/cert.pem", // Alpine, FreeBSD, OpenBSD
  "/usr/local/etc/ssl/cert.pem", // FreeBSD
  "/usr/local/share/certs/ca-root-nss.crt", // FreeBSD, DragonFly
  "/etc/openssl/certs/ca-certificates.crt", // NetBSD
  "/etc/certs/ca-certificates.crt", // illumos
  "/data/data/com.termux/files/usr/etc/tls/cert.pem", // Termux
];
const CERTIFICATE_DIRECTORIES: readonly string[] = [
  "/etc/ssl/certs",
  "/etc/pki/tls/certs",
  "/system/etc/security/cacerts",
];
/** Reading the registry or a keychain takes some ten milliseconds. */
const COMMAND_TIMEOUT_MS = 5_000;
