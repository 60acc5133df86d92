// From the text of a flag, a variable or a file to the value of a setting, or an error that names its origin.

import { readTruthWord } from "../../base/text/truth-words.ts";
import { PinionError } from "../../errors.ts";
import { pemKind } from "../../base/formats/pem-text.ts";
import { shownValue } from "../../net/url.ts";
import { formatOrigin, type Origin } from "../origin.ts";
import type { SettingDefinition, SettingValue } from "../table/setting.ts";
import type { SettingName } from "../table/table.ts";

/**
 * Turns text into the value that a setting holds.
 *
 * @param name undefined for a variable that is only checked
 * @throws settings/invalid with {setting, text, origin} in its details
 */
export function parseSetting(
  name: SettingName | undefined,
  definition: Omit<SettingDefinition, "summary" | "group">,
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
      const isTrue = parseBoolean(text, isUvVariable(origin)) ?? refuse("true or false");
      return isTrue || (definition.isPipPresence === true && isFromPip(origin));
    }
    case "count":
    case "whole-number": {
      const { minimum = 0 } = definition;
      const number = parseWholeNumber(text, isUvVariable(origin));
      const expected = minimum === 0 ? "a whole number" : "a whole number above 0";
      return number !== undefined && number >= minimum ? number : refuse(expected);
    }
    case "seconds":
      return parseSeconds(text, isUvVariable(origin)) ?? refuse("a number of seconds");
    case "choice": {
      const { choices = [], synonyms = {} } = definition;
      const chosen = Object.hasOwn(synonyms, text) ? synonyms[text] : text;
      return (
        choices.find((choice) => choice === chosen) ??
        refuse(`one of ${choices.map((choice) => `\`${choice}\``).join(", ")}`)
      );
    }
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

/** uv reads its variables to the letter; pip passes over the blanks around a value. */
function isUvVariable(origin: Origin): boolean {
  return origin.kind === "variable" && origin.tool === "uv";
}

/** The words that pip, uv and people write for yes and no, in any case. */
function parseBoolean(text: string, isExact: boolean): boolean | undefined {
  return readTruthWord(isExact ? text : text.trim());
}

function parseWholeNumber(text: string, isExact: boolean): number | undefined {
  const digits = isExact ? text : text.trim();
  // As many digits as a double holds exactly.
  if (/^\d{1,15}$/.test(digits)) return Number(digits);
  return isExact ? undefined : parseBooleanAsCount(text);
}

/** pip's `quiet` and `verbose` may be booleans: `true` counts once. */
function parseBooleanAsCount(text: string): number | undefined {
  const isTrue = parseBoolean(text, false);
  return isTrue === undefined ? undefined : Number(isTrue);
}

function parseSeconds(text: string, isExact: boolean): number | undefined {
  if (isExact && !/^\d+$/.test(text)) return undefined;
  const seconds = Number(text.trim());
  const isNumber = text.trim() !== "" && Number.isFinite(seconds) && seconds >= 0;
  return isNumber ? Math.min(seconds, LONGEST_SECONDS) : undefined;
}

function splitList(text: string, separator: " " | ","): readonly string[] {
  const parts = separator === "," ? text.split(",") : text.split(/\s+/);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

// A timer of Node counts milliseconds in 31 bits: about 24 days.
const LONGEST_SECONDS = 2_000_000;
