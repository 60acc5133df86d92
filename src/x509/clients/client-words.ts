// How other clients word a refusal: the messages that people search for. One function per family of libraries, from a
// rule of `rules.ts` or the algorithms' own words to about what the client prints.

export type Family = "openssl" | "rustls" | "go" | "java" | "gnutls" | "boringssl";

type Words = (client: string, said: string, host: string) => string;

/** By family: `said` is a rule's name, or already the library's words. */
export const CLIENT_WORDS: Readonly<Record<Family, Words>> = {
  openssl: (client, said, host) => wrapOpenssl(client, OPENSSL_WORDS.get(said) ?? said, host),
  boringssl: (client, said, host) => wrapOpenssl(client, OPENSSL_WORDS.get(said) ?? said, host),
  rustls: (_, said, host) => {
    if (said.startsWith("handshake failure")) return "received fatal alert: HandshakeFailure";
    if (said === "host") return `invalid peer certificate: certificate not valid for name "${host}"`;
    return `invalid peer certificate: ${RUSTLS_WORDS.get(said) ?? said}`;
  },
  go: (_, said, host) => {
    if (said.startsWith("handshake failure")) return "remote error: tls: handshake failure";
    if (said === "host")
      return `tls: failed to verify certificate: x509: certificate is not valid for ${host}`;
    return `tls: failed to verify certificate: ${GO_WORDS.get(said) ?? said}`;
  },
  java: (_, said, host) => {
    if (said.startsWith("handshake failure"))
      return "SSLHandshakeException: Received fatal alert: handshake_failure";
    if (said === "host")
      return `CertificateException: No subject alternative DNS name matching ${host} found`;
    return JAVA_WORDS.get(said) ?? `CertPathValidatorException: ${said}`;
  },
  gnutls: (_, said) => {
    if (said.startsWith("handshake failure")) return "*** Received alert [40]: Handshake failed";
    return `- Status: ${GNUTLS_WORDS.get(said) ?? said}`;
  },
};

function wrapOpenssl(client: string, text: string, host: string): string {
  if (client.startsWith("curl")) {
    if (text.startsWith("handshake failure")) return "curl: (35) TLS connect error: alert handshake failure";
    if (text === "hostname mismatch")
      return `curl: (60) SSL: no alternative certificate subject name matches target host name '${host}'`;
    if (text === "unsafe legacy renegotiation disabled") return `curl: (35) ${text}`;
    return `curl: (60) SSL certificate problem: ${text}`;
  }
  if (client.startsWith("node") || client.startsWith("bun")) {
    if (text.startsWith("handshake failure"))
      return "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE sslv3 alert handshake failure";
    if (text === "hostname mismatch")
      return "ERR_TLS_CERT_ALTNAME_INVALID Hostname/IP does not match certificate's altnames";
    if (text === "unsafe legacy renegotiation disabled")
      return `ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED ${text}`;
    return `${NODE_CODES.get(text) ?? "UNSPECIFIED"} ${text}`;
  }
  if (client.startsWith("openssl"))
    return text === "unsafe legacy renegotiation disabled" ? text : `verify error: ${text}`;
  const handshake = text.startsWith("handshake failure")
    ? "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure"
    : text === "unsafe legacy renegotiation disabled"
      ? `[SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] ${text}`
      : undefined;
  const python =
    handshake ??
    `[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ${text === "hostname mismatch" ? `Hostname mismatch, certificate is not valid for '${host}'.` : text}`;
  return client.startsWith("pip") ? `There was a problem confirming the ssl certificate: ${python}` : python;
}

