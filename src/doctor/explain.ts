// The doctor as a library: one URL examined, or a chain that the caller already has, without any command line.

import { PinionError } from "../errors.ts";
import { proxySettingsFromEnv } from "../net/proxies/proxy.ts";
import { loadTrust, type TrustStore } from "../trust/store.ts";
import { tryParseCertificate } from "../x509/certificates/certificate.ts";
import { readPem } from "../x509/certificates/pem.ts";
import { describeName, describePath, describeSent } from "./report/describe-chain.ts";
import { stepOf, sentencesOf } from "./examine/diagnose.ts";
import type { Diagnosis, Examination } from "./examine/examination.ts";
import { judgeSent, judgeSources, type ChainFacts } from "./examine/judge-chain.ts";
import { reportClients } from "./examine/other-clients.ts";
import { examine, type ExamineOptions } from "./examine/probe.ts";
import { parseTarget } from "./examine/subject.ts";

export interface ExplainTlsOptions extends Partial<ExamineOptions> {
  /** The variables that count, for trust and proxies, where those are not given. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ExplainChainOptions {
  /** The name that the chain should be for. */
  readonly host: string;
  /** Default: 443. */
  readonly port?: number;
  /** Default: the operating system's store and the bundled Mozilla roots. */
  readonly trust?: TrustStore;
  /** Default: now. */
  readonly time?: Date;
}

/** What {@link explainChain} returns: the part of an {@link Examination} that needs no connection. */
export type ChainExplanation = Pick<Examination, "chain" | "path" | "trust" | "name" | "clients"> & {
  readonly isTrusted: boolean;
  readonly cause?: Diagnosis;
};

/**
 * Walks the way of a request to a TLS server and reports everything that was seen, the cause of a failure, and what helps.
 *
 * @param target an `https:` address, `HOST` or `HOST:PORT`
 * @throws `net/invalid-url` for what is none, `net/cancelled`
 */
export function explainTls(target: string, options: ExplainTlsOptions = {}): Promise<Examination> {
  const { env = {}, ...given } = options;
  return examine(parseTarget(target), {
    trust: given.trust ?? loadTrust({ env, home: "" }),
    proxy: given.proxy ?? proxySettingsFromEnv(env),
    ...given,
  });
}

/**
 * Judges a chain that the caller has, as PEM or DER, the server's own certificate first.
 *
 * @throws `tls/malformed-certificate` where there is no certificate in it, `tls/trust-source-unusable`
 */
export function explainChain(
  chain: string | Uint8Array | readonly Uint8Array[],
  options: ExplainChainOptions,
): ChainExplanation {
  const { host, port = 443, trust = loadTrust({ env: {}, home: "" }), time = new Date() } = options;
  const sent = certificatesOf(chain);
  // Without usable trust there is no verdict to give.
  trust.anchorsFor(host, port);
  const facts: ChainFacts = { sent, host, port, trust, time };
  const judged = judgeSent(facts);
  const path = describePath(facts, judged);
  const leaf = sent[0] === undefined ? undefined : tryParseCertificate(sent[0]);
  const { blamed, code } = judged.explanation;
  return {
    isTrusted: judged.refusal === undefined,
    ...(judged.refusal === undefined
      ? {}
      : {
          cause: {
            code,
            step: stepOf(code),
            headline: judged.refusal.message,
            sentences: sentencesOf(judged.refusal),
            ...(blamed === undefined ? {} : { blamed }),
          },
        }),
    chain: describeSent(sent, path),
    ...(path === undefined ? {} : { path }),
    trust: judgeSources(facts, judged),
    ...(leaf === undefined ? {} : { name: describeName(leaf, host, path) }),
    clients: reportClients(facts),
  };
}

function certificatesOf(chain: string | Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  const parts = typeof chain === "string" || chain instanceof Uint8Array ? [chain] : chain;
  const found = parts.flatMap(
    (part) => readPem(typeof part === "string" ? Buffer.from(part) : part).certificates,
  );
  if (found.length > 0) return found;
  throw new PinionError("tls/malformed-certificate", "The input contains no certificate");
}
