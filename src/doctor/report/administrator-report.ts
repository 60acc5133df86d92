// An examination for the administrator of a server: what the server showed and what to change there. Nothing about the
// machine that looked: no settings, no paths, no proxies, no credentials.

import { headlineOf } from "./headline.ts";
import { shellWord } from "../../base/text/shell-word.ts";
import type { ErrorCode } from "../../errors.ts";
import type { DoctorDocument } from "./document.ts";
import type { CertificateReport, Examination } from "../examine/examination.ts";
import { groupClients } from "../examine/other-clients.ts";
import { columnsOf, padColumns, wrap } from "./layout.ts";
import { formatTime, STEP_LABELS } from "./report.ts";

/** Writes the report of all examinations as plain text. */
export function administratorReport(document: DoctorDocument): string {
  const { pinion, runtime, time, examinations } = document;
  const head = `Made by pinion ${pinion} (Node ${runtime.node}, OpenSSL ${runtime.openssl}) at ${time}`;
  return `${[head, ...examinations.map(reportOn)].join("\n\n")}\n`;
}

function reportOn(examination: Examination): string {
  const { target, chain } = examination;
  const title = `TLS report for ${target.url}`;
  const sections = [
    [title, "=".repeat(columnsOf(title))],
    section("Verdict", verdict(examination)),
    section("What to change on the server", adviceFor(examination)),
    section("How to see it there", commandsFor(examination)),
    section("Handshake", handshakeFacts(examination)),
    section("Findings", findings(examination)),
    section("Certificates as the server sends them", chain.flatMap(certificateFacts)),
    section("Other programs, given the same trusted certificates", clients(examination)),
    ...(chain.length === 0 ? [] : [["Certificates in PEM", "", ...chain.map(({ pem }) => pem.trimEnd())]]),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function section(title: string, paragraphs: readonly string[]): readonly string[] {
  if (paragraphs.length === 0) return [];
  const lines = paragraphs.flatMap((text) =>
    wrap(text.trimStart(), {
      columns: COLUMNS,
      first: `  ${leadingBlanks(text)}`,
      indent: `      ${leadingBlanks(text)}`,
    }),
  );
  return [title, ...lines];
}

function leadingBlanks(text: string): string {
  return " ".repeat(text.length - text.trimStart().length);
}

function verdict(examination: Examination): readonly string[] {
  const { cause, name, http } = examination;
  if (cause === undefined)
    return [`${headlineOf(examination).text}${http === undefined ? "" : `: HTTP status ${http.status}`}`];
  const isNameWrong = name?.isMatch === false && cause.code !== "tls/hostname-mismatch";
  return [
    `${cause.code}: ${cause.headline}`,
    ...cause.sentences,
    ...(isNameWrong
      ? [`The certificate is also not for ${name.host}, but for ${name.names.join(", ") || "no host"}`]
      : []),
  ];
}

/** What an administrator can do about the cause; nothing where it is not the server's. */
function adviceFor({ cause, fetched, path }: Examination): readonly string[] {
  if (cause === undefined) return [];
  const missing = fetched.flatMap(({ url, subjects }) =>
    subjects.map(
      (subject) => `Add \`${subject}\` (${url}) to the file of the server's certificate, after its own`,
    ),
  );
  if (cause.code === "tls/missing-intermediate" && missing.length > 0) return missing;
  const advice = ADVICE.get(cause.code);
  const root = path?.links.at(-1)?.subject;
  return advice === undefined
    ? []
    : [advice.replace("{root}", root === undefined ? "of the chain" : `\`${root}\``)];
}

function commandsFor({ target, chain, handshake }: Examination): readonly string[] {
  const { hostname, host, port, protocol } = new URL(target.url);
  if (protocol !== "https:") return [];
  const where = port === "" ? `${host}:443` : host;
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  const sni = isAddress ? "" : ` -servername ${shellWord(hostname)}`;
  const base = `openssl s_client -connect ${shellWord(where)}${sni}`;
  if (chain.length > 0) return [`${base} -showcerts </dev/null`];
  return handshake === undefined ? [] : [`${base} -msg </dev/null`];
}

function handshakeFacts({ handshake, greetings, steps }: Examination): readonly string[] {
  if (handshake === undefined) return [];
  const time = steps.find(({ name }) => name === "handshake")?.durationMs;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["outcome", handshake.outcome],
    ["protocol", handshake.protocol],
    ["cipher suite", handshake.cipher],
    ["key exchange", handshake.group],
    ["signature", handshake.signatureScheme],
    ["client cert", handshake.requestedClientCertificate ? "asked for" : undefined],
    ["alerts", handshake.alerts.length > 0 ? handshake.alerts.join(", ") : undefined],
    ["answer", handshake.plaintext],
    ["time", time === undefined ? undefined : formatTime(time)],
    ...greetings.map(({ greeting, outcome }) => [`greeting ${greeting}`, outcome] as const),
  ];
  return facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`${padColumns(label, LABEL_COLUMNS)}${value}`],
  );
}

function findings({ path, steps }: Examination): readonly string[] {
  const failed = steps
    .filter(({ status, name }) => status === "noted" && SERVER_STEPS.has(name))
    .map(({ name, summary }) => `${STEP_LABELS[name]}: ${summary}`);
  const told = (path?.links ?? []).flatMap(({ subject, findings: own }) =>
    own.map(
      ({ seen, expected, section: written, severity }) =>
        `${SEVERITIES[severity]}: \`${subject}\`: ${seen}; expected: ${expected} (${written})`,
    ),
  );
  return [...told, ...failed];
}

