/**
 * TLS on its own: connections that are verified as Pinion's are, the trust that they are held to, and explanations of
 * every refusal.
 *
 * @example
 * import { explainTls, loadTrust } from "pinion/tls";
 *
 * const trust = loadTrust({ env: { SSL_CERT_FILE: bundle }, home: "" });
 * const { isWell, cause } = await explainTls(address, { trust });
 * if (!isWell) return `${cause.code}: ${cause.blamed.subject}`;
 *
 * @module
 */

export { createAgent, type AgentOptions } from "./adapters/agent.ts";
export { createFetch, type VerifyingFetch } from "./adapters/fetch.ts";
export { createUndiciConnector, type Connector, type ConnectorTarget } from "./adapters/undici-connector.ts";
export type { AdapterOptions } from "./adapters/verified-socket.ts";
export {
  explainChain,
  explainTls,
  type ChainExplanation,
  type ExplainChainOptions,
  type ExplainTlsOptions,
} from "./doctor/explain.ts";
export { explainError, type ErrorExplanation, type ExplainErrorOptions } from "./doctor/explain-error.ts";
export type {
  CertificateFacts,
  CertificateReport,
  ClientReport,
  Diagnosis,
  Examination,
  FetchReport,
  FindingReport,
  GreetingReport,
  HandshakeReport,
  HttpReport,
  IndexReport,
  NameReport,
  PathLink,
  PathReport,
  ReadableCertificate,
  RouteReport,
  SettingReport,
  SourceReport,
  Step,
  StepName,
  StepStatus,
  TargetReport,
  TrustReport,
} from "./doctor/examination.ts";
export { administratorReport } from "./doctor/administrator-report.ts";
export type { AdviceWords } from "./doctor/advice-words.ts";
export { doctorDocument, type DoctorDocument } from "./doctor/document.ts";
export { renderHtml } from "./doctor/html.ts";
export { renderReport, type ReportOptions } from "./doctor/report.ts";
export type { Advice, Hint, TrustChange } from "./advice.ts";
export { ERROR_CODES, isPinionError, PinionError, type ErrorCode } from "./errors.ts";
export {
  openConnection,
  type Connection,
  type ConnectOptions,
  type ConnectTimings,
} from "./net/connections/connect.ts";
export { proxySettingsFromEnv, type ProxyDecision, type ProxySettings } from "./net/proxies/proxy.ts";
export { writeChildTrust, type ChildTrust } from "./trust/children.ts";
export { readClientIdentity } from "./trust/client-certificate.ts";
export { readHostAnchors, removeHostAnchors, type HostAnchor } from "./trust/host-anchors.ts";
export { trustForHost, type TrustedPeer } from "./trust/trust-for-host.ts";
export type { HostTrust, TlsException, TlsExceptionName } from "./trust/host-trust.ts";
export type { ChainDetails } from "./trust/policy.ts";
export {
  loadTrust,
  type Anchor,
  type NamedTrust,
  type TrustSettings,
  type TrustStore,
} from "./trust/store.ts";
export { formatName, parseCertificate, type Certificate } from "./x509/certificate.ts";
export type { CertificateSummary } from "./x509/question.ts";
