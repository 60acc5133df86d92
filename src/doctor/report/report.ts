// An examination for a person: the verdict first, then what helps, then the way of the request, the chain, who trusts
// it, and what other programs would say. Fits 80 columns, and says everything without colours.

import { listNames } from "../../x509/rules/names.ts";
import { headlineOf } from "./headline.ts";
import type { AdviceWords } from "./advice-words.ts";
import { groupClients } from "../examine/other-clients.ts";
import type {
  CertificateReport,
  Diagnosis,
  Examination,
  PathLink,
  SignatureStatus,
  SourceReport,
  Step,
  StepName,
  StepStatus,
} from "../examine/examination.ts";
import { columnsOf, padColumns, plainPaint, wrap, type Paint, type Tone } from "./layout.ts";

export interface ReportOptions {
  /** The words of advice. */
  readonly words: AdviceWords;
  /** Default: no colours. */
  readonly paint?: Paint;
  /** Default: 80. */
  readonly columns?: number;
}

/** Renders one examination as text without a final line end. */
export function renderReport(examination: Examination, options: ReportOptions): string {
  const { words, paint = plainPaint, columns = DEFAULT_COLUMNS } = options;
  const page: Page = { words, paint, columns };
  const sections = [
    verdict(examination, page),
    section("What helps", numbered(examination.advice.map(words.advice).map(sentenceCase), page), page),
    section(
      "The connection",
      examination.steps.flatMap((step) => stepLines(step, page)),
      page,
    ),
    section("The chain, from the server up", chainLines(examination, page), page),
    section("Trust on this machine", sourceLines(examination, page), page),
    section("Other programs, trusting the same certificates", clientLines(examination, page), page),
    section("Settings", settingLines(examination, page), page),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

interface Page {
  readonly words: AdviceWords;
  readonly paint: Paint;
  readonly columns: number;
}

function verdict(examination: Examination, page: Page): readonly string[] {
  const { target, cause } = examination;
  const { paint, columns } = page;
  const shown = target.name === undefined ? target.url : `${target.name} (${target.url})`;
  if (cause === undefined) {
    const { text, isGood } = headlineOf(examination);
    const mark = isGood ? paint("good", "✓") : paint(STEP_TONES.noted, MARKS.noted);
    return [`${mark} ${paint("strong", shown)}`, ...wrap(text, { columns, first: "  ", indent: "  " })];
  }
  return [`${paint("bad", "✗")} ${paint("strong", shown)}`, ...causeLines(cause, page)];
}

function causeLines({ code, headline, sentences }: Diagnosis, { paint, columns }: Page): readonly string[] {
  return [
    ...wrap(headline, { columns, first: "  ", indent: "  " }),
    ...sentences.flatMap((sentence) => wrap(sentence, { columns, first: "  · ", indent: "    " })),
    paint("dim", `  code ${code}`),
  ];
}

function section(title: string, lines: readonly string[], { paint, columns }: Page): readonly string[] {
  return lines.length === 0
    ? []
    : [...wrap(title, { columns }).map((line) => paint("strong", line)), ...lines];
}

function numbered(texts: readonly string[], { columns }: Page): readonly string[] {
  return texts.flatMap((text, at) => wrap(text, { columns, first: `  ${at + 1}. `, indent: "     " }));
}

function stepLines({ name, status, summary, durationMs }: Step, { paint, columns }: Page): readonly string[] {
  const label = padColumns(STEP_LABELS[name], LABEL_COLUMNS);
  const time = durationMs === undefined ? "" : formatTime(durationMs);
  const width = columns - MARGIN.length - 2 - LABEL_COLUMNS - (time === "" ? 0 : TIME_COLUMNS);
  const [first = "", ...rest] = wrap(summary, { columns: width });
  const mark = paint(STEP_TONES[status], MARKS[status]);
  const text = status === "skipped" ? paint("dim", first) : first;
  const padding =
    time === "" ? "" : " ".repeat(Math.max(1, width - columnsOf(first) + TIME_COLUMNS - time.length));
  return [
    `${MARGIN}${mark} ${label}${text}${paint("dim", padding + time)}`.trimEnd(),
    ...rest.map((line) => MARGIN + " ".repeat(2 + LABEL_COLUMNS) + line),
  ];
}

/** What was sent, and is not drawn as part of the path. */
export function besidePath({ path, chain }: Examination): readonly CertificateReport[] {
  const inPath = new Set(path?.links.map(({ certificate }) => certificate?.fingerprint));
  return chain.filter(
    (certificate) =>
      certificate.kind === "unreadable" ||
      certificate.role === "repeated" ||
      !inPath.has(certificate.fingerprint),
  );
}

function chainLines(examination: Examination, page: Page): readonly string[] {
  const drawn = (examination.path?.links ?? []).flatMap((link, at, links) =>
    linkLines(link, at === links.length - 1, page),
  );
  const others = besidePath(examination).map((certificate) => {
    const number = `sent as number ${certificate.position + 1}`;
    if (certificate.kind === "unreadable") return `${number}, ${certificate.problem}`;
    const { role, subject } = certificate;
    return role === "repeated" ? `${number} again: ${subject}` : `${number}, not needed: ${subject}`;
  });
  return [
    ...drawn,
    ...others.flatMap((text) => wrap(text, { columns: page.columns, first: "  · ", indent: "    " })),
  ];
}

function linkLines(link: PathLink, isLast: boolean, page: Page): readonly string[] {
  const { paint, columns } = page;
  const { certificate, signature, findings, subject, place, status } = link;
  const bar = isLast ? "   " : `${paint("dim", "│")}  `;
  const detail = (text: string): readonly string[] =>
    wrap(text, { columns: columns - MARGIN.length - 3 }).map((line) => `${MARGIN}${bar}${line}`);
  const mark = link.from === "missing" ? paint("bad", "?") : paint(LINK_TONES[status], LINK_MARKS[status]);
  const [first = "", ...rest] = wrap(subject, { columns: columns - MARGIN.length - 3 });
  const facts =
    certificate === undefined
      ? []
      : [
          ...detail(
            `${certificate.publicKey}, ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`,
          ),
          ...(certificate.names.length === 0 || certificate.isAuthority
            ? []
            : detail(`for ${listNames(certificate.names)}`)),
          ...detail(`sha256 ${certificate.fingerprint}`).map((line) => paint("dim", line)),
        ];
  const told = findings.filter(({ severity }) => severity !== "lint");
  return [
    `${MARGIN}${mark}  ${paint("strong", first)}`,
    ...rest.map((line) => `${MARGIN}${bar}${line}`),
    ...detail(place).map((line) => paint("dim", line)),
    ...facts,
    ...told.flatMap(({ severity, seen, expected }) =>
      detail(`${severity === "refuse" ? "✗" : "!"} ${seen}; expected: ${expected}`).map((line) =>
        paint(severity === "refuse" ? "bad" : "note", line),
      ),
    ),
    ...(signature === undefined ? [] : signatureLines(signature, { isLast, page })),
  ];
}

function signatureLines(
  signature: NonNullable<PathLink["signature"]>,
  { isLast, page: { paint, columns } }: { readonly isLast: boolean; readonly page: Page },
): readonly string[] {
  const lines = wrap(signatureText(signature, isLast), {
    columns: columns - MARGIN.length - 3,
    indent: "  ",
  });
  return lines.map(
    (line) => `${MARGIN}${paint("dim", "│")}  ${paint(SIGNATURE_TONES[signature.status], line)}`,
  );
}

function signatureText({ status, text }: NonNullable<PathLink["signature"]>, isLast: boolean): string {
  switch (status) {
    case "good":
      return `✓ signed with ${text} by`;
    case "bad":
    case "other-key":
      return `✗ signed with ${text}:`;
    case "missing":
      return isLast ? `✗ ${text}` : `✗ signed with ${text} by`;
  }
}

function sourceLines({ trust, path }: Examination, page: Page): readonly string[] {
  const isTrusted = path?.isTrusted === true;
  const sources = (trust?.sources ?? []).flatMap((source) => sourceLine(source, isTrusted, page));
  const { columns, paint } = page;
  const notes = (trust?.notes ?? [])
    .slice(0, MAX_NOTES)
    .flatMap((note) =>
      wrap(note, { columns, first: `${MARGIN}! `, indent: "    " }).map((line) => paint("note", line)),
    );
  return [...sources, ...notes];
}

function sourceLine(
  source: SourceReport,
  isTrusted: boolean,
  { paint, columns, words }: Page,
): readonly string[] {
  const { verdict: said, isInForce, certificates, reason, changes } = source;
  // One source is enough: where another one in force vouches, that this one does not is not a fault.
  const isFault = isInForce && !isTrusted;
  const mark = said === "trusts" ? paint("good", "✓") : paint(isFault ? "bad" : "dim", isFault ? "✗" : "-");
  const count = `${certificates} ${certificates === 1 ? "certificate" : "certificates"}`;
  const head = `${source.source} (${count}${isInForce ? ", in force" : ""})`;
  const how = changes.length === 0 ? "" : `: ${changes.map(words.trustChange).join(", or ")}`;
  const trusts = isInForce ? `trusts it by \`${reason}\`` : `would trust it by \`${reason}\`${how}`;
  const why = said === "trusts" ? trusts : reason;
  return [
    ...wrap(head, { columns: columns - 4 }).map((line, at) => `${MARGIN}${at === 0 ? mark : " "} ${line}`),
    ...wrap(why, { columns, first: "      ", indent: "      " }).map((line) => paint("dim", line)),
  ];
}

function clientLines({ clients }: Examination, { paint, columns }: Page): readonly string[] {
  return groupClients(clients).flatMap(({ verdict: said, clients: names, said: words }) => {
    const mark = said === "accept" ? paint("good", "✓") : paint("bad", "✗");
    const head = wrap(names.join(", "), { columns: columns - 4 }).map(
      (line, at) => `${MARGIN}${at === 0 ? mark : " "} ${line}`,
    );
    const tail = words === undefined ? [] : wrap(words, { columns, first: "      ", indent: "      " });
    return [...head, ...tail.map((line) => paint("dim", line))];
  });
}

function settingLines({ settings }: Examination, { paint, columns }: Page): readonly string[] {
  return settings.flatMap(({ name, value, origin, hides }) => {
    const from = origin === name ? "" : ` (${origin})`;
    const lines = wrap(`${name} = ${value}${from}`, { columns, first: MARGIN, indent: "    " });
    const hidden = hides.flatMap((text) =>
      wrap(`hides ${text}`, { columns, first: "    ", indent: "      " }),
    );
    return [...lines, ...hidden.map((line) => paint("dim", line))];
  });
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `3 ms`, `1.2 s`. */
export function formatTime(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
}

/** The day of an ISO 8601 time. */
export function day(time: string): string {
  return time.slice(0, 10);
}

/** What people call the steps. */
export const STEP_LABELS: Readonly<Record<StepName, string>> = {
  settings: "settings",
  proxy: "proxy",
  lookup: "DNS",
  connect: "TCP",
  tunnel: "tunnel",
  handshake: "TLS",
  chain: "chain",
  trust: "trust",
  name: "name",
  request: "HTTP",
  index: "index",
};

const STEP_TONES: Readonly<Record<StepStatus, Tone>> = {
  passed: "good",
  noted: "note",
  failed: "bad",
  unknown: "note",
  skipped: "dim",
};
const MARKS: Readonly<Record<StepStatus, string>> = {
  passed: "✓",
  noted: "!",
  failed: "✗",
  unknown: "?",
  skipped: "-",
};
const LINK_TONES: Readonly<Record<PathLink["status"], Tone>> = { good: "good", noted: "note", bad: "bad" };
const LINK_MARKS: Readonly<Record<PathLink["status"], string>> = { good: "●", noted: "!", bad: "✗" };
const SIGNATURE_TONES: Readonly<Record<SignatureStatus, Tone>> = {
  good: "good",
  bad: "bad",
  "other-key": "bad",
  missing: "bad",
};
const MARGIN = "  ";
const LABEL_COLUMNS = 10;
const TIME_COLUMNS = 8;
const DEFAULT_COLUMNS = 80;
const MAX_NOTES = 20;
