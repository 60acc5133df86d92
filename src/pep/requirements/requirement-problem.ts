// What is wrong with a requirement that the parser refused, in the words of uv 0.13, which people search for. It reads the
// text a second time, and only then: the parser itself says only where it stopped.

import { showInvisible } from "../../base/text/printable.ts";
import { canonicalVersionText, tryParseVersion } from "../versions/version.ts";
import { isMarkerField } from "../markers/parser.ts";
import { versionProblem } from "../versions/version-problem.ts";

/** A part of a string and what is wrong with it; `start` and `length` count UTF-16 units. */
export interface RequirementProblem {
  readonly message: string;
  readonly start: number;
  readonly length: number;
}

/** What is wrong with the text of a requirement; undefined where uv has no words for it. */
export function requirementProblem(text: string): RequirementProblem | undefined {
  return attemptReading(() => readRequirement(new Reader(text)));
}

/** What is wrong with a marker that stands by itself. */
export function markerProblem(text: string): RequirementProblem | undefined {
  return attemptReading(() => readMarkers(new Reader(text)));
}

function attemptReading(read: () => void): RequirementProblem | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.problem;
    throw error;
  }
}

/** Ends the reading at the first problem. */
class Found extends Error {
  readonly problem: RequirementProblem;

  constructor(problem: RequirementProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Reader {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next character, whole; empty at the end. */
  get next(): string {
    const code = this.text.codePointAt(this.position);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  skip(): void {
    this.position += this.next.length;
  }

  skipBlanks(): void {
    while (/^\s/.test(this.next)) this.skip();
  }

  takeWhile(belongs: RegExp): string {
    const start = this.position;
    while (this.next !== "" && belongs.test(this.next)) this.skip();
    return this.text.slice(start, this.position);
  }

  fail(message: string, start: number = this.position, length: number = 1): never {
    throw new Found({ message: showInvisible(message), start, length: Math.max(1, length) });
  }

  /** The next character must be this one; `start` is the place of its counterpart. */
  expect(character: string, start: number): void {
    const { next } = this;
    if (next === "") this.fail(`Expected '${character}', found end of dependency specification`, start);
    if (next !== character) this.fail(`Expected \`${character}\`, found \`${next}\``);
    this.skip();
  }
}

function readRequirement(reader: Reader): void {
  reader.skipBlanks();
  if (reader.next === "") reader.fail("Empty field is not allowed for PEP508", 0);
  if (!ALPHANUMERIC.test(reader.next))
    reader.fail(`Expected package name starting with an alphanumeric character, found \`${reader.next}\``);
  const last = reader.takeWhile(NAME_CHARACTER).slice(-1);
  if (!ALPHANUMERIC.test(last))
    reader.fail(`Package name must end with an alphanumeric character, not \`${last}\``, reader.position - 1);
  reader.skipBlanks();
  if (reader.next === "[") readExtras(reader);
  reader.skipBlanks();
  const { next } = reader;
  if (next === "@") readUrl(reader);
  else if (next === "(") readParenthesized(reader);
  else if (OPERATOR_CHARACTER.test(next)) readSpecifiers(reader, reader.text.indexOf(";", reader.position));
  else if (next !== ";" && next !== "")
    reader.fail(`Expected one of \`@\`, \`(\`, \`<\`, \`=\`, \`>\`, \`~\`, \`!\`, \`;\`, found \`${next}\``);
  reader.skipBlanks();
  if (reader.next === ";") {
    reader.skip();
    readMarkers(reader);
  }
  if (reader.next !== "") reader.fail(`Expected end of input or \`;\`, found \`${reader.next}\``);
}

function readExtras(reader: Reader): void {
  const bracket = reader.position;
  reader.skip();
  reader.skipBlanks();
  for (let isFirst = true; reader.next !== "]"; isFirst = false) {
    const { next } = reader;
    if (isFirst && next === ",")
      reader.fail(
        "Expected either alphanumerical character (starting the extra name) or `]` (ending the extras section), found `,`",
      );
    if (!isFirst && next !== "" && next !== ",")
      reader.fail(
        `Expected either \`,\` (separating extras) or \`]\` (ending the extras section), found \`${next}\``,
      );
    if (next === ",") reader.skip();
    readExtra(reader, bracket);
  }
  reader.skip();
}

function readExtra(reader: Reader, bracket: number): void {
  reader.skipBlanks();
  const first = reader.next;
  if (first === "")
    reader.fail("Missing closing bracket (expected ']', found end of dependency specification)", bracket);
  if (!ALPHANUMERIC.test(first))
    reader.fail(`Expected an alphanumeric character starting the extra name, found \`${first}\``);
  const last = reader.takeWhile(NAME_CHARACTER).slice(-1);
  const { next } = reader;
  if (next !== "" && !/^[,\]\s]$/.test(next))
    reader.fail(
      `Invalid character in extras name, expected an alphanumeric character, \`-\`, \`_\`, \`.\`, \`,\` or \`]\`, found \`${next}\``,
    );
  if (!ALPHANUMERIC.test(last))
    reader.fail(`Extra name must end with an alphanumeric character, not \`${last}\``, reader.position - 1);
  reader.skipBlanks();
}

function readUrl(reader: Reader): void {
  reader.skip();
  reader.skipBlanks();
  const start = reader.position;
  // Begun only where white space begins, so that all of it is looked at once.
  const end = reader.text.slice(start).search(/(?<!\s)\s+(?:[;#]|$)/);
  reader.position = end === -1 ? reader.text.length : start + end;
  if (reader.position === start) reader.fail("Expected URL", start, 1);
}

function readParenthesized(reader: Reader): void {
  const parenthesis = reader.position;
  reader.skip();
  reader.skipBlanks();
  const end = reader.text.indexOf(")", reader.position);
  readSpecifiers(reader, end);
  if (end === -1)
    reader.fail(
      "Missing closing parenthesis (expected ')', found end of dependency specification)",
      parenthesis,
    );
  reader.skip();
}

/** @param end Where the specifiers end; -1 for the end of the text. */
function readSpecifiers(reader: Reader, end: number): void {
  const { text } = reader;
  const until = end === -1 ? text.length : end;
  let start = reader.position;
  const parts = text.slice(start, until).split(",");
  for (const [index, part] of parts.entries()) {
    // A comma may end the list.
    const isTrailing = index > 0 && index === parts.length - 1 && part.trim() === "";
    const message = isTrailing ? undefined : specifierProblem(part);
    if (message !== undefined) reader.fail(message, start, part.length);
    start += part.length + 1;
  }
  reader.position = until;
}

/** What is wrong with one version specifier, in uv's words. */
function specifierProblem(text: string): string | undefined {
  const match = /^\s*([=!~<>]*)\s*(\S*)\s*(.*)$/s.exec(text);
  const [, operator = "", version = "", trailing = ""] = match ?? [];
  if (operator === "") {
    const parsed = tryParseVersion(version);
    const instead = parsed === undefined ? "" : `. Did you mean \`==${canonicalVersionText(parsed)}\`?`;
    return `Unexpected end of version specifier, expected operator${instead}`;
  }
  if (!OPERATORS.has(operator))
    return `no such comparison operator ${JSON.stringify(operator)}, must be one of ~= == != <= >= < > ===`;
  if (version === "") return "Unexpected end of version specifier, expected version";
  return (
    versionOfSpecifierProblem(operator, version) ??
    (trailing === "" ? undefined : `Trailing \`${trailing}\` is not allowed`)
  );
}

function versionOfSpecifierProblem(operator: string, written: string): string | undefined {
  const star = written.indexOf(".*");
  if (star !== -1 && star !== written.length - 2) return "wildcards in versions must be at the end";
  const text = star === -1 ? written : written.slice(0, -2);
  const version = tryParseVersion(text);
  if (version === undefined) return versionProblem(written);
  const isEquality = operator === "==" || operator === "!=";
  if (star !== -1)
    return isEquality ? undefined : `Operator ${operator} cannot be used with a wildcard version specifier`;
  if (version.local !== undefined && !isEquality && operator !== "===")
    return `Operator ${operator} is incompatible with versions containing non-empty local segments (\`+${version.local}\`)`;
  if (operator === "~=" && version.release.length < 2)
    return "The ~= operator requires at least two segments in the release version";
  return undefined;
}

function readMarkers(reader: Reader): void {
  readDisjunction(reader, 0);
  reader.skipBlanks();
  if (reader.next !== "")
    reader.fail(`Unexpected character '${reader.next}', expected 'and', 'or' or end of input`);
}

function readDisjunction(reader: Reader, depth: number): void {
  do readConjunction(reader, depth);
  while (takesWord(reader, "or"));
}

function readConjunction(reader: Reader, depth: number): void {
  do readOperand(reader, depth);
  while (takesWord(reader, "and"));
}

function takesWord(reader: Reader, word: string): boolean {
  reader.skipBlanks();
  const { text, position } = reader;
  const end = position + word.length;
  if (!text.startsWith(word, position) || /^[^\s(]/.test(text.slice(end, end + 1))) return false;
  reader.position = end;
  return true;
}

function readOperand(reader: Reader, depth: number): void {
  reader.skipBlanks();
  const start = reader.position;
  if (reader.next !== "(" || depth > MAX_DEPTH) return readComparison(reader);
  reader.skip();
  readDisjunction(reader, depth + 1);
  reader.expect(")", start);
}

function readComparison(reader: Reader): void {
  readValue(reader);
  reader.skipBlanks();
  readOperator(reader);
  reader.skipBlanks();
  readValue(reader);
}

function readValue(reader: Reader): void {
  const start = reader.position;
  const { next } = reader;
  if (next === "") reader.fail("Expected marker value, found end of dependency specification");
  if (next === '"' || next === "'") {
    reader.skip();
    reader.takeWhile(next === '"' ? /^[^"]$/u : /^[^']$/u);
    reader.expect(next, start);
    return;
  }
  const word = reader.takeWhile(/^[^\s>=<!~)]$/u);
  if (!isMarkerField(word))
    reader.fail(`Expected a quoted string or a valid marker name, found \`${word}\``, start, word.length);
}

function readOperator(reader: Reader): void {
  const start = reader.position;
  const operator = /^\p{Alphabetic}/u.test(reader.next)
    ? reader.takeWhile(/^[^\s'"]$/u)
    : reader.takeWhile(OPERATOR_CHARACTER);
  if (operator === "not") {
    if (reader.next === "") reader.fail("Expected whitespace after 'not', found end of input");
    if (!/^\s$/.test(reader.next)) reader.fail(`Expected whitespace after \`not\`, found \`${reader.next}\``);
    reader.skipBlanks();
    for (const character of "in") reader.expect(character, reader.position);
    return;
  }
  if (operator !== "in" && !OPERATORS.has(operator))
    reader.fail(
      `Expected a valid marker operator (such as \`>=\` or \`not in\`), found \`${operator}\``,
      start,
      operator.length,
    );
}

const ALPHANUMERIC = /^[A-Za-z0-9]$/;
const NAME_CHARACTER = /^[A-Za-z0-9._-]$/;
const OPERATOR_CHARACTER = /^[<=>~!]$/;
const OPERATORS: ReadonlySet<string> = new Set(["~=", "==", "!=", "<=", ">=", "<", ">", "==="]);
/** As the parser's bound. */
const MAX_DEPTH = 200;
