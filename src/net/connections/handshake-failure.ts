// Why a TLS handshake failed, where the chain is not to blame: from the engine's error and what the server showed.
// The most telling cause wins over the engine's word (docs/trust-model.md).

import type { Hint } from "../../advice.ts";
import { engineReason, isNotTls } from "../../base/text/engine-reason.ts";
import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError, systemCode, type ErrorCode } from "../../errors.ts";
import type { PeerObservation } from "./observe-peer.ts";
import { proxyName } from "../proxies/proxy-connection.ts";
import type { ProxyDecision } from "../proxies/proxy.ts";
import { excerpt, type Endpoint } from "../url.ts";

export interface HandshakeFacts {
  readonly endpoint: Endpoint;
  /** The engine's error; undefined where the connection just ended. */
  readonly cause: unknown;
  /** A second look at the same server; undefined where none was possible. */
  readonly observation: PeerObservation | undefined;
  /** Whether a client certificate was offered to the server. */
  readonly hasClientCertificate: boolean;
  /** The way there; direct by default. */
  readonly route?: ProxyDecision | undefined;
}

/** A cause in words: the end of a sentence that begins with the server's name. */
interface Finding {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hints: readonly Hint[];
}

/** Explains a failed handshake. Always finds a cause; the least telling one is `tls/handshake-failed`. */
export function explainHandshake(facts: HandshakeFacts): PinionError {
  const { host, port } = facts.endpoint;
  const { observation } = facts;
  const finding =
    findPlaintext(facts) ??
    findOldProtocol(facts) ??
    findClientCertificate(facts) ??
    findAlert(facts) ??
    findEngineFailure(facts) ??
    findEnd(facts);
  return new PinionError(
    finding.code,
    `Cannot make a TLS connection to ${formatHostPort(host, port)}: ${finding.words}`,
    {
      details: {
        host,
        port,
        engineCode: systemCode(facts.cause),
        protocol: observation?.protocol,
        alerts: observation?.alerts ?? [],
        answer: observation?.plaintext,
        requestedClientCertificate: observation?.requestedClientCertificate,
      },
      hints: [
        ...finding.hints,
        { kind: "examine", url: `https://${formatHostPort(host, port)}/`, what: "handshake" },
      ],
      // Where the message names what the port speaks, "wrong version number" adds nothing.
      cause: finding.code === "tls/plaintext-server" && isNotTls(facts.cause) ? undefined : facts.cause,
    },
  );
}

/** Tells whether an engine's error is a verdict on the peer's certificates, which `trust/policy.ts` explains. */
export function isVerificationError(cause: unknown): boolean {
  const code = systemCode(cause);
  return code !== undefined && VERIFICATION_CODES.has(code);
}

function findPlaintext({ observation, endpoint }: HandshakeFacts): Finding | undefined {
  const answer = observation?.plaintext;
  if (answer === undefined) return undefined;
  const address = formatHostPort(endpoint.host, endpoint.port);
  // Some servers answer what they cannot read with a page without a head, as HTTP/0.9 did.
  const isHttp = answer.startsWith("HTTP/") || BARE_PAGE.test(answer);
  return {
    code: "tls/plaintext-server",
    words: isHttp ? "the port speaks HTTP without TLS" : `the port speaks another protocol: \`${answer}\``,
    hints: isHttp
      ? [
          `if that is meant, write \`http://${address}/\`; otherwise correct the port, or log in to the network's portal`,
        ]
      : ["correct the port"],
  };
}

function findOldProtocol({ observation, cause }: HandshakeFacts): Finding | undefined {
  const chosen = OLD_PROTOCOLS.get(observation?.protocol ?? "");
  const isRefused =
    observation?.alerts.includes("protocol_version") === true ||
    hasReason(cause, /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
  if (chosen === undefined && !isRefused) return undefined;
  return {
    code: "tls/protocol-version",
    words: chosen === undefined ? "it refuses TLS 1.2 and TLS 1.3" : `it speaks only ${chosen}`,
    hints: [
      "older versions are broken and switched off everywhere (RFC 8996): the server, or the proxy before it, must be brought up to date",
    ],
  };
}

function findClientCertificate(facts: HandshakeFacts): Finding | undefined {
  const { observation, cause, hasClientCertificate } = facts;
  const isNamed =
    hasReason(cause, /CERTIFICATE_REQUIRED/) || observation?.alerts.includes("certificate_required") === true;
  const isAsked = observation?.requestedClientCertificate === true;
  const alert = observation?.alerts.find((name) => CLIENT_CERTIFICATE_ALERTS.has(name));
  // Some servers, Node's among them, hang up without a word when they do not like what they asked for.
  const isEnded = isEnd(cause) || hasReason(cause, CLIENT_CERTIFICATE_REASONS);
  if (!isNamed && !(isAsked && (alert !== undefined || isEnded))) return undefined;
  if (!hasClientCertificate) {
    return {
      code: "tls/client-certificate-required",
      words: "it demands a client certificate, and none is set",
      hints: [{ kind: "set-client-certificate" }],
    };
  }
  return {
    code: "tls/client-certificate-rejected",
    words: `it rejects the client certificate${alert === undefined ? "" : `: \`${alert}\``}`,
    hints: [{ kind: "check-client-certificate" }],
  };
}

function findAlert({ observation, cause, endpoint }: HandshakeFacts): Finding | undefined {
  const alert = observation?.alerts[0] ?? alertOfReason(cause);
  switch (alert) {
    case undefined:
      return undefined;
    case "handshake_failure":
    case "insufficient_security":
      return {
        code: "tls/no-shared-cipher",
        words: "it shares no cipher suite, key exchange group or signature algorithm with this runtime",
        hints: [
          "the server, or a proxy before it, is configured for algorithms that are too old or too special",
        ],
      };
    case "unrecognized_name":
      return {
        code: "tls/handshake-failed",
        words: `it serves nothing under the name \`${endpoint.host}\``,
        hints: ["check the host name"],
      };
    case "no_application_protocol":
      return { code: "tls/handshake-failed", words: "it does not speak HTTP/1.1", hints: [] };
    default:
      return {
        code: "tls/handshake-failed",
        words: `it ended the handshake with the alert \`${excerpt(alert)}\``,
        hints: [],
      };
  }
}

