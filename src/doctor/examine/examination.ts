// What the doctor finds out about one URL, as data: each step of a request's way, what was seen there, the cause
// and what helps. Everything survives JSON, and `pinion doctor --json` prints it as it is (docs/doctor.md).

import type { Advice, TrustChange } from "../../advice.ts";
import type { ErrorCode } from "../../errors.ts";
import type { HelloShape } from "../../net/connections/observe-peer.ts";
import type { CertificateSummary } from "../../x509/explain/question.ts";
import type { Severity } from "../../x509/rules/findings.ts";

/** One URL, examined. */
export interface Examination {
  readonly target: TargetReport;
  readonly isWell: boolean;
  /** Why a command would fail here; absent where all is well. */
  readonly cause?: Diagnosis;
  /** What helps, best first. */
  readonly advice: readonly Advice[];
  /** In the order of a request. */
  readonly steps: readonly Step[];
  readonly settings: readonly SettingReport[];
  readonly route?: RouteReport;
  /** As the name server gave them; absent where a proxy looks names up, or no lookup took place. */
  readonly addresses?: readonly string[];
  readonly handshake?: HandshakeReport;
  /** Further handshakes with other greetings, tried where the usual one failed. */
  readonly greetings: readonly GreetingReport[];
  /** Exactly as the server sent it, its own certificate first. */
  readonly chain: readonly CertificateReport[];
  readonly path?: PathReport;
  readonly trust?: TrustReport;
  /** Certificates that the chain lacks, fetched from the URLs that it gives. */
  readonly fetched: readonly FetchReport[];
  readonly name?: NameReport;
  readonly http?: HttpReport;
  /** What other programs would make of the same chain. */
  readonly clients: readonly ClientReport[];
}

/** What was requested. */
export interface TargetReport {
  /** As it was written, without secrets. */
  readonly text: string;
  /** `index`: a configured one, or a URL that ends in `/simple`; there must be an index. */
  readonly kind: "index" | "address" | "host";
  readonly url: string;
  /** Of a configured index. */
  readonly name?: string;
  /** Who configured it. */
  readonly origin?: string;
}

/** Why a command fails here. */
export interface Diagnosis {
  readonly code: ErrorCode;
  readonly step: StepName;
  /** One line: `Cannot verify pypi.corp.example:443: its certificate has expired`. */
  readonly headline: string;
  /** What exactly was seen, most telling first. */
  readonly sentences: readonly string[];
  readonly blamed?: CertificateSummary;
}

export type StepName =
  | "settings"
  | "proxy"
  | "lookup"
  | "connect"
  | "tunnel"
  | "handshake"
  | "chain"
  | "trust"
  | "name"
  | "request"
  | "index";

/** `failed`: looked at and wrong; `unknown`: could not be checked because of what came before. */
export type StepStatus = "passed" | "noted" | "failed" | "unknown" | "skipped";

export interface Step {
  readonly name: StepName;
  readonly status: StepStatus;
  readonly summary: string;
  readonly durationMs?: number;
}

/** A setting that decides about the way, with where it comes from. */
export interface SettingReport {
  readonly name: string;
  /** Without secrets. */
  readonly value: string;
  readonly origin: string;
  /** What it hides, nearest first: `old.pem (PIP_CERT)`. */
  readonly hides: readonly string[];
}

export interface RouteReport {
  readonly kind: "direct" | "proxy";
  /** Without credentials. */
  readonly proxy?: string;
  /** Which rule decided; absent where there is none. */
  readonly rule?: string;
  /** By which scheme the proxy was logged in to: `NTLM`. */
  readonly login?: string;
}

export interface HandshakeReport {
  readonly outcome: "completed" | "failed" | "stalled";
  /** `TLSv1.3`. */
  readonly protocol?: string;
  readonly cipher?: string;
  readonly group?: string;
  /** With which algorithm the server proved that it holds its key. */
  readonly signatureScheme?: string;
  readonly alpn?: string;
  readonly requestedClientCertificate: boolean;
  /** TLS 1.2 without secure renegotiation (RFC 5746), to which clients of OpenSSL 3 do not connect. */
  readonly lacksSecureRenegotiation?: boolean;
  /** Alerts that the server sent. */
  readonly alerts: readonly string[];
  /** What the server said instead of TLS. */
  readonly plaintext?: string;
  readonly receivedBytes: number;
  /** The runtime's own word for the failure. */
  readonly engineError?: string;
}

export interface GreetingReport {
  readonly greeting: HelloShape;
  readonly outcome: "completed" | "failed" | "stalled" | "unreachable";
  readonly protocol?: string;
}

export type CertificateReport =
  | ReadableCertificate
  | {
      readonly kind: "unreadable";
      readonly position: number;
      readonly problem: string;
      readonly pem: string;
    };

