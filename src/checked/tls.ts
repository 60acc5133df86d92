// The functions of `pinion/tls` as other programs call them: each refuses malformed arguments before anything is done with them.

import { createAgent as createAgentUnchecked } from "../adapters/agent.ts";
import { createFetch as createFetchUnchecked } from "../adapters/fetch.ts";
import { createUndiciConnector as createUndiciConnectorUnchecked } from "../adapters/undici-connector.ts";
import {
  explainChain as explainChainUnchecked,
  explainTls as explainTlsUnchecked,
} from "../doctor/explain.ts";
import { explainError as explainErrorUnchecked } from "../doctor/explain-error.ts";
import { administratorReport as administratorReportUnchecked } from "../doctor/report/administrator-report.ts";
import { doctorDocument as doctorDocumentUnchecked } from "../doctor/report/document.ts";
import { renderHtml as renderHtmlUnchecked } from "../doctor/report/html.ts";
import { renderReport as renderReportUnchecked } from "../doctor/report/report.ts";
import { openConnection as openConnectionUnchecked } from "../net/connections/connect.ts";
import { proxySettingsFromEnv as proxySettingsFromEnvUnchecked } from "../net/proxies/proxy.ts";
import { writeChildTrust as writeChildTrustUnchecked } from "../trust/children.ts";
import { readClientIdentity as readClientIdentityUnchecked } from "../trust/client-certificate.ts";
import {
  readHostAnchors as readHostAnchorsUnchecked,
  removeHostAnchors as removeHostAnchorsUnchecked,
} from "../trust/host-anchors.ts";
import { trustForHost as trustForHostUnchecked } from "../trust/trust-for-host.ts";
import { loadTrust as loadTrustUnchecked } from "../trust/store.ts";
import { formatName as formatNameUnchecked } from "../x509/certificates/distinguished-name.ts";
import { parseCertificate as parseCertificateUnchecked } from "../x509/certificates/certificate.ts";
import type { Agent } from "node:https";
import type { AgentOptions } from "../adapters/agent.ts";
import type { VerifyingFetch } from "../adapters/fetch.ts";
import type { Connector } from "../adapters/undici-connector.ts";
import type { AdapterOptions } from "../adapters/verified-socket.ts";
import type { AdviceWords } from "../doctor/report/advice-words.ts";
import type { DoctorDocument } from "../doctor/report/document.ts";
import type { Examination } from "../doctor/examine/examination.ts";
import type { ErrorExplanation, ExplainErrorOptions } from "../doctor/explain-error.ts";
import type { ChainExplanation, ExplainChainOptions, ExplainTlsOptions } from "../doctor/explain.ts";
import type { ReportOptions } from "../doctor/report/report.ts";
import type { Connection, ConnectOptions } from "../net/connections/connect.ts";
import type { ProxySettings } from "../net/proxies/proxy.ts";
import type { Endpoint } from "../net/url.ts";
import type { ChildTrust } from "../trust/children.ts";
import type { ClientCertificateFiles } from "../trust/client-certificate.ts";
import type { ClientIdentity } from "../trust/client-identity.ts";
import type { HostAnchor } from "../trust/host-anchors.ts";
import type { TrustSettings, TrustStore } from "../trust/store.ts";
import type { SystemAccess } from "../trust/system.ts";
import type { TrustedPeer } from "../trust/trust-for-host.ts";
import type { Certificate } from "../x509/certificates/certificate.ts";
import type { Name } from "../x509/certificates/distinguished-name.ts";
import { check } from "./check.ts";
import { anything, bytes, date, optional, path as pathShape, text } from "./shapes/shape.ts";
import {
  adapterOptions,
  adviceWords,
  agentOptions,
  anchorsToRemove,
  certificateFiles,
  chain as chainShape,
  connectOptions,
  doctorReport,
  endpoint as endpointShape,
  examinations as examinationsShape,
  explainChainOptions,
  explainErrorOptions,
  explainTlsOptions,
  name as nameShape,
  oneExamination,
  reportOptions,
  systemAccess,
  trustedPeer,
  trustSettings,
  trustStore,
} from "./shapes/tls.ts";
import { variables } from "./shapes/values.ts";

/**
 * Makes an agent whose refusals explain themselves: a request fails with the `PinionError` of the connection.
 *
 * @example
 * const agent = createAgent({ trust: loadTrust({ env: process.env, home: homedir() }) });
 * https.get("https://pypi.corp.example/simple/", { agent }, onResponse);
 */
