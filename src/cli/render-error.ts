// Turns any failure into what a person reads on stderr, or into JSON, and into the exit code.

import { stripVTControlCharacters } from "node:util";
import { PinionError, causeChain, type ErrorCode } from "../errors.ts";
import { redactText } from "../net/url.ts";
import { hintText } from "./advice-text.ts";
import type { ExitCode } from "./command.ts";
import type { Output } from "./output.ts";
import { wrapLine } from "./text.ts";

/** Prints a failure and returns the exit code that belongs to it. */
export function renderError(error: unknown, output: Output): ExitCode {
  if (output.isJson) output.json({ error: errorAsJson(error) });
  if (!(error instanceof PinionError)) {
    output.error(
      `${output.style("error", "error")}${output.style("name", ":")} Unexpected failure: ${describe(error)}`,
    );
    if (output.verbosity > 0 && error instanceof Error && error.stack !== undefined)
      output.error(redactLines(error.stack));
    output.error(
      `\n${output.style("hint", "hint")}: This is a mistake in Pinion; \`-v\` shows where it happened`,
    );
    return 2;
  }
  const message = redactLines(error.message);
  const causes = causeChain(error.cause)
    .map(describe)
    // What the message ends with already need not be said again.
    .filter((text) => text !== "" && !message.endsWith(text));
  output.error(
    isReported(error.code) ? renderReport(message, causes, output) : renderPlain(message, causes, output),
  );
  const hints = error.hints.map((hint) => redactLines(hintText(hint)));
  if (hints.length > 0) {
    output.error(
      `\n${hints.map((hint) => `${output.style("hint", "hint")}${output.style("name", ":")} ${hint}`).join("\n")}`,
    );
  }
  return exitCodeOf(error.code);
}

/** The exit code of a failure: 1 for what a user's input explains, 2 for everything else. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return EXPLAINED.has(code.slice(0, code.indexOf("/"))) || EXPLAINED.has(code) ? 1 : 2;
}

/** A failure for programs: stable keys, values that survive JSON. */
export function errorAsJson(error: unknown): object {
  if (!(error instanceof PinionError))
    return { code: "unexpected", message: describe(error), details: {}, hints: [], advice: [], causes: [] };
  const { code, message, details, hints } = error;
  const advice = hints.filter((hint) => typeof hint !== "string");
  const causes = causeChain(error.cause).map(describe);
  const whole = { code, message, details, hints: hints.map(hintText), advice, causes };
  const redact = (_: string, value: unknown): unknown =>
    typeof value === "string" ? redactLines(value) : value;
  const safe: unknown = JSON.parse(JSON.stringify(whole, redact));
  return typeof safe === "object" && safe !== null ? safe : {};
}

function renderPlain(message: string, causes: readonly string[], output: Output): string {
  const lines = [`${output.style("error", "error")}${output.style("name", ":")} ${message}`];
  for (const cause of causes)
    lines.push(`  ${output.style("error", "Caused by")}: ${indentRest(cause, "    ")}`);
  return lines.join("\n");
}

/** The frame that uv draws around explained failures; its lines wrap at the terminal's width, or 80 columns. */
function renderReport(message: string, causes: readonly string[], output: Output): string {
  const columns = (output.stderr.isTerminal ? output.stderr.stream.columns : REPORT_COLUMNS) - FREE_COLUMNS;
  const frame = (first: string, rest: string, text: string): string => {
    const indent = stripVTControlCharacters(rest).length;
    return text
      .split("\n")
      .flatMap((line) => (line.startsWith("    ") ? [line] : wrapLine(line, columns - indent)))
      .map((line, index) => (line === "" ? "" : `${index === 0 ? first : rest}${line}`))
      .join("\n");
  };
  const lines = [
    frame(
      `  ${output.style("error", "×")} `,
      causes.length > 0 ? `  ${output.style("error", "│")} ` : "    ",
      message,
    ),
  ];
  causes.forEach((cause, index) => {
    const isLast = index === causes.length - 1;
    const branch = output.style("error", isLast ? "╰─▶" : "├─▶");
    lines.push(frame(`  ${branch} `, isLast ? "      " : `  ${output.style("error", "│")}   `, cause));
  });
  return lines.join("\n");
}

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(describe).join("; ");
  return redactLines(error instanceof Error ? error.message : String(error));
}

/** The last line of defence: an error may quote what a person wrote, with a password in some address of it. */
function redactLines(text: string): string {
  return text.split("\n").map(redactText).join("\n");
}

function indentRest(text: string, indent: string): string {
  return text.replaceAll("\n", `\n${indent}`);
}

function isReported(code: ErrorCode): boolean {
  return REPORTED.has(code);
}

const REPORTED: ReadonlySet<ErrorCode> = new Set(["resolve/no-solution", "wheel/hash-mismatch"]);

// Groups and single codes whose failures come from what was asked for or from what a server holds.
const EXPLAINED: ReadonlySet<string> = new Set([
  "resolve",
  "tls",
  "index",
  "wheel/hash-mismatch",
  "wheel/incompatible",
  "build/unsupported",
]);

const REPORT_COLUMNS = 80;
// As uv's library for such frames: a margin that no line touches.
const FREE_COLUMNS = 2;
