// `pinion doctor`: walks the way of a request to each URL, or to every configured index, and reports what is wrong.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Connections } from "../../api/network.ts";
import { administratorReport } from "../../doctor/report/administrator-report.ts";
import { doctorDocument, type DoctorDocument } from "../../doctor/report/document.ts";
import type { Examination, SettingReport } from "../../doctor/examine/examination.ts";
import { renderHtml } from "../../doctor/report/html.ts";
import type { Paint, Tone } from "../../doctor/report/layout.ts";
import { examine, type ExamineOptions } from "../../doctor/examine/probe.ts";
import { renderReport, sentenceCase } from "../../doctor/report/report.ts";
import { reproduce } from "../../doctor/reproduce/reproduce.ts";
import { indexTarget, parseTarget, type Target } from "../../doctor/examine/subject.ts";
import { PinionError, isPinionError } from "../../errors.ts";
import { hideSecrets, redactUrl } from "../../net/url.ts";
import { formatOrigin, type Sourced } from "../../settings/origin.ts";
import type { SettingName } from "../../settings/table/table.ts";
import type { SettingValue } from "../../settings/table/setting.ts";
import { ADVICE_WORDS, adviceText } from "../screen/advice-text.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { variablesInForce } from "../requests/environment-in-force.ts";
import type { Style } from "../screen/output.ts";
import { withConnections } from "../with-connections.ts";
import { refuseLinkOut, writeOutputFile } from "../screen/output-file.ts";

export function run(context: CommandContext): Promise<ExitCode> {
  refuseFullFolder(context);
  return withConnections(context, (connections) => examineAll(context, connections));
}

async function examineAll(context: CommandContext, connections: Connections): Promise<ExitCode> {
  const { output } = context;
  const { targets, options } = prepare(context, connections);
  const examinations: Examination[] = [];
  const { resultWidth } = output;
  const columns =
    resultWidth === undefined ? undefined : Math.min(Math.max(resultWidth, MIN_COLUMNS), MAX_COLUMNS);
  for (const target of targets) {
    const examination = await examine(target, options);
    examinations.push(examination);
    if (output.isJson) continue;
    if (examinations.length > 1) output.result("");
    output.result(
      renderReport(examination, {
        words: ADVICE_WORDS,
        paint: paintWith(context),
        ...(columns === undefined ? {} : { columns }),
      }),
    );
  }
  const time = new Date();
  if (output.isJson) output.json(withTexts(doctorDocument(examinations, time)));
  writeFiles(context, examinations, time);
  return examinations.every(({ isWell }) => isWell) ? 0 : 1;
}

/** @throws `net/invalid-url`, `usage/invalid-argument` */
function prepare(
  context: CommandContext,
  { settings, indexes, admit }: Connections,
): { readonly targets: readonly Target[]; readonly options: ExamineOptions } {
  const given = context.arguments.map((text) => parseTarget(text, indexes));
  const targets = given.length > 0 ? given : indexes.flatMap((location) => indexTarget(location) ?? []);
  if (targets.length === 0) {
    throw new PinionError(
      "usage/invalid-argument",
      "No configured index is reached over a network: pass a URL",
    );
  }
  for (const { address } of targets) admit(address.href);
  const { onEvent: _, retries: __, ...connecting } = settings;
  const { signal } = context;
  return { targets, options: { ...connecting, settings: settingsInForce(context), signal } };
}

/** The settings that decide about a connection and are set, with the variables that no setting stands for. */
function settingsInForce({ settings, env }: CommandContext): readonly SettingReport[] {
  const told = DECIDING.flatMap((name): readonly SettingReport[] => {
    const { inForce, shadowed } = settings.stack(name);
    return inForce.map((value) => ({
      name,
      value: show(value),
      origin: formatOrigin(value.origin),
      hides: shadowed.map((hidden) => `${show(hidden)} (${formatOrigin(hidden.origin)})`),
    }));
  });
  const variables = variablesInForce({ env }).map(({ name, value }): SettingReport => ({
    name,
    value,
    origin: name,
    hides: [],
  }));
  return [...told, ...variables];
}

