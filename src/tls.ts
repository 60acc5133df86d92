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

export {
  administratorReport,
  createAgent,
  createFetch,
  createUndiciConnector,
  doctorDocument,
  explainChain,
  explainError,
  explainTls,
  formatName,
  loadTrust,
  openConnection,
  parseCertificate,
  proxySettingsFromEnv,
  readClientIdentity,
  readHostAnchors,
  removeHostAnchors,
  renderHtml,
  renderReport,
  trustForHost,
  writeChildTrust,
} from "./checked/tls.ts";
export type { AgentOptions } from "./adapters/agent.ts";
export type { VerifyingFetch } from "./adapters/fetch.ts";
export type { Connector, ConnectorTarget } from "./adapters/undici-connector.ts";
export type { AdapterOptions } from "./adapters/verified-socket.ts";
export type { ChainExplanation, ExplainChainOptions, ExplainTlsOptions } from "./doctor/explain.ts";
export type { ErrorExplanation, ExplainErrorOptions } from "./doctor/explain-error.ts";
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
} from "./doctor/examine/examination.ts";
export type { AdviceWords } from "./doctor/report/advice-words.ts";
export type { DoctorDocument } from "./doctor/report/document.ts";
export type { ReportOptions } from "./doctor/report/report.ts";
export type { Advice, Hint, TrustChange } from "./advice.ts";
export { ERROR_CODES, isPinionError, PinionError, type ErrorCode } from "./errors.ts";
export type { Connection, ConnectOptions, ConnectTimings } from "./net/connections/connect.ts";
export type { ProxyDecision, ProxySettings } from "./net/proxies/proxy.ts";
export type { ChildTrust } from "./trust/children.ts";
export type { HostAnchor } from "./trust/host-anchors.ts";
export type { TrustedPeer } from "./trust/trust-for-host.ts";
export type { HostTrust, TlsException, TlsExceptionName } from "./trust/host-trust.ts";
export type { ChainDetails } from "./trust/policy.ts";
export type { Anchor, NamedTrust, TrustSettings, TrustStore } from "./trust/store.ts";
export type { Certificate } from "./x509/certificates/certificate.ts";
export type { CertificateSummary } from "./x509/explain/question.ts";
