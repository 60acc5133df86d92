// Turns any failure into what a person reads on stderr, or into JSON, and into the exit code.

import { engineReason } from "../../base/text/engine-reason.ts";
import { PinionError, causeChain, hideLogins } from "../../errors.ts";
import { redactText } from "../../net/url.ts";
import { hintText } from "./advice-text.ts";
import type { ExitCode } from "../grammar/command.ts";
import { exitCodeOf } from "../exit-code.ts";
import type { Output } from "./output.ts";
import { withoutPem } from "./safe-text.ts";
import { wrapLine } from "./text.ts";

/** Prints a failure and returns the exit code that belongs to it. */
export function renderError(error: unknown, output: Output): ExitCode {
  if (output.isJson) output.jsonFailure(errorAsJson(error));
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
  const message = output.withoutValues(redactLines(error.message));
  const causes = causeChain(error.cause)
    .map((cause) => output.withoutValues(describe(cause)))
    // What the message ends with already need not be said again.
    .filter((text) => text !== "" && !message.endsWith(text));
  output.error(renderReport(message, { causes, isUsage: error.code.startsWith("usage/"), output }));
  const hints = error.hints.map((hint) => output.withoutValues(redactLines(hintText(hint))));
  if (hints.length > 0) {
    output.error(
      `\n${hints.map((hint) => `${output.style("hint", "hint")}${output.style("name", ":")} ${hint}`).join("\n\n")}`,
    );
  }
  return exitCodeOf(error);
}

/** The answer to a command line without a command, for programs: people are shown the help instead. */
export function renderMissingCommand(output: Output): ExitCode {
  const error = new PinionError("usage/invalid-argument", "a command is required");
  if (output.isJson) output.jsonFailure(errorAsJson(error));
  return 2;
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

/** uv's form: `error: …`, and a `  cause: …` for each failure below it; later lines of a cause stand below its first. */
function renderReport(
  message: string,
  { causes, isUsage, output }: { causes: readonly string[]; isUsage: boolean; output: Output },
): string {
  const colon = output.style("name", ":");
  // A usage error is laid out already.
  const text = isUsage ? message : wrapText(message, { width: output.width, indent: MESSAGE_INDENT });
  const lines = [`${output.style("error", "error")}${colon} ${text}`];
  for (const cause of causes) {
    const [first = "", ...rest] = wrapText(cause, { width: output.width, indent: CAUSE_INDENT }).split("\n");
    lines.push(`  ${output.style("error", "cause")}${colon} ${first}`);
    for (const line of rest) lines.push(line === "" ? "" : indentLine(line, CAUSE_INDENT));
  }
  return lines.join("\n");
}

/** Wraps each line; what a line continues with is indented for a message, because its own lines are not. */
function wrapText(
  text: string,
  { width, indent }: { readonly width: number | undefined; readonly indent: number },
): string {
  if (width === undefined) return text;
  return text
    .split("\n")
    .map((line) =>
      wrapLine(line, Math.max(width - indent, 1)).join(
        indent === MESSAGE_INDENT ? `\n${" ".repeat(MESSAGE_INDENT)}` : "\n",
      ),
    )
    .join("\n");
}

function indentLine(line: string, columns: number): string {
  return `${" ".repeat(columns)}${line}`;
}

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(describe).join("; ");
  return redactLines(engineReason(error) ?? (error instanceof Error ? error.message : String(error)));
}

/** The last line of defence: an error may quote what a person wrote, with a password in some address of it. */
function redactLines(text: string): string {
  return hideLogins(withoutPem(text).split("\n").map(redactText).join("\n"));
}

// The widths of `error: ` and `  cause: `.
const MESSAGE_INDENT = 7;
const CAUSE_INDENT = 9;
