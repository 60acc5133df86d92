// The file of `pinion trust add`: certificates that are trusted for one host and port only. JSON, private to its owner,
// replaced as a whole. A file that cannot be understood is an error: guessing would change what is trusted.

import { hash } from "node:crypto";
import { statSync } from "node:fs";
import { dirname } from "node:path";

import { makeFolders } from "../base/files/make-folders.ts";
import { linkTarget, replaceFile } from "../base/files/atomic-file.ts";
import type { Lock } from "../base/files/lock.ts";
import { isRecord } from "../base/values/record.ts";
import { readFileWithin } from "../base/files/small-file.ts";
import { isPinionError, PinionError, systemCode } from "../errors.ts";
import { formatName, tryParseCertificate } from "../x509/certificates/certificate.ts";

/** One certificate that is trusted for one host and port. */
export interface HostAnchor {
  /** Lower case, without brackets or a final dot. */
  readonly host: string;
  readonly port: number;
  /** SHA-256, lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** For people. */
  readonly subject: string;
  /** DER in base64. */
  readonly certificate: string;
  /** ISO 8601, when it was added. */
  readonly added: string;
}

/**
 * Reads the anchors of all hosts; none when the file does not exist.
 *
 * @throws `tls/trust-source-unusable` when it cannot be read or understood
 */
export function readHostAnchors(path: string): readonly HostAnchor[] {
  let text: string;
  try {
    const self = process.geteuid?.();
    const { uid, mode } = statSync(path);
    // Another user could add a certificate of their own; what root keeps is the machine's.
    if (self !== undefined && uid !== self && uid !== 0)
      throw unusable(path, "belongs to another user", undefined);
    if (self !== undefined && (mode & WRITABLE_BY_ALL) !== 0)
      throw unusable(path, "can be written by every user", undefined);
    text = readFileWithin(path, MAX_ANCHORS_BYTES).toString();
  } catch (error) {
    if (isPinionError(error)) throw error;
    if (systemCode(error) === "ENOENT") return [];
    throw unusable(path, `cannot be read (${systemCode(error) ?? "unknown reason"})`, error);
  }
  return parseHostAnchors(text, path);
}

/**
 * Reads the text of such a file; `path` is for messages.
 *
 * @throws `tls/trust-source-unusable`
 */
export function parseHostAnchors(text: string, path: string): readonly HostAnchor[] {
  try {
    return readDocument(JSON.parse(text));
  } catch (error) {
    throw unusable(path, `is damaged: ${error instanceof Error ? error.message : "unknown reason"}`, error);
  }
}

/**
 * Trusts a certificate for a host and port; nothing happens when it is trusted there already.
 *
 * @throws `tls/malformed-certificate`, `tls/trust-source-unusable`
 */
export async function addHostAnchor(
  path: string,
  anchor: { host: string; port: number; der: Uint8Array; added: Date },
): Promise<HostAnchor> {
  const entry = describeAnchor(anchor);
  const sameIn = (known: readonly HostAnchor[]): HostAnchor | undefined =>
    known.find((other) => isFor(other, entry.host, entry.port) && other.fingerprint === entry.fingerprint);
  const same = sameIn(readHostAnchors(path));
  if (same !== undefined) return same;
  return await withLock(path, () => {
    const known = readHostAnchors(path);
    if (sameIn(known) === undefined) writeHostAnchors(path, [...known, entry]);
    return entry;
  });
}

/**
 * Removes what is trusted for a host and port, or only the certificate with a fingerprint; returns what was removed.
 *
 * @throws `tls/trust-source-unusable`
 */
export async function removeHostAnchors(
  path: string,
  target: { host: string; port: number; fingerprint?: string },
): Promise<readonly HostAnchor[]> {
  const host = normalizeHost(target.host);
  const isTarget = (anchor: HostAnchor): boolean =>
    isFor(anchor, host, target.port) &&
    (target.fingerprint === undefined || anchor.fingerprint === target.fingerprint);
  if (!readHostAnchors(path).some((anchor) => isTarget(anchor))) return [];
  return await withLock(path, () => {
    const known = readHostAnchors(path);
    writeHostAnchors(
      path,
      known.filter((anchor) => !isTarget(anchor)),
    );
    return known.filter((anchor) => isTarget(anchor));
  });
}