function findEngineFailure({ cause }: HandshakeFacts): Finding | undefined {
  const known = ENGINE_FAILURES.find(([pattern]) => hasReason(cause, pattern));
  if (known !== undefined) return { code: known[1], words: known[2], hints: [] };
  const code = systemCode(cause);
  if (code === undefined || !/^ERR_(SSL|OSSL|CRYPTO)/.test(code)) return undefined;
  return { code: "tls/handshake-failed", words: excerpt(reasonOf(cause)), hints: [] };
}

function findEnd({ cause, observation, route }: HandshakeFacts): Finding {
  const code = systemCode(cause);
  const hints = [
    route?.kind === "proxy"
      ? `the proxy \`${proxyName(route)}\` (from ${route.rule}) opened the tunnel, but it or a firewall after it may not let this connection through`
      : "a firewall or proxy between here and the server may not let this connection through",
  ];
  if (isEnd(cause)) {
    const after =
      observation !== undefined && observation.receivedBytes > 0 ? "in the middle of" : "at the beginning of";
    const how = code === undefined || /before secure TLS/.test(reasonOf(cause)) ? "closed" : "reset";
    return {
      code: "tls/closed-during-handshake",
      words: `the connection was ${how} ${after} the handshake`,
      hints,
    };
  }
  return { code: "tls/handshake-failed", words: excerpt(reasonOf(cause)), hints: [] };
}

function isEnd(cause: unknown): boolean {
  const code = systemCode(cause);
  return code === undefined || code === "ECONNRESET" || code === "EPIPE";
}

/** OpenSSL's reasons are in the code, `ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION`; their prefixes differ between versions. */
function hasReason(cause: unknown, pattern: RegExp): boolean {
  const code = systemCode(cause);
  return code !== undefined && pattern.test(code);
}

function alertOfReason(cause: unknown): string | undefined {
  const match = /_ALERT_([A-Z_]+)$/.exec(systemCode(cause) ?? "");
  return match?.[1]?.toLowerCase();
}

function reasonOf(cause: unknown): string {
  return engineReason(cause) ?? (cause instanceof Error ? cause.message : "the handshake failed");
}

const BARE_PAGE = /^\s*<(?:!doctype html|html)\b/i;

const OLD_PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ["SSLv3", "SSL 3"],
  ["TLSv1", "TLS 1.0"],
  ["TLSv1.1", "TLS 1.1"],
]);

// RFC 8446 section 6.2: what a server says of a client's certificate. Some answer with the general failure instead.
const CLIENT_CERTIFICATE_ALERTS: ReadonlySet<string> = new Set([
  "handshake_failure",
  "bad_certificate",
  "unsupported_certificate",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown",
  "unknown_ca",
  "access_denied",
  "decrypt_error",
]);
const CLIENT_CERTIFICATE_REASONS =
  /ALERT_(HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/;

// Reasons of OpenSSL 1.1.1 to 3.5 (include/openssl/sslerr.h) for what the engine itself refuses.
const ENGINE_FAILURES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/DH_KEY_TOO_SMALL|BAD_DH_VALUE/, "tls/no-shared-cipher", "its Diffie-Hellman group is too short"],
  [
    /WRONG_SIGNATURE_TYPE|WRONG_CURVE|UNKNOWN_CIPHER|WRONG_CIPHER|BAD_KEY_SHARE|UNKNOWN_GROUP/,
    "tls/no-shared-cipher",
    "it chose an algorithm that was not offered to it",
  ],
  [
    /BAD_SIGNATURE|DECRYPT_ERROR|DIGEST_CHECK_FAILED|BAD_SIGNATURE_LENGTH/,
    "tls/handshake-failed",
    "it does not hold the key of the certificate that it shows",
  ],
  [/UNSAFE_LEGACY_RENEGOTIATION/, "tls/handshake-failed", "it lacks secure renegotiation (RFC 5746)"],
  [/EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL/, "tls/weak-key", "a key of its certificates is too short"],
  [/CA_MD_TOO_WEAK/, "tls/weak-signature", "a signature of its certificates is too weak"],
];

// X509_verify_cert_error_string's codes as Node names them (src/crypto/crypto_common.cc).
const VERIFICATION_CODES: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_CRL",
  "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
  "UNABLE_TO_DECRYPT_CRL_SIGNATURE",
  "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  "CERT_SIGNATURE_FAILURE",
  "CRL_SIGNATURE_FAILURE",
  "CERT_NOT_YET_VALID",
  "CERT_HAS_EXPIRED",
  "CRL_NOT_YET_VALID",
  "CRL_HAS_EXPIRED",
  "ERROR_IN_CERT_NOT_BEFORE_FIELD",
  "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "ERROR_IN_CRL_LAST_UPDATE_FIELD",
  "ERROR_IN_CRL_NEXT_UPDATE_FIELD",
  "OUT_OF_MEM",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_CHAIN_TOO_LONG",
  "CERT_REVOKED",
  "INVALID_CA",
  "PATH_LENGTH_EXCEEDED",
  "INVALID_PURPOSE",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "HOSTNAME_MISMATCH",
  "UNSPECIFIED",
]);