function certificateFacts(certificate: CertificateReport): readonly string[] {
  const number = `${certificate.position + 1}.`;
  if (certificate.kind === "unreadable") return [`${number} ${certificate.problem}`];
  const { subject, issuer, serial, version, publicKey, signatureAlgorithm, signatureParameters, role } =
    certificate;
  const extensions = certificate.extensions.map(({ name, isCritical }) =>
    isCritical ? `${name} (critical)` : name,
  );
  const facts: readonly (readonly [string, string])[] = [
    ["issuer", issuer],
    ["role", role],
    ["serial", `${serial}, version ${version}`],
    ["key", publicKey],
    ["signature", `${signatureAlgorithm} (parameters ${signatureParameters})`],
    ["valid", `${certificate.notBefore} to ${certificate.notAfter}`],
    ["names", certificate.names.join(", ")],
    ["extensions", extensions.join(", ")],
    ["sha256", certificate.fingerprint],
    ["key sha256", certificate.keyFingerprint],
  ];
  return [
    `${number} ${subject}`,
    ...facts.flatMap(([label, value]) =>
      value === "" ? [] : [`   ${padColumns(label, FACT_COLUMNS)}${value}`],
    ),
  ];
}

function clients({ clients: predicted }: Examination): readonly string[] {
  return groupClients(predicted).map(({ verdict: said, clients: names, said: words }) =>
    said === "accept" ? `accept it: ${names.join(", ")}` : `${names.join(", ")}: ${words ?? "refuse it"}`,
  );
}

const ADVICE: ReadonlyMap<ErrorCode, string> = new Map<ErrorCode, string>([
  ["tls/expired", "Renew the certificate that is named above, and have the server load the new one"],
  [
    "tls/not-yet-valid",
    "Check the clock of the machine that issued the certificate, or serve the one before until then",
  ],
  ["tls/hostname-mismatch", "Have a certificate issued that has this host among its subjectAltNames"],
  [
    "tls/missing-intermediate",
    "Put the certificates of the issuing authorities after the server's own into its certificate file",
  ],
  [
    "tls/unknown-issuer",
    "Where the root {root} is meant to be private, give it to the clients; otherwise use an authority that they know",
  ],
  ["tls/self-signed-leaf", "Use a certificate of an authority that the clients trust, or give them this one"],
  [
    "tls/tls-inspection",
    "Nothing: a proxy on the way makes this chain, and its root {root} has to be given to the clients",
  ],
  [
    "tls/bad-signature",
    "Have the certificate issued again; where the authority has changed its key, give the clients its new certificate",
  ],
  [
    "tls/unsupported-signature-algorithm",
    "Use a certificate that is signed with RSA or ECDSA (P-256, P-384) and SHA-256 or SHA-384: every client takes these",
  ],
  ["tls/weak-signature", "Have the certificate issued again with SHA-256 or better"],
  [
    "tls/weak-key",
    "Make a new key (EC P-256, or RSA with 2048 bits or more), and have a certificate issued for it",
  ],
  [
    "tls/wrong-purpose",
    "Have a certificate issued for TLS servers: extendedKeyUsage with serverAuth, basicConstraints CA:FALSE",
  ],
  [
    "tls/not-a-ca",
    "Have the authority's certificate issued again with basicConstraints CA:TRUE and keyUsage keyCertSign",
  ],
  [
    "tls/path-length-exceeded",
    "Issue the server's certificate by an authority that may have none below it, or raise its pathLength",
  ],
  ["tls/name-constraint-violation", "Use an authority that may vouch for this name"],
  [
    "tls/unknown-critical-extension",
    "Have the certificate issued again without the critical extension, or with it marked as not critical",
  ],
  [
    "tls/malformed-certificate",
    "Have the certificate that is named above issued again: its encoding breaks the standard",
  ],
  ["tls/protocol-version", "Switch on TLS 1.2 and TLS 1.3 (nginx: `ssl_protocols TLSv1.2 TLSv1.3;`)"],
  [
    "tls/no-shared-cipher",
    "Offer usual cipher suites (ECDHE with AES-GCM or ChaCha20) and groups (X25519, P-256)",
  ],
  ["tls/plaintext-server", "Speak TLS on this port (nginx: `listen … ssl;`)"],
  ["tls/client-certificate-required", "Nothing, where client certificates are meant to be demanded"],
  [
    "tls/client-certificate-rejected",
    "Check that the server knows the authority of its clients' certificates (nginx: `ssl_client_certificate`)",
  ],
  [
    "tls/closed-during-handshake",
    "Check the logs of the server, and of every load balancer and firewall in front of it",
  ],
  ["tls/handshake-failed", "Check the server's log for the time of this report"],
  ["index/not-an-index", "Serve a Simple index (PEP 503 or 691) at this URL"],
]);
const SEVERITIES = {
  refuse: "refused",
  "other-clients": "refused by some clients",
  lint: "against the standard",
} as const;
const SERVER_STEPS: ReadonlySet<string> = new Set(["handshake", "chain", "name", "request", "index"]);
const LABEL_COLUMNS = 14;
/** Leaves room for a SHA-256 in a line. */
const FACT_COLUMNS = 11;
const COLUMNS = 80;
