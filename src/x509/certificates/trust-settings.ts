// The trust settings that OpenSSL keeps after a certificate in a TRUSTED CERTIFICATE (`X509_CERT_AUX` of
// openssl/x509.h, openssl-x509(1) "Trust Options"): which purposes the certificate is an anchor for, and which not.

import { isPinionError } from "../../errors.ts";
import {
  contextTag,
  DerCursor,
  malformed,
  parseDer,
  readObjectIdentifier,
  TAG,
  type DerElement,
} from "./der.ts";
import { PURPOSE } from "./extensions.ts";

/**
 * Why a certificate with these settings is not an anchor for TLS servers; undefined where it is one. Settings that
 * cannot be read are a reason too. Never throws.
 *
 * @param settings DER of the settings only
 */
export function whyNotForServers(settings: Uint8Array): string | undefined {
  try {
    const { trusted, rejected } = parseSettings(settings);
    if (rejected.some(isForServers)) return "its trust settings reject it for TLS servers";
    // An empty list is one that names nothing (OpenSSL, obj_trust of crypto/x509/x509_trust.c).
    if (trusted !== undefined && !trusted.some(isForServers))
      return "its trust settings are for other purposes than TLS servers";
    return undefined;
  } catch (error) {
    if (isPinionError(error)) return "its trust settings cannot be read";
    throw error;
  }
}

interface TrustSettingsOfCertificate {
  /** Absent where every purpose is trusted that is not rejected. */
  readonly trusted: readonly string[] | undefined;
  readonly rejected: readonly string[];
}

function parseSettings(bytes: Uint8Array): TrustSettingsOfCertificate {
  const outer = parseDer(bytes, WHAT);
  if (outer.tag !== TAG.sequence) throw malformed(WHAT, "are not a SEQUENCE", 0);
  const cursor = new DerCursor(outer, WHAT);
  const trusted = cursor.optional(TAG.sequence);
  const rejected = cursor.optional(contextTag(0, "constructed"));
  // A name for people, a key identifier, and algorithms: nothing that narrows trust.
  cursor.optional(TAG.utf8String);
  cursor.optional(TAG.octetString);
  cursor.optional(contextTag(1, "constructed"));
  cursor.finish();
  return {
    trusted: trusted === undefined ? undefined : purposesOf(trusted),
    rejected: rejected === undefined ? [] : purposesOf(rejected),
  };
}

function purposesOf(list: DerElement): readonly string[] {
  return new DerCursor(list, WHAT).rest(MAX_PURPOSES).map((element) => readObjectIdentifier(element, WHAT));
}

function isForServers(purpose: string): boolean {
  return purpose === PURPOSE.serverAuth || purpose === PURPOSE.any;
}

const WHAT = "trust settings";
/** OpenSSL knows a dozen purposes. */
const MAX_PURPOSES = 100;