export function createAgent(options: AgentOptions): Agent {
  check("createAgent", { options: [options, agentOptions] });
  return createAgentUnchecked(options);
}

/**
 * Makes a `fetch`. A refused certificate rejects with a `TypeError` whose `cause` is the `PinionError`, as the runtime's
 * own `fetch` does with its causes. `data:` and `blob:` URLs, which need no connection, are the runtime's.
 *
 * @example
 * const fetch = createFetch({ trust: loadTrust({ env: process.env, home: homedir() }) });
 * const page = await (await fetch("https://pypi.corp.example/simple/flask/")).text();
 */
export function createFetch(options: AgentOptions): VerifyingFetch {
  check("createFetch", { options: [options, agentOptions] });
  return createFetchUnchecked(options);
}

/**
 * Makes the `connect` option of undici's `Agent`, `Pool` and `Client`. HTTP/2 is not offered.
 *
 * @example
 * const dispatcher = new Agent({ connect: createUndiciConnector({ trust }) });
 * await fetch("https://pypi.corp.example/simple/", { dispatcher });
 */
export function createUndiciConnector(options: AdapterOptions): Connector {
  check("createUndiciConnector", { options: [options, adapterOptions] });
  return createUndiciConnectorUnchecked(options);
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
  check("explainChain", { chain: [chain, chainShape], options: [options, explainChainOptions] });
  return explainChainUnchecked(chain, options);
}

/**
 * Walks the way of a request to a TLS server and reports everything that was seen, the cause of a failure, and what helps.
 *
 * @param target an `https:` address, `HOST` or `HOST:PORT`
 * @throws `net/invalid-url` for what is none, `net/cancelled`
 */
export async function explainTls(target: string, options?: ExplainTlsOptions): Promise<Examination> {
  check("explainTls", { target: [target, text], options: [options, optional(explainTlsOptions)] });
  return await explainTlsUnchecked(target, options);
}

/**
 * Explains an error of `node:https`, `fetch`, undici, axios, got and their kind: what went wrong on the way to the server,
 * which certificate is to blame, and what helps.
 *
 * @param error what was thrown; its causes are looked at too
 * @example
 * const explained = await explainError(error, { env: process.env });
 * if (explained.kind === "examined") console.error(renderReport(explained.examination));
 * @throws `net/cancelled`
 */
export async function explainError(error: unknown, options?: ExplainErrorOptions): Promise<ErrorExplanation> {
  check("explainError", { error: [error, anything], options: [options, optional(explainErrorOptions)] });
  return await explainErrorUnchecked(error, options);
}

/** Writes the report of all examinations as plain text. */
export function administratorReport(document: DoctorDocument): string {
  check("administratorReport", { document: [document, doctorReport] });
  return administratorReportUnchecked(document);
}

/** Puts examinations into the document. */
export function doctorDocument(examinations: readonly Examination[], time: Date): DoctorDocument {
  check("doctorDocument", { examinations: [examinations, examinationsShape], time: [time, date] });
  return doctorDocumentUnchecked(examinations, time);
}

/** Renders the page. */
export function renderHtml(document: DoctorDocument, words: AdviceWords): string {
  check("renderHtml", { document: [document, doctorReport], words: [words, adviceWords] });
  return renderHtmlUnchecked(document, words);
}

/** Renders one examination as text without a final line end. */
export function renderReport(examination: Examination, options: ReportOptions): string {
  check("renderReport", { examination: [examination, oneExamination], options: [options, reportOptions] });
  return renderReportUnchecked(examination, options);
}

/**
 * Opens a connection over which a request may be sent at once.
 *
 * @throws `net/dns`, `net/refused`, `net/unreachable`, `net/timeout`, `net/reset`, `net/proxy-*`, `net/cancelled`,
 * and every `tls/…` code
 */
export async function openConnection(endpoint: Endpoint, options: ConnectOptions): Promise<Connection> {
  check("openConnection", { endpoint: [endpoint, endpointShape], options: [options, connectOptions] });
  return await openConnectionUnchecked(endpoint, options);
}

/**
 * Reads the usual variables: the lower case first, as curl and pip do; an empty one means no proxy.
 * `HTTP_PROXY` in capitals is not read where `REQUEST_METHOD` is set: a web server's client could set it (httpoxy).
 */
