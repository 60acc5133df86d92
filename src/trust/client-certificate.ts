// A client certificate from files: PEM in one or two, the key encrypted or not, or PKCS#12. What is broken is an error,
// never a warning: a server that asks would answer with something that says less.

import { X509Certificate, createPrivateKey, type KeyObject, hash } from "node:crypto";
import { createSecureContext } from "node:tls";

import type { Hint } from "../advice.ts";
import { formatDay } from "../base/values/instant.ts";
import { readFileWithin } from "../base/files/small-file.ts";
import { PinionError } from "../errors.ts";
import type { ClientIdentity } from "./client-identity.ts";
import { openPlainKey } from "./plain-key.ts";

export interface ClientCertificateFiles {
  /** PEM or PKCS#12. */
  readonly cert: string;
  /** PEM, where the key is not in the same file. */
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  /** A project's file names it: only PEM that is not encrypted counts, see {@link readClientIdentity}. */
  readonly isOfProject?: true | undefined;
}

/**
 * Reads a client certificate and makes sure that it can be shown: the key fits, and it is in its time.
 *
 * @throws `tls/client-certificate-unusable` for what is missing, unreadable, encrypted with another passphrase, for
 * another key, or expired; for one of a project that does not open at once ({@link openPlainKey}): a passphrase is hashed as often
 * as its file says, and no signal is heard meanwhile
 */
export function readClientIdentity(files: ClientCertificateFiles, now: Date = new Date()): ClientIdentity {
  const bytes = readBytes(files.cert);
  if (!bytes.includes("-----BEGIN")) {
    if (files.isOfProject === true) throw needsOwnSettings(files.cert);
    return readPkcs12(bytes, files);
  }
  const pem = bytes.toString("latin1");
  const chain = pem.match(CERTIFICATE_BLOCK) ?? [];
  const leaf = chain[0];
  if (leaf === undefined) throw unusable(files.cert, "it holds no certificate");
  const keyPem = keyBlock(files.key === undefined ? pem : readBytes(files.key).toString("latin1"), files);
  const key = openKey(keyPem, files);
  const certificate = parseLeaf(leaf, files);
  if (!certificate.checkPrivateKey(key))
    throw unusable(files.cert, `the key in \`${files.key ?? files.cert}\` is for another certificate`);
  refuseOutOfTime(certificate, { path: files.cert, now });
  const cert = `${chain.join("\n")}\n`;
  const openKeyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { id: identify(cert), cert, key: openKeyPem };
}

function readPkcs12(pfx: Buffer, { cert, passphrase = "" }: ClientCertificateFiles): ClientIdentity {
  try {
    createSecureContext({ pfx, passphrase });
  } catch (cause) {
    // The runtime gives PKCS12_R_MAC_VERIFY_FAILURE as a message without a code.
    const isPassphrase = cause instanceof Error && /mac verify failure/i.test(cause.message);
    const why = isPassphrase
      ? passphraseProblem(passphrase)
      : "it is neither PEM nor PKCS#12 that this runtime reads";
    throw unusable(cert, why, { cause, hints: isPassphrase ? [PASSPHRASE_HINT] : [PKCS12_HINT] });
  }
  return { id: identify(pfx), pfx, passphrase };
}

function keyBlock(pem: string, { cert, key }: ClientCertificateFiles): string {
  const block = KEY_BLOCK.exec(pem)?.[0];
  if (block !== undefined) return block;
  if (key !== undefined) throw unusable(key, "it holds no private key");
  throw unusable(cert, "it holds no private key", {
    hints: [{ kind: "set-client-key" }],
  });
}

function openKey(pem: string, { cert, key, passphrase, isOfProject }: ClientCertificateFiles): KeyObject {
  const path = key ?? cert;
  if (isOfProject === true) {
    const plain = attemptPlain(pem);
    if (plain === undefined) throw needsOwnSettings(path);
    return plain;
  }
  try {
    return createPrivateKey(passphrase === undefined ? { key: pem } : { key: pem, passphrase });
  } catch (cause) {
    const isEncrypted = /ENCRYPTED/.test(pem);
    throw isEncrypted
      ? unusable(path, passphraseProblem(passphrase ?? ""), { cause, hints: [PASSPHRASE_HINT] })
      : unusable(path, "its private key cannot be read", { cause });
  }
}

function attemptPlain(pem: string): KeyObject | undefined {
  try {
    return openPlainKey(pem);
  } catch {
    return undefined;
  }
}

/** Opening it may take as long as its author wants. */
function needsOwnSettings(path: string): PinionError {
  return unusable(
    path,
    "a project's settings may name only unencrypted PEM, with a key of RSA up to 8192 bits, EC, Ed25519, Ed448 or ML-DSA",
    {
      hints: ["Configure the index and its client certificate in your own pinion.toml"],
    },
  );
}

function parseLeaf(pem: string, { cert }: ClientCertificateFiles): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw unusable(cert, "its certificate cannot be read", { cause });
  }
}

function refuseOutOfTime(
  certificate: X509Certificate,
  { path, now }: { readonly path: string; readonly now: Date },
): void {
  const until = new Date(certificate.validTo);
  const from = new Date(certificate.validFrom);
  if (until < now) throw unusable(path, `its certificate expired on ${formatDay(until)}`);
  if (from > now) throw unusable(path, `its certificate is not valid before ${formatDay(from)}`);
}

function readBytes(path: string): Buffer {
  try {
    return readFileWithin(path, MAX_CERTIFICATE_BYTES);
  } catch (cause) {
    throw unusable(path, "it cannot be read", { cause });
  }
}

function passphraseProblem(passphrase: string): string {
  return passphrase === ""
    ? "its key is encrypted, and no passphrase was given"
    : "its key is encrypted with another passphrase";
}

function unusable(
  path: string,
  why: string,
  { cause, hints }: { readonly cause?: unknown; readonly hints?: readonly Hint[] } = {},
): PinionError {
  return new PinionError(
    "tls/client-certificate-unusable",
    `Cannot use the client certificate \`${path}\`: ${why}`,
    {
      details: { path, reason: why },
      ...(hints === undefined ? {} : { hints }),
      cause,
    },
  );
}

/** Tells certificates apart without saying anything about a key or a passphrase. */
function identify(material: string | Buffer): string {
  return hash("sha256", material, "hex");
}

// No block holds the start of another, so that each start is looked at once.
const CERTIFICATE_BLOCK =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----(?:(?!-----BEGIN )[\s\S])*?-----END (?:TRUSTED )?CERTIFICATE-----/g;
const KEY_BLOCK =
  /-----BEGIN ((?:[A-Z]+ )?(?:ENCRYPTED )?PRIVATE KEY)-----(?:(?!-----BEGIN )[\s\S])*?-----END \1-----/;

const PASSPHRASE_HINT = "Give the passphrase in the variable `PINION_CLIENT_KEY_PASSPHRASE`";
const PKCS12_HINT =
  "PKCS#12 with RC2 or 3DES needs converting: `openssl pkcs12 -legacy -in OLD -nodes -out client.pem`";

/** A chain, or a PKCS#12 archive, takes some thousand bytes. */
const MAX_CERTIFICATE_BYTES = 4 * 1024 ** 2;