/** Of two commands that change the file at once, neither undoes what the other does. */
async function withLock<T>(path: string, work: () => T): Promise<T> {
  const { acquireLock } = await import("../base/files/lock.ts");
  let lock: Lock;
  try {
    makeFolders(dirname(path), { mode: PRIVATE_DIRECTORY });
    const target = linkTarget(path);
    makeFolders(dirname(target), { mode: PRIVATE_DIRECTORY });
    lock = await acquireLock(`${target}.lock`, {
      code: "environment/locked",
      subject: path,
      timeoutMs: LOCK_MS,
    });
  } catch (error) {
    if (isPinionError(error)) throw error;
    throw unusable(path, `cannot be written (${systemCode(error) ?? "unknown reason"})`, error);
  }
  try {
    return work();
  } finally {
    lock.release();
  }
}

/** A host as this file and the store compare it: `[::1]` is `::1`, `PyPI.org.` is `pypi.org`. */
export function normalizeHost(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
}

function describeAnchor({
  host,
  port,
  der,
  added,
}: {
  host: string;
  port: number;
  der: Uint8Array;
  added: Date;
}): HostAnchor {
  const parsed = tryParseCertificate(der);
  if (parsed === undefined)
    throw new PinionError(
      "tls/malformed-certificate",
      `Cannot trust the certificate of \`${host}\`: it cannot be read`,
    );
  return {
    host: normalizeHost(host),
    port,
    fingerprint: parsed.fingerprint,
    subject: formatName(parsed.subject),
    certificate: Buffer.from(der).toString("base64"),
    added: added.toISOString(),
  };
}

function writeHostAnchors(path: string, anchors: readonly HostAnchor[]): void {
  const text = `${JSON.stringify({ version: FORMAT_VERSION, anchors }, undefined, 2)}\n`;
  try {
    replaceFile(path, text, { mode: PRIVATE_FILE });
  } catch (error) {
    throw unusable(path, `cannot be written (${systemCode(error) ?? "unknown reason"})`, error);
  }
}

function readDocument(document: unknown): readonly HostAnchor[] {
  if (!isRecord(document) || !Array.isArray(document["anchors"]))
    throw new TypeError("it holds no list of anchors");
  if (document["version"] !== FORMAT_VERSION) throw new TypeError(`its version is not ${FORMAT_VERSION}`);
  return document["anchors"].map((entry, at) => readEntry(entry, at + 1));
}

function readEntry(entry: unknown, position: number): HostAnchor {
  if (!isRecord(entry)) throw new TypeError(`anchor ${position} is not an object`);
  const { host, port, fingerprint, subject, certificate, added } = entry;
  const isWhole =
    typeof host === "string" &&
    typeof port === "number" &&
    Number.isInteger(port) &&
    typeof fingerprint === "string" &&
    typeof certificate === "string" &&
    typeof subject === "string" &&
    typeof added === "string";
  if (!isWhole) throw new TypeError(`anchor ${position} lacks a field`);
  const actual = hash("sha256", Buffer.from(certificate, "base64"), "hex");
  if (actual !== fingerprint)
    throw new TypeError(`the certificate of anchor ${position} does not have its fingerprint`);
  return { host, port, fingerprint, subject, certificate, added };
}

function isFor(anchor: HostAnchor, host: string, port: number): boolean {
  return anchor.host === host && anchor.port === port;
}

function unusable(path: string, why: string, cause: unknown): PinionError {
  return new PinionError(
    "tls/trust-source-unusable",
    `Cannot use the certificates that are trusted for single hosts: \`${path}\` ${why}`,
    {
      details: { label: "hosts", path, reason: "unreadable" },
      hints: [`correct or remove \`${path}\`, then add the hosts again`],
      cause,
    },
  );
}

const WRITABLE_BY_ALL = 0o002;
const FORMAT_VERSION = 1;
/** It is held for as long as a small file takes to be written. */
const LOCK_MS = 30_000;
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** Thousands of servers. */
const MAX_ANCHORS_BYTES = 64 * 1024 ** 2;
