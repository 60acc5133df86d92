// What the URLs hold that a chain gives for its missing certificates (AIA), reported one by one.

import { isPinionError, PinionError } from "../../errors.ts";
import { MAX_ISSUER_BYTES, readIssuerFile, type FetchIssuer } from "../../net/connections/intermediates.ts";
import { excerpt, redactUrl } from "../../net/url.ts";
import { formatName, tryParseCertificate } from "../../x509/certificates/certificate.ts";
import type { FetchReport } from "./examination.ts";

export interface Fetched {
  readonly certificates: readonly Uint8Array[];
  readonly report: FetchReport;
}

/** Fetches the certificates at a URL. Never throws for what the network does. */
export async function fetchIssuers(
  url: URL,
  fetch: FetchIssuer,
  signal: AbortSignal | undefined,
): Promise<Fetched> {
  const shown = redactUrl(url);
  try {
    const certificates = readIssuerFile(await fetch(url, MAX_ISSUER_BYTES, signal));
    const parsed = certificates.flatMap((der) => tryParseCertificate(der) ?? []);
    if (parsed.length === 0) throw new PinionError("tls/malformed-certificate", "There is no certificate");
    const subjects = parsed.map(({ subject }) => formatName(subject));
    return { certificates, report: { url: shown, subjects } };
  } catch (error) {
    if (!isPinionError(error) || error.code === "net/cancelled") throw error;
    return { certificates: [], report: { url: shown, subjects: [], problem: excerpt(error.message) } };
  }
}
