// Examinations as one page for a browser: everything is in the file, nothing is loaded, no script runs. Whatever a server
// sent is text here, never markup.

import { listNames } from "../../x509/rules/names.ts";
import { headlineOf } from "./headline.ts";
import type { DoctorDocument } from "./document.ts";
import type {
  CertificateFacts,
  CertificateReport,
  Examination,
  FindingReport,
  PathLink,
  SourceReport,
  Step,
  StepStatus,
} from "../examine/examination.ts";
import { groupClients, type ClientGroup } from "../examine/other-clients.ts";
import { LOOSE_LINKS, STYLE, TORN_LINKS, WHOLE_LINKS } from "./html-style.ts";
import type { AdviceWords } from "./advice-words.ts";
import { besidePath, day, formatTime, sentenceCase, STEP_LABELS } from "./report.ts";

/** Renders the page. */
export function renderHtml(document: DoctorDocument, words: AdviceWords): string {
  const { examinations, pinion, runtime, time, isWell } = document;
  const title =
    examinations.length === 1 ? (examinations[0]?.target.url ?? "") : `${examinations.length} addresses`;
  const made = `Made by pinion ${pinion} on Node ${runtime.node} with OpenSSL ${runtime.openssl}, ${time.slice(0, 16).replace("T", " ")} UTC`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${isWell ? "✓" : "✗"} ${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${examinations.map((examination) => article(examination, words)).join("\n")}
<footer>${escape(made)}</footer>
</main>
</body>
</html>
`;
}

function article(examination: Examination, words: AdviceWords): string {
  const { advice, steps, clients, trust, settings } = examination;
  const fixes = advice.map(words.advice).map(sentenceCase);
  return `<article>
${verdict(examination)}
${section("What helps", fixes.length === 0 ? "" : `<ol class="fixes">${fixes.map((fix) => `<li>${rich(fix)}</li>`).join("")}</ol>`)}
${section("The chain, from the server up", chain(examination))}
${section("The request, step by step", `<ol class="way">${steps.map(stepItem).join("")}</ol>`)}
${section(
  "Trust on this machine",
  trust === undefined
    ? ""
    : table(
        ["", "Source", "Certificates", "Verdict"],
        trust.sources.map((source) => sourceRow(source, examination.path?.isTrusted === true, words)),
      ) + notesList(trust.notes),
)}
${section("Other programs, trusting the same certificates", clients.length === 0 ? "" : table(["", "Programs", "What they say"], groupClients(clients).map(clientRow)))}
${section(
  "Settings",
  settings.length === 0
    ? ""
    : table(
        ["Setting", "Value", "From", "Hides"],
        settings.map(({ name, value, origin, hides }) =>
          row("", [escape(name), code(value), escape(origin), escape(hides.join(", "))]),
        ),
      ),
)}
</article>`;
}

function verdict(examination: Examination): string {
  const { target, cause } = examination;
  const name = target.name === undefined ? "" : `<strong>${escape(target.name)}</strong> · `;
  const address = `<p class="address">${name}${escape(target.url)}</p>`;
  if (cause === undefined) {
    const { text, isGood } = headlineOf(examination);
    const tag = isGood ? `<span class="tag">verified</span>` : "";
    return `<div class="verdict">${address}<h1>${rich(text)}</h1>${tag}</div>`;
  }
  const sentences = cause.sentences.map((sentence) => `<p>${rich(sentence)}</p>`).join("");
  return `<div class="verdict bad">${address}<h1>${rich(cause.headline)}</h1><span class="tag">${escape(cause.code)}</span><div style="margin-top:.8rem">${sentences}</div></div>`;
}

function section(title: string, content: string): string {
  return content === "" ? "" : `<section><h2>${escape(title)}</h2>${content}</section>`;
}

function chain(examination: Examination): string {
  const links = examination.path?.links ?? [];
  const others = besidePath(examination);
  if (links.length === 0 && others.length === 0) return "";
  const drawn = links.map((link, at) => `${card(link, at === 0)}${joint(link)}`).join("");
  const left =
    others.length === 0
      ? ""
      : `<ul class="others">${others.map((other) => `<li>${escape(otherWords(other))}</li>`).join("")}</ul>`;
  return `<div class="chain">${drawn}</div>${left}`;
}

function card(link: PathLink, isServer: boolean): string {
  const { certificate, findings, from, place, status, subject } = link;
  const role = from === "missing" ? "missing" : from === "fetched" ? `${status} absent` : status;
  const facts =
    certificate === undefined
      ? ""
      : `<p class="facts"><span>${escape(certificate.publicKey)}</span><span>${day(certificate.notBefore)} to ${day(certificate.notAfter)}</span>${isServer ? `<span>for ${escape(listNames(certificate.names) || "no name")}</span>` : ""}</p>`;
  return `<div class="cert ${role}"><header><h3>${escape(subject)}</h3><span class="place">${escape(place)}</span></header>${facts}${findings.map(findingBox).join("")}${certificate === undefined ? "" : certificateDetails(certificate)}</div>`;
}

function joint({ signature }: PathLink): string {
  if (signature === undefined) return "";
  const { status, text } = signature;
  const drawings = { good: WHOLE_LINKS, bad: TORN_LINKS, "other-key": TORN_LINKS, missing: LOOSE_LINKS };
  const words = {
    good: `signed with ${text}`,
    bad: `signed with ${text}`,
    "other-key": `signed with ${text}`,
    missing: text.startsWith("signs itself") ? text : `signed with ${text}, by an issuer that is missing`,
  };
  return `<div class="joint${status === "good" ? "" : " bad"}">${drawings[status]}<span>${escape(words[status])}</span></div>`;
}

function findingBox({ severity, seen, expected, section: written }: FindingReport): string {
  const tone = { refuse: "", "other-clients": " note", lint: " lint" }[severity];
  return `<p class="finding${tone}">${escape(seen)}; expected: ${escape(expected)} <small>(${escape(written)})</small></p>`;
}

function certificateDetails(certificate: CertificateFacts): string {
  const { extensions, names } = certificate;
  const facts: readonly (readonly [string, string])[] = [
    ["Subject", certificate.subject],
    ["Issuer", certificate.issuer],
    ["Serial", `${certificate.serial}, version ${certificate.version}`],
    ["Key", certificate.publicKey],
    ["Signature", `${certificate.signatureAlgorithm} (parameters ${certificate.signatureParameters})`],
    ["Valid", `${certificate.notBefore} to ${certificate.notAfter}`],
    ["Names", names.slice(0, MAX_NAMES).join(", ") + (names.length > MAX_NAMES ? ", …" : "")],
    [
      "Extensions",
      extensions.map(({ name, isCritical }) => (isCritical ? `${name} (critical)` : name)).join(", "),
    ],
    ["Issuer's certificate", certificate.issuerUrls.join(", ")],
    ["SHA-256", certificate.fingerprint],
    ["SHA-256 of the key", certificate.keyFingerprint],
  ];
  const list = facts
    .map(([label, value]) => (value === "" ? "" : `<dt>${label}</dt><dd class="mono">${escape(value)}</dd>`))
    .join("");
  return `<details><summary>Details</summary><dl>${list}</dl><pre>${escape(certificate.pem.trimEnd())}</pre></details>`;
}

function otherWords(certificate: CertificateReport): string {
  const number = `sent as number ${certificate.position + 1}`;
  if (certificate.kind === "unreadable") return `${number}: ${certificate.problem}`;
  return certificate.role === "repeated"
    ? `${number} again: ${certificate.subject}`
    : `${number}, not needed: ${certificate.subject}`;
}

function stepItem({ name, status, summary, durationMs }: Step): string {
  const time = durationMs === undefined ? "" : `<time>${formatTime(durationMs)}</time>`;
  return `<li class="${status}"><span class="dot">${MARKS[status]}</span><span class="what">${STEP_LABELS[name]}</span><span class="said">${rich(summary)}</span>${time}</li>`;
}

function notesList(notes: readonly string[]): string {
  if (notes.length === 0) return "";
  return `<ul class="others">${notes
    .slice(0, MAX_NOTES)
    .map((note) => `<li>${rich(note)}</li>`)
    .join("")}</ul>`;
}

function sourceRow(report: SourceReport, isTrusted: boolean, words: AdviceWords): string {
  const { source, certificates, isInForce, verdict: said, reason, changes } = report;
  const isHow = said === "trusts" && changes.length > 0;
  const how = isHow ? `: ${changes.map(words.trustChange).join(", or ")}` : "";
  const sentence =
    said === "trusts" ? `${isInForce ? "trusts" : "would trust"} it by \`${reason}\`${how}` : reason;
  const force = isInForce ? "" : " <small>not in force</small>";
  const isFault = isInForce && !isTrusted;
  const tone = said === "trusts" ? "" : isFault ? "bad" : "off";
  return row(tone, [
    said === "trusts" ? "✓" : isFault ? "✗" : "·",
    escape(source) + force,
    `${certificates}`,
    rich(sentence),
  ]);
}

function clientRow({ verdict: said, clients, versions, said: words }: ClientGroup): string {
  const isAccepting = said === "accept";
  const names = clients
    .map(
      (client, at) =>
        `<span class="program" title="measured with ${escape(versions[at] ?? client)}">${escape(client)}</span>`,
    )
    .join(" ");
  const verdicts = {
    accept: "accept it",
    refuse: code(words ?? "refuses it"),
  };
  return row(isAccepting ? "" : "bad", [isAccepting ? "✓" : "✗", names, verdicts[said]]);
}

function table(header: readonly string[], rows: readonly string[]): string {
  return `<table><thead><tr>${header.map((cell) => `<th>${escape(cell)}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Cells are markup already; a first cell of one character is the mark of the row. */
function row(tone: string, cells: readonly string[]): string {
  const content = cells.map((cell, at) =>
    at === 0 && cell.length === 1 ? `<td class="mark">${cell}</td>` : `<td>${cell}</td>`,
  );
  return `<tr class="${tone}">${content.join("")}</tr>`;
}

function code(text: string): string {
  return `<code>${escape(text)}</code>`;
}

/** A sentence of ours, where backticks mean code. */
function rich(text: string): string {
  return escape(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const MARKS: Readonly<Record<StepStatus, string>> = {
  passed: "✓",
  noted: "!",
  failed: "✗",
  unknown: "?",
  skipped: "·",
};
const MAX_NAMES = 50;
const MAX_NOTES = 20;
