// What the doctor sees at a server whose certificate a build refused: whether Pinion would refuse it as well, why, and what
// helps. The server is named by the build, so it gets no credentials and no client certificate.

import { formatHostPort } from "../../base/text/host-port.ts";
import type { ServerExamination } from "../../build/tools.ts";
import { examine } from "../../doctor/examine/probe.ts";
import { parseTarget } from "../../doctor/examine/subject.ts";
import { isPinionError } from "../../errors.ts";
import { openConnections } from "../network.ts";
import type { InstallerOptions } from "../options.ts";

/**
 * Examines one server with the trust and the proxies of a run.
 *
 * @returns undefined where it cannot be reached, or fails for another reason than its certificate
 * @throws net/cancelled
 */
export async function examineServer(
  { host, port }: { readonly host: string; readonly port: number },
  { options, signal }: { readonly options: InstallerOptions; readonly signal: AbortSignal | undefined },
): Promise<ServerExamination | undefined> {
  try {
    const { settings } = openConnections(options);
    const { credentials: _, clientCertificate: __, clientCertificates: ___, ...anonymous } = settings;
    const { isWell, cause, advice } = await examine(parseTarget(formatHostPort(host, port)), {
      ...anonymous,
      signal,
    });
    if (isWell || cause === undefined || !CERTIFICATE_STEPS.has(cause.step))
      return cause === undefined || PASSED_STEPS.has(cause.step)
        ? { seen: { kind: "trusted" }, remedies: [] }
        : undefined;
    const { headline, sentences } = cause;
    return {
      seen: { kind: "refused", headline, sentences },
      remedies: advice.filter(({ kind }) => !OF_PINION.has(kind)),
    };
  } catch (error) {
    if (isPinionError(error) && error.code !== "net/cancelled") return undefined;
    throw error;
  }
}

/** What helps only Pinion: no bundle of a build can say it. */
const OF_PINION: ReadonlySet<string> = new Set([
  "allow-tls-exception",
  "fetch-intermediates",
  "replace-host-trust",
  "trust-this-host",
]);
const CERTIFICATE_STEPS: ReadonlySet<string> = new Set(["handshake", "chain", "trust", "name"]);
/** What comes after the certificate was verified. */
const PASSED_STEPS: ReadonlySet<string> = new Set(["request", "index"]);
