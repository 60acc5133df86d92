// The shapes of what the functions of `pinion/tls` take.

import type { AgentOptions } from "../../adapters/agent.ts";
import type { AdapterOptions } from "../../adapters/verified-socket.ts";
import type { AdviceWords } from "../../doctor/report/advice-words.ts";
import type { DoctorDocument } from "../../doctor/report/document.ts";
import type { Examination } from "../../doctor/examine/examination.ts";
import type { ExplainChainOptions, ExplainTlsOptions } from "../../doctor/explain.ts";
import type { ExplainErrorOptions } from "../../doctor/explain-error.ts";
import type { ReportOptions } from "../../doctor/report/report.ts";
import type { ConnectOptions } from "../../net/connections/connect.ts";
import type { ProxyDecision } from "../../net/proxies/proxy.ts";
import type { Endpoint } from "../../net/url.ts";
import type { ClientIdentity } from "../../trust/client-identity.ts";
import type { TrustedPeer } from "../../trust/trust-for-host.ts";
import type { TrustSettings, TrustStore } from "../../trust/store.ts";
import type { SystemAccess } from "../../trust/system.ts";
import type { Name } from "../../x509/certificates/distinguished-name.ts";
import { certificateFiles, insecureHosts, proxySettings, trustFields } from "./connections.ts";
import {
  amount,
  bytes,
  callable,
  choice,
  count,
  date,
  either,
  known,
  list,
  methods,
  options,
  optional,
  port,
  setOf,
  signal,
  text,
  truth,
  whole,
  type Fields,
  type Shape,
} from "./shape.ts";
import { texts, variables } from "./values.ts";

export { certificateFiles };

export const trustStore: Shape<TrustStore> = methods<TrustStore>("secureContextFor", "anchorsFor");
export const trustSettings: Shape<TrustSettings> = options<TrustSettings>(trustFields);
export const systemAccess: Shape<SystemAccess> = methods<SystemAccess>("readFile", "readText", "list");

const identity: Shape<ClientIdentity> = known("a client certificate, as readClientIdentity() gives it", {
  id: text,
  cert: optional(text),
  key: optional(text),
});

const adapterFields: Fields<AdapterOptions> = {
  trust: trustStore,
  proxy: optional(proxySettings),
  clientCertificate: optional(identity),
  timeoutMs: optional(amount),
};
export const adapterOptions: Shape<AdapterOptions> = options<AdapterOptions>(adapterFields);
export const agentOptions: Shape<AgentOptions> = options<AgentOptions>({
  ...adapterFields,
  pool: optional(
    options<NonNullable<AgentOptions["pool"]>>({
      keepAlive: optional(truth),
      keepAliveMsecs: optional(amount),
      maxSockets: optional(either(count, choice(Number.POSITIVE_INFINITY))),
      maxFreeSockets: optional(either(whole, choice(Number.POSITIVE_INFINITY))),
    }),
  ),
});

const examining: Fields<ExplainTlsOptions> = {
  env: optional(variables),
  settings: optional(
    list(known<NonNullable<ExplainTlsOptions["settings"]>[number]>("a setting", { name: text })),
  ),
  userAgent: optional(text),
  signal: optional(signal),
  trust: optional(trustStore),
  proxy: optional(proxySettings),
  credentials: optional(known<NonNullable<ExplainTlsOptions["credentials"]>>("an object", {})),
  insecureHosts: optional(insecureHosts),
  logins: optional(known<NonNullable<ExplainTlsOptions["logins"]>>("an object", {})),
  allowInsecureCredentials: optional(truth),
  clientCertificate: optional(identity),
  clientCertificateOrigins: optional(setOf(text)),
  clientCertificates: optional(
    list(
      options<NonNullable<ExplainTlsOptions["clientCertificates"]>[number]>({
        url: text,
        certificate: identity,
      }),
    ),
  ),
  fetchesIntermediates: optional(truth),
  connectTimeoutMs: optional(amount),
  silenceTimeoutMs: optional(amount),
  concurrencyPerHost: optional(count),
  isOffline: optional(truth),
  lookup: optional(callable()),
  clock: optional(known<NonNullable<ExplainTlsOptions["clock"]>>("an object", {})),
};
export const explainTlsOptions: Shape<ExplainTlsOptions> = options<ExplainTlsOptions>(examining);
export const explainErrorOptions: Shape<ExplainErrorOptions> = options<ExplainErrorOptions>({
  ...examining,
  url: optional(text),
});
export const explainChainOptions: Shape<ExplainChainOptions> = options<ExplainChainOptions>({
  host: text,
  port: optional(port),
  time: optional(date),
  trust: optional(trustStore),
});
export const chain: Shape<string | Uint8Array | readonly Uint8Array[]> = either(
  either(text, bytes),
  list(bytes),
);