export interface ReadableCertificate extends CertificateFacts {
  readonly kind: "readable";
  readonly position: number;
  /** What it does in the path that is shown; `unneeded` ones stand in no path, `repeated` ones were sent before. */
  readonly role: "server" | "intermediate" | "root" | "unneeded" | "repeated";
}

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly version: number;
  /** Hexadecimal digits. */
  readonly serial: string;
  /** `EC P-256`, `RSA 2048`. */
  readonly publicKey: string;
  /** `ecdsa-with-SHA512`. */
  readonly signatureAlgorithm: string;
  readonly signatureParameters: "absent" | "null" | "pss" | "other";
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly isAuthority: boolean;
  /** Names and addresses of subjectAltName. */
  readonly names: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly isCritical: boolean }[];
  /** The URL of the issuer's certificate. */
  readonly issuerUrls: readonly string[];
  /** SHA-256 of the certificate and of its SubjectPublicKeyInfo, hexadecimal digits. */
  readonly fingerprint: string;
  readonly keyFingerprint: string;
  readonly pem: string;
}

/** The way from the server's certificate up, as far as there is one. */
export interface PathReport {
  readonly isTrusted: boolean;
  readonly links: readonly PathLink[];
}

/** A certificate of the path and the signature on it. */
export interface PathLink {
  readonly subject: string;
  /** Absent for an issuer that is not there. */
  readonly certificate?: CertificateFacts;
  readonly from: "server" | "fetched" | "trusted" | "missing";
  /** The sources that hold it, the URL it was fetched from, its place in the chain as sent. */
  readonly place: string;
  readonly status: "good" | "noted" | "bad";
  readonly findings: readonly FindingReport[];
  /** How the next link vouches for this one; absent at the end of the path. */
  readonly signature?: { readonly status: SignatureStatus; readonly text: string };
}

/** `other-key`: the trusted certificate of the issuer's name is not the one that signed. */
export type SignatureStatus = "good" | "bad" | "other-key" | "missing";

export interface FindingReport {
  /** Stable, kebab-case. */
  readonly rule: string;
  readonly code: ErrorCode;
  /** `RFC 5280 4.2.1.9`. */
  readonly section: string;
  readonly severity: Severity;
  readonly seen: string;
  readonly expected: string;
}

export interface TrustReport {
  /** Each source of trusted certificates on this machine, those in force first. */
  readonly sources: readonly SourceReport[];
  /** What replaced the default sources. */
  readonly replacedBy: readonly string[];
  /** Certificates that were left out when the sources were read, and why. */
  readonly notes: readonly string[];
  /** The sources that hold the anchor of the path in force. */
  readonly vouching: readonly string[];
}

export interface SourceReport {
  readonly source: string;
  readonly certificates: number;
  readonly isInForce: boolean;
  readonly verdict: "trusts" | "refuses" | "unusable";
  readonly code?: ErrorCode;
  /** The root that would vouch, or why there is none. */
  readonly reason: string;
  /** What to do to have it in force, best first. */
  readonly changes: readonly TrustChange[];
}

export interface FetchReport {
  readonly url: string;
  /** Subjects of what was fetched. */
  readonly subjects: readonly string[];
  readonly problem?: string;
}

export interface NameReport {
  readonly host: string;
  readonly isMatch: boolean;
  /** The name that matched, or all that the certificate is for. */
  readonly names: readonly string[];
}

export interface HttpReport {
  /** The final one, without credentials. */
  readonly url: string;
  readonly status: number;
  readonly redirects: readonly { readonly status: number; readonly to: string }[];
  readonly contentType?: string;
  readonly server?: string;
  /** Schemes of `WWW-Authenticate`, lower case. */
  readonly authentication: readonly string[];
  /** Where the credentials that were sent came from. */
  readonly credentials?: string;
  /** The server's clock minus this machine's, in seconds; absent where the server does not send the time. */
  readonly clockOffsetSeconds?: number;
  /** The server demands the client certificate after the handshake, for this path only. */
  readonly demandsLateCertificate?: boolean;
  readonly index?: IndexReport;
  /** The title of a page that is not an index. */
  readonly title?: string;
}

export interface IndexReport {
  readonly format: "json" | "html";
  /** PEP 629; absent where the page does not say. */
  readonly apiVersion?: string;
  /** The page that showed it. */
  readonly url: string;
}

export interface ClientReport {
  /** As `x509/clients` names it: `uv-0.12.5`, `curl-7.88 (OpenSSL 3.0)`. */
  readonly client: string;
  /** The release that its rules were measured with: `uv 0.12.5`, `curl 7.88.1 with OpenSSL 3.0.19`. */
  readonly version: string;
  readonly verdict: "accept" | "refuse";
  /** About what it prints; absent where it accepts. */
  readonly said?: string;
}
