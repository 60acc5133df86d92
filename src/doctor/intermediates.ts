// Certificates that a chain lacks, had from where the chain itself says they are: Authority Information Access (RFC 5280
// section 4.2.2.1). Plain HTTP only, as the signature is what counts; bounded in size, number and time.

import { PinionError, isPinionError } from "../errors.ts";
import type { Client } from "../net/client.ts";
import { excerpt, redactUrl } from "../net/url.ts";
import { formatName, tryParseCertificate, type Certificate } from "../x509/certificate.ts";
import { DerCursor, TAG, contentOf, contextTag, parseDer, rawOf } from "../x509/der.ts";
import { readPem } from "../x509/pem.ts";
import type { FetchReport } from "./examination.ts";

export interface Fetched {
  readonly certificates: readonly Uint8Array[];
  readonly report: FetchReport;
}

/** The `http:` addresses at which a certificate's issuer is to be had. */
export function issuerUrls(certificate: Certificate): readonly string[] {
  return (certificate.authorityInfoAccess ?? []).flatMap(({ method, location }) =>
    method === "ca-issuers" && location.kind === "uri" && /^http:\/\//i.test(location.value)
      ? [location.value]
      : [],
  );
}

/** Fetches the certificates at an address: DER, PEM, or a PKCS #7 bundle. Never throws for what the network does. */
export async function fetchIssuers(
  url: string,
  client: Client,
  signal: AbortSignal | undefined,
): Promise<Fetched> {
  const shown = redactUrl(url);
  try {
    const response = await client.request(url, {
      maxBytes: MAX_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });
    const certificates = readCertificates(await response.bytes());
    const parsed = certificates.flatMap((der) => tryParseCertificate(der) ?? []);
    if (parsed.length === 0) throw new PinionError("tls/malformed-certificate", "there is no certificate");
    const subjects = parsed.map(({ subject }) => formatName(subject));
    return { certificates, report: { url: shown, subjects } };
  } catch (error) {
    if (!isPinionError(error) || error.code === "net/cancelled") throw error;
    return { certificates: [], report: { url: shown, subjects: [], problem: excerpt(error.message) } };
  }
}

/** The certificates of a file as authorities publish them. Never throws. */
export function readCertificates(bytes: Uint8Array): readonly Uint8Array[] {
  const isPkcs7Pem = Buffer.from(bytes.subarray(0, 64)).toString("latin1").includes("BEGIN PKCS7");
  const binary = isPkcs7Pem ? decodePem(bytes) : bytes;
  const bundle = readPkcs7(binary);
  return (bundle ?? readPem(bytes).certificates).slice(0, MAX_CERTIFICATES);
}

function decodePem(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  return Buffer.from(text.replace(/-----[^-]*-----/g, "").replace(/\s+/g, ""), "base64");
}

/** The certificates of a degenerate SignedData (RFC 5652 section 5.1); undefined for anything else. */
function readPkcs7(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  try {
    const outer = new DerCursor(parseDer(bytes, WHAT), WHAT);
    outer.take(TAG.objectIdentifier);
    const wrapper = outer.take(contextTag(0, "constructed"));
    const signedData = new DerCursor(parseDer(contentOf(wrapper), WHAT), WHAT);
    signedData.take(TAG.integer);
    signedData.take(TAG.set);
    signedData.take(TAG.sequence);
    const list = new DerCursor(signedData.take(contextTag(0, "constructed")), WHAT);
    return list.rest(MAX_CERTIFICATES).map((element) => rawOf(element));
  } catch (error) {
    if (isPinionError(error)) return undefined;
    throw error;
  }
}

const WHAT = "PKCS #7 bundle";
/** Real ones have one to five; Chromium's limit for a response is 64 KB (`kMaxResponseSizeInBytesForAia`). */
const MAX_BYTES = 64 * 1024;
const MAX_CERTIFICATES = 16;