const examination: Shape<Examination> = known("an examination, as explainTls() gives it", {
  isWell: truth,
  target: known<Examination["target"]>("a target", { text, url: text }),
  steps: list(known<Examination["steps"][number]>("a step", { name: text, status: text, summary: text })),
  chain: list(known<Examination["chain"][number]>("a certificate", { kind: text })),
  advice: list(known<Examination["advice"][number]>("advice", { kind: text })),
  clients: list(known<Examination["clients"][number]>("a client", { client: text })),
  fetched: list(known<Examination["fetched"][number]>("what was fetched", { url: text })),
  greetings: list(known<Examination["greetings"][number]>("a greeting", { outcome: text })),
  settings: list(known<Examination["settings"][number]>("a setting", { name: text })),
});
export const oneExamination: Shape<Examination> = examination;
export const examinations: Shape<readonly Examination[]> = list(examination);
export const doctorReport: Shape<DoctorDocument> = known("a document, as doctorDocument() gives it", {
  schema: choice(2),
  time: text,
  pinion: text,
  isWell: truth,
  examinations,
  runtime: known<DoctorDocument["runtime"]>("a runtime", { node: text, openssl: text }),
});

export const adviceWords: Shape<AdviceWords> = methods<AdviceWords>("advice", "trustChange");
export const reportOptions: Shape<ReportOptions> = options<ReportOptions>({
  columns: optional(count),
  paint: optional(callable()),
  words: adviceWords,
});

export const endpoint: Shape<Endpoint> = options<Endpoint>({ host: text, port, isTls: truth });
export const connectOptions: Shape<ConnectOptions> = options<ConnectOptions>({
  trust: trustStore,
  timeoutMs: amount,
  route: optional(known<ProxyDecision>("a way, direct or by a proxy", { kind: choice("direct", "proxy") })),
  signal: optional(signal),
  clientCertificate: optional(identity),
  chains: optional(known<NonNullable<ConnectOptions["chains"]>>("an object", {})),
  fetchIssuer: optional(callable()),
  helpers: optional(texts),
  logins: optional(known<NonNullable<ConnectOptions["logins"]>>("an object", {})),
  lookup: optional(callable()),
  maxVersion: optional(choice("TLSv1.2")),
  reading: optional(choice("landing", "data")),
  verification: optional(choice("on", "off")),
});

interface AnchorsToRemove {
  host: string;
  port: number;
  fingerprint?: string;
}
export const anchorsToRemove: Shape<AnchorsToRemove> = options<AnchorsToRemove>({
  host: text,
  port,
  fingerprint: optional(text),
});

export const trustedPeer: Shape<TrustedPeer> = options<TrustedPeer>({
  host: text,
  port,
  sent: list(bytes),
  store: trustStore,
  time: optional(date),
});

export const name: Shape<Name> = known("a name, as parseCertificate() gives it", {
  relativeNames: list(list(known<Name["relativeNames"][number][number]>("an attribute", {}))),
});
