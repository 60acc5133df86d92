// From the text of a flag, a variable or a file to the value of a setting, or an error that names its origin.

import { PinionError } from "../errors.ts";
import { pemKind } from "../base/pem-text.ts";
import { shownValue } from "../net/url.ts";
import { formatOrigin, type Origin } from "./origin.ts";
import type { SettingDefinition, SettingValue } from "./setting.ts";
import type { SettingName } from "./table.ts";

/**
 * Turns text into the value that a setting holds.
 *
 * @throws settings/invalid with {setting, text, origin} in its details
 */
export function parseSetting(
  name: SettingName,
  definition: SettingDefinition,
  given: { readonly text: string; readonly origin: Origin },
): SettingValue {
  const { text, origin } = given;
  if (definition.isSecret !== true) refusePem(text, formatOrigin(origin));
  const refuse = (expected: string): never => {
    throw new PinionError(
      "settings/invalid",
      `\`${formatOrigin(origin)}\` must be ${expected}: \`${shownValue(text)}\``,
      {
        details: { setting: name, text: shownValue(text), origin },
      },
    );
  };
  switch (definition.type) {
    case "text":
    case "path":
      return text;
    case "boolean": {
      const isTrue = parseBoolean(text) ?? refuse("true or false");
      return isTrue || (definition.isPipPresence === true && isFromPip(origin));
    }
    case "count":
    case "whole-number":
      return parseWholeNumber(text) ?? refuse("a whole number");
    case "seconds":
      return parseSeconds(text) ?? refuse("a number of seconds");
    case "choice":
      return definition.choices?.includes(text) === true
        ? text
        : refuse(`one of ${definition.choices?.map((choice) => `\`${choice}\``).join(", ")}`);
    case "list":
      return splitList(
        text,
        origin.kind === "variable" && origin.tool === "uv" ? (definition.uvSeparator ?? " ") : " ",
      );
  }
}

/**
 * Refuses a certificate or key itself where a path, a URL or a name is expected, without showing it.
 *
 * @param name of the option or variable, for the message
 * @throws settings/invalid
 */
export function refusePem(text: string, name: string): void {
  const what = pemKind(text);
  if (what === undefined) return;
  throw new PinionError("settings/invalid", `\`${name}\` holds a ${what} itself, not a path`, {
    details: { name },
    hints: ["Write it to a file, and give the path of that file"],
  });
}

function isFromPip(origin: Origin): boolean {
  return (origin.kind === "variable" || origin.kind === "file") && origin.tool === "pip";
}

/** The words that pip, uv and people write for yes and no, in any case. */
function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : undefined;
}

function parseWholeNumber(text: string): number | undefined {
  const number = Number(text.trim());
  return /^\d{1,9}$/.test(text.trim()) && Number.isSafeInteger(number) ? number : parseBooleanAsCount(text);
}

/** pip's `quiet` and `verbose` may be booleans: `true` counts once. */
function parseBooleanAsCount(text: string): number | undefined {
  const isTrue = parseBoolean(text);
  return isTrue === undefined ? undefined : Number(isTrue);
}

function parseSeconds(text: string): number | undefined {
  const seconds = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(seconds) && seconds >= 0 && seconds <= LONGEST_SECONDS
    ? seconds
    : undefined;
}

function splitList(text: string, separator: " " | ","): readonly string[] {
  const parts = separator === "," ? text.split(",") : text.split(/\s+/);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["1", "true", "yes", "y", "on", "t"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["0", "false", "no", "n", "off", "f"]);

// A timer of Node counts milliseconds in 31 bits: about 24 days.
const LONGEST_SECONDS = 2_000_000;