/** X509_verify_cert_error_string(3). */
const OPENSSL_WORDS: ReadonlyMap<string, string> = new Map([
  ["expired", "certificate has expired"],
  ["not-yet-valid", "certificate is not yet valid"],
  ["host", "hostname mismatch"],
  ["purpose", "unsuitable certificate purpose"],
  ["not-a-ca", "invalid CA certificate"],
  ["path-length", "path length constraint exceeded"],
  ["name-constraints", "permitted subtree violation"],
  ["unknown-critical-extension", "unhandled critical extension"],
  ["duplicate-extension", "unable to get local issuer certificate"],
  ["unreadable-extension", "invalid certificate"],
  ["bad-signature", "certificate signature failure"],
  ["no-issuer", "unable to get local issuer certificate"],
  ["unknown-algorithm", "unable to get local issuer certificate"],
  // X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: the issuer of a trusted certificate that is not a root.
  ["no-root", "unable to get issuer certificate"],
  ["authority-key-identifier-missing", "Missing Authority Key Identifier"],
  ["subject-key-identifier-missing", "Missing Subject Key Identifier"],
  ["basic-constraints-critical", "Basic Constraints of CA cert not marked critical"],
  ["key-usage-missing", "CA cert does not include key usage extension"],
]);
const NODE_CODES: ReadonlyMap<string, string> = new Map([
  ["certificate has expired", "CERT_HAS_EXPIRED"],
  ["certificate is not yet valid", "CERT_NOT_YET_VALID"],
  ["unsuitable certificate purpose", "INVALID_PURPOSE"],
  ["path length constraint exceeded", "PATH_LENGTH_EXCEEDED"],
  ["certificate signature failure", "CERT_SIGNATURE_FAILURE"],
  ["unable to get local issuer certificate", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ["unable to get issuer certificate", "UNABLE_TO_GET_ISSUER_CERT"],
  ["unable to decode issuer public key", "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY"],
]);
const RUSTLS_WORDS: ReadonlyMap<string, string> = new Map([
  ["expired", "certificate expired"],
  ["not-yet-valid", "certificate not valid yet"],
  ["purpose", "certificate does not allow extended key usage for server authentication"],
  ["not-a-ca", "Other(OtherError(EndEntityUsedAsCa))"],
  ["ca-as-server", "Other(OtherError(CaUsedAsEndEntity))"],
  ["version", "Other(OtherError(UnsupportedCertVersion))"],
  ["path-length", "Other(OtherError(PathLenConstraintViolated))"],
  ["name-constraints", "Other(OtherError(NameConstraintViolation))"],
  ["unknown-critical-extension", "Other(OtherError(UnsupportedCriticalExtension))"],
  ["duplicate-extension", "Other(OtherError(ExtensionValueInvalid))"],
  ["unreadable-extension", "BadEncoding"],
  ["bad-signature", "BadSignature"],
  ["no-issuer", "UnknownIssuer"],
  ["no-root", "UnknownIssuer"],
]);
const GO_WORDS: ReadonlyMap<string, string> = new Map([
  ["expired", "x509: certificate has expired or is not yet valid"],
  ["not-yet-valid", "x509: certificate has expired or is not yet valid"],
  ["purpose", "x509: certificate specifies an incompatible key usage"],
  ["not-a-ca", "x509: certificate is not authorized to sign other certificates"],
  ["path-length", "x509: too many intermediates for path length constraint"],
  ["name-constraints", "x509: a root or intermediate certificate is not authorized to sign for this name"],
  ["unknown-critical-extension", "x509: unhandled critical extension"],
  ["bad-signature", "x509: certificate signed by unknown authority"],
  ["no-issuer", "x509: certificate signed by unknown authority"],
  ["no-root", "x509: certificate signed by unknown authority"],
]);
const JAVA_WORDS: ReadonlyMap<string, string> = new Map([
  ["expired", "CertPathValidatorException: validity check failed"],
  ["not-yet-valid", "CertPathValidatorException: validity check failed"],
  ["bad-signature", "SignatureException: Signature does not match."],
  ["no-issuer", "SunCertPathBuilderException: unable to find valid certification path to requested target"],
  ["no-root", "SunCertPathBuilderException: unable to find valid certification path to requested target"],
  ["not-a-ca", "CertPathValidatorException: basic constraints check failed: this is not a CA certificate"],
  [
    "purpose",
    "CertPathValidatorException: Extended key usage does not permit use for TLS server authentication",
  ],
  ["name-constraints", "CertPathValidatorException: name constraints check failed"],
  ["unknown-critical-extension", "CertPathValidatorException: unrecognized critical extension(s)"],
]);
const GNUTLS_WORDS: ReadonlyMap<string, string> = new Map([
  ["expired", "The certificate is NOT trusted. The certificate chain uses expired certificate."],
  ["not-yet-valid", "The certificate is NOT trusted. The certificate chain uses not yet valid certificate."],
  ["host", "The certificate is NOT trusted. The name in the certificate does not match the expected."],
  ["bad-signature", "The certificate is NOT trusted. The signature in the certificate is invalid."],
  ["no-issuer", "The certificate is NOT trusted. The certificate issuer is unknown."],
  ["no-root", "The certificate is NOT trusted. The certificate issuer is unknown."],
  [
    "name-constraints",
    "The certificate is NOT trusted. The certificate chain violates the signer's constraints.",
  ],
]);