function show({ value }: Sourced<SettingValue>): string {
  return typeof value === "object"
    ? value.map((entry) => redactUrl(entry)).join(", ")
    : redactUrl(String(value));
}

function writeFiles(context: CommandContext, examinations: readonly Examination[], time: Date): void {
  const { cwd, output } = context;
  const report = textOption(context, "report");
  const html = textOption(context, "html");
  const folder = textOption(context, "reproduce");
  const document = doctorDocument(examinations, time);
  if (report !== undefined) {
    refuseLinkOut(resolve(cwd, report), report);
    writeOutputFile(resolve(cwd, report), hideSecrets(administratorReport(document)));
    output.status(
      `Wrote \`${report}\`: for the administrator of the server, without anything about this machine`,
    );
  }
  if (html !== undefined) {
    refuseLinkOut(resolve(cwd, html), html);
    writeOutputFile(resolve(cwd, html), hideSecrets(renderHtml(document, ADVICE_WORDS)));
    output.status(`Wrote \`${html}\`: open it in a browser`);
  }
  if (folder === undefined) return;
  for (const [at, examination] of examinations.entries())
    writeReproduction(examination, examinations.length > 1 ? join(folder, `${at + 1}`) : folder, context);
}

/** What lies in a folder may be another failure's certificates, or anything else. */
function refuseFullFolder(context: CommandContext): void {
  const folder = textOption(context, "reproduce");
  const path = folder === undefined ? undefined : resolve(context.cwd, folder);
  if (path === undefined || !existsSync(path)) return;
  if (statSync(path).isDirectory() && readdirSync(path).length === 0) return;
  throw new PinionError(
    "usage/invalid-argument",
    `\`${folder}\` already exists: \`--reproduce\` needs a new or an empty folder`,
    { details: { path } },
  );
}

function writeReproduction(examination: Examination, folder: string, { cwd, output }: CommandContext): void {
  try {
    for (const { name, content, isSecret } of reproduce(examination))
      writeOutputFile(
        resolve(cwd, folder, name),
        isSecret ? content : hideSecrets(content),
        isSecret ? PRIVATE : undefined,
      );
    output.status(`Wrote \`${folder}\`: \`README.md\` there says how to see the same again`);
  } catch (error) {
    if (!isPinionError(error, "usage/invalid-argument")) throw error;
    output.warn(error.message);
  }
}

/** Every piece of advice also as the command line puts it. */
function withTexts(document: DoctorDocument): object {
  const texts = (examination: Examination): object => ({
    ...examination,
    advice: examination.advice.map((advice) => ({ ...advice, text: sentenceCase(adviceText(advice)) })),
  });
  return { ...document, examinations: document.examinations.map(texts) };
}

function paintWith({ output }: CommandContext): Paint {
  return (tone, text) => output.style(STYLES[tone], text);
}

/** A key is for its owner only. */
const PRIVATE = 0o600;
const STYLES: Readonly<Record<Tone, Style>> = {
  good: "good",
  bad: "error",
  note: "warning",
  dim: "dim",
  strong: "name",
};
const DECIDING: readonly SettingName[] = [
  "index",
  "default-index",
  "index-url",
  "extra-index-url",
  "find-links",
  "no-index",
  "trust",
  "cert",
  "ca",
  "pip-cert",
  "system-certs",
  "client-cert",
  "client-key",
  "allow-insecure-host",
  "proxy",
  "https-proxy",
  "http-proxy",
  "no-proxy",
  "proxy-auth",
  "proxy-username",
  "http-timeout",
  "http-connect-timeout",
  "offline",
];
/** Below, labels and times leave no room for words; above, lines are too long to read. */
const MIN_COLUMNS = 44;
const MAX_COLUMNS = 200;
