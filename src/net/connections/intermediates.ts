// Intermediates that a server forgot, fetched from the URLs that the chain itself gives: Authority Information Access (RFC 5280
// section 4.2.2.1). Plain HTTP only, as the signature is what counts; bounded in size, number and rounds.

import { isPinionError } from "../../errors.ts";
import { tryParseCertificate, type Certificate } from "../../x509/certificates/certificate.ts";
import { DerCursor, TAG, contentOf, contextTag, parseDer, rawOf } from "../../x509/certificates/der.ts";
import type { ChainExplanation } from "../../x509/explain/question.ts";
import { readPem } from "../../x509/certificates/pem.ts";

/** Gets the bytes at an `http:` address, no more than so many. Rejects with a `PinionError`. */
export type FetchIssuer = (url: URL, maxBytes: number, signal?: AbortSignal) => Promise<Buffer>;

/** Explains a chain with certificates that were not sent. */
export type ExplainWith = (extra: readonly Uint8Array[]) => ChainExplanation;

/**
 * Fetches what an incomplete chain lacks, one certificate above the other, until there is a path. Undefined where none
 * is found; never throws for what the network does.
 */
export async function completeChain(
  explanation: ChainExplanation,
  explainWith: ExplainWith,
  fetch: FetchIssuer,
): Promise<ChainExplanation | undefined> {
  const extra: Uint8Array[] = [];
  let top = explanation.search?.incomplete[0]?.certificates.at(-1);
  const asked = new Set<string>();
  while (top !== undefined && asked.size < MAX_ISSUER_URLS) {
    const before = asked.size;
    const issuers = await fetchIssuers(top, asked, fetch);
    if (asked.size === before) return undefined;
    extra.push(...issuers.map(({ der }) => der));
    const repaired = explainWith(extra);
    if (repaired.path !== undefined) return repaired;
    top = issuers[0];
  }
  return undefined;
}

/** The `http:` URLs of a certificate's issuer. */
export function issuerUrls(certificate: Certificate): readonly URL[] {
  return (certificate.authorityInfoAccess ?? []).flatMap(({ method, location }) => {
    const isUsable = method === "ca-issuers" && location.kind === "uri" && /^http:/i.test(location.value);
    return isUsable && URL.canParse(location.value) ? [new URL(location.value)] : [];
  });
}

/** The certificates of a file as authorities publish them: DER, PEM, or a PKCS #7 bundle. Never throws. */
export function readIssuerFile(bytes: Uint8Array): readonly Uint8Array[] {
  return (readPkcs7(unwrapPem(bytes)) ?? readPem(bytes).certificates).slice(0, MAX_CERTIFICATES);
}

/** What the URLs of a certificate hold under its issuer's name; those of the first that holds any. */
async function fetchIssuers(
  certificate: Certificate,
  asked: Set<string>,
  fetch: FetchIssuer,
): Promise<readonly Certificate[]> {
  for (const url of issuerUrls(certificate)) {
    if (asked.size >= MAX_ISSUER_URLS || asked.has(url.href)) continue;
    asked.add(url.href);
    const certificates = readIssuerFile(await fetchQuietly(url, fetch));
    const issuers = certificates.flatMap((der) => {
      const issuer = tryParseCertificate(der);
      return issuer?.subject.key === certificate.issuer.key ? [issuer] : [];
    });
    if (issuers.length > 0) return issuers;
  }
  return [];
}

async function fetchQuietly(url: URL, fetch: FetchIssuer): Promise<Uint8Array> {
  try {
    return await fetch(url, MAX_ISSUER_BYTES);
  } catch (error) {
    // The chain's own failure is the one to report.
    if (isPinionError(error)) return new Uint8Array();
    throw error;
  }
}

function unwrapPem(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.trimStart().startsWith("-----BEGIN PKCS7")) return bytes;
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

/** For one chain, which lacks one certificate, rarely two; each may name a second URL. */
export const MAX_ISSUER_URLS = 4;
const MAX_CERTIFICATES = 16;
// Chromium's limit for such a response (`kMaxResponseSizeInBytesForAia`).
export const MAX_ISSUER_BYTES: number = 64 * 1024;