export function proxySettingsFromEnv(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  check("proxySettingsFromEnv", { env: [env, variables] });
  return proxySettingsFromEnvUnchecked(env);
}

/**
 * Writes the merged bundle into a folder, under a name of its content, and gives the variables that lead children to it.
 * The folder is this user's only, made if it is missing: in one like /tmp others could decide what is trusted.
 *
 * @example
 * const { env } = await writeChildTrust(store, cacheFolder);
 * spawn("git", ["fetch"], { env: { ...process.env, ...env } });
 * @throws `tls/trust-source-unusable` where a source cannot be read, the bundle cannot be written, or the folder belongs to
 *   another user or can be written by every user
 */
export async function writeChildTrust(store: TrustStore, directory: string): Promise<ChildTrust> {
  check("writeChildTrust", { store: [store, trustStore], directory: [directory, pathShape] });
  return await writeChildTrustUnchecked(store, directory);
}

/**
 * Reads a client certificate and makes sure that it can be shown: the key fits, and it is in its time.
 *
 * @throws `tls/client-certificate-unusable` for what is missing, unreadable, encrypted with another passphrase, for
 * another key, or expired; for one of a project that does not open at once ({@link openPlainKey}): a passphrase is hashed as often
 * as its file says, and no signal is heard meanwhile
 */
export function readClientIdentity(files: ClientCertificateFiles, now?: Date): ClientIdentity {
  check("readClientIdentity", { files: [files, certificateFiles], now: [now, optional(date)] });
  return readClientIdentityUnchecked(files, now);
}

/**
 * Reads the anchors of all hosts; none when the file does not exist.
 *
 * @throws `tls/trust-source-unusable` when it cannot be read or understood
 */
export function readHostAnchors(path: string): readonly HostAnchor[] {
  check("readHostAnchors", { path: [path, pathShape] });
  return readHostAnchorsUnchecked(path);
}

/**
 * Removes what is trusted for a host and port, or only the certificate with a fingerprint; returns what was removed.
 *
 * @throws `tls/trust-source-unusable`
 */
export async function removeHostAnchors(
  path: string,
  target: { host: string; port: number; fingerprint?: string },
): Promise<readonly HostAnchor[]> {
  check("removeHostAnchors", { path: [path, pathShape], target: [target, anchorsToRemove] });
  return await removeHostAnchorsUnchecked(path, target);
}

/**
 * Trusts a certificate for a server's host and port, in a file that the option `trust.hostTrustFile` names. Compare its
 * fingerprint with one that came another way than the chain: this function cannot.
 *
 * @param path the file; it is made where there is none, and replaced as a whole
 * @param certificate DER
 * @throws tls/… where the connection would be refused all the same (another name, dates, weak keys), and nothing is written;
 * tls/malformed-certificate, tls/trust-source-unusable
 */
export async function trustForHost(
  path: string,
  certificate: Uint8Array,
  peer: TrustedPeer,
): Promise<HostAnchor> {
  check("trustForHost", {
    path: [path, pathShape],
    certificate: [certificate, bytes],
    peer: [peer, trustedPeer],
  });
  return await trustForHostUnchecked(path, certificate, peer);
}

/**
 * The trust that settings ask for. Cheap: sources are read at the first question about a host.
 *
 * @example
 * const store = loadTrust({ env: { SSL_CERT_FILE: "/etc/corp.pem" }, home: "/home/me" });
 * const context = store.secureContextFor("pypi.org", 443);
 */
export function loadTrust(settings: TrustSettings, system?: SystemAccess): TrustStore {
  check("loadTrust", { settings: [settings, trustSettings], system: [system, optional(systemAccess)] });
  return loadTrustUnchecked(settings, system);
}

/** A name for people: `O=Corp, CN=Corp Root`; `(no name)` where it is empty. Control characters are gone. */
export function formatName(name: Name): string {
  check("formatName", { name: [name, nameShape] });
  return formatNameUnchecked(name);
}

/**
 * Reads one DER certificate.
 *
 * @throws `tls/malformed-certificate` for anything else, whatever the bytes are
 */
export function parseCertificate(der: Uint8Array): Certificate {
  check("parseCertificate", { der: [der, bytes] });
  return parseCertificateUnchecked(der);
}
