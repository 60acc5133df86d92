// Fails where a message or a hint is used as data, where a regular expression is made at run time or folders by the runtime's
// recursive call, and where a flag or a command of Pinion stands in a string outside
// the rooms that know the command line. Advice is a value (src/advice.ts); src/cli/screen/advice-text.ts puts it into words.
//
// node scripts/check-sentences.mjs
//
// What is right all the same is listed in scripts/check-sentences.txt: `path: the string or the code, as reported`.
// An entry that no longer applies is a failure too.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const source = join(root, "src");

/** A command or a long option, as a person types it. */
const COMMAND_WORDS =
  /(?<![\w-])--[a-z][a-z-]+|\bpinion (?:pip|trust|doctor|venv|cache|config|lab|demo|build|lock|audit|python)\b/;
/** Rooms whose business is the command line. */
const ROOMS_WITH_FLAGS = new Set(["cli", "settings"]);
/** A sentence, by the name that the code gives it, that is searched or taken apart. */
const NAMES = "(?:message|hints?|sentences?|headline|advice|explanation\\.text)";
const TAKEN_APART = new RegExp(
  `\\b${NAMES}(?:\\)|\\?|!|\\.at\\(-?\\d+\\)|\\[\\d+\\])*\\??\\.(?:includes|startsWith|endsWith|match|matchAll|split|search|indexOf)\\(` +
    `|\\b(?:message|hint|sentence|headline)\\??\\.slice\\(|\\bhints\\??\\.slice\\(` +
    `|\\.(?:test|exec)\\((?:[\\w.?]+\\.)?(?:message|hint|sentence|headline)\\)`,
);

const found = [];
for (const file of sourceFiles(source)) {
  const text = readFileSync(file, "utf8");
  const path = relative(root, file).split(sep).join("/");
  const room = relative(source, file).split(sep)[0].replace(/\.ts$/, "");
  const { strings, code } = scan(text);
  // A pattern of the input's own choice may take for ever; `base/text/shell-pattern.ts` matches those.
  if (/new RegExp\(/.test(code) && path !== "src/archive/member-name.ts") found.push(`${path}: new RegExp`);
  // It can hang: `base/files/make-folders.ts` cannot.
  if (/mkdirSync\([^;]*recursive: true/.test(code)) found.push(`${path}: recursive mkdirSync`);
  for (const line of code.split("\n")) {
    if (TAKEN_APART.test(line)) found.push(`${path}: ${line.trim()}`);
  }
  if (ROOMS_WITH_FLAGS.has(room)) continue;
  for (const string of strings) {
    if (COMMAND_WORDS.test(string)) found.push(`${path}: ${string.replace(/\s+/g, " ").trim()}`);
  }
}

const allowed = readFileSync(join(here, "check-sentences.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const problems = [
  ...found.filter((entry) => !allowed.some((line) => isAllowedBy(line, entry))),
  ...allowed
    .filter((line) => !found.some((entry) => isAllowedBy(line, entry)))
    .map((line) => `scripts/check-sentences.txt: no longer needed: ${line}`),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0)
  console.error(
    "\nA failure's advice is a value of src/advice.ts; flags and commands belong to src/cli and src/settings.",
  );
process.exitCode = problems.length > 0 ? 1 : 0;

/** `path: *` allows a whole file. */
function isAllowedBy(line, entry) {
  return line === entry || (line.endsWith(": *") && entry.startsWith(line.slice(0, -1)));
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

/** The contents of strings and templates, and the code with strings emptied and comments dropped. */
function scan(text) {
  const strings = [];
  let code = "";
  // What a closing brace belongs to: a block, or a template that goes on.
  const braces = [];
  let at = 0;
  const template = () => {
    let content = "";
    while (at < text.length && text[at] !== "`") {
      if (text[at] === "\\") {
        content += text[at + 1];
        at += 2;
      } else if (text.startsWith("${", at)) {
        at += 2;
        braces.push("template");
        strings.push(content);
        code += "${";
        return;
      } else content += text[at++];
    }
    at += 1;
    strings.push(content);
    code += "`";
  };
  while (at < text.length) {
    const char = text[at];
    if (text.startsWith("//", at)) {
      at = (text.indexOf("\n", at) + text.length + 1) % (text.length + 1);
      if (at === 0) at = text.length;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      at = end === -1 ? text.length : end + 2;
    } else if (char === '"' || char === "'") {
      let content = "";
      at += 1;
      while (at < text.length && text[at] !== char) {
        if (text[at] === "\\") at += 1;
        content += text[at++];
      }
      at += 1;
      strings.push(content);
      code += '""';
    } else if (char === "`") {
      at += 1;
      code += "`";
      template();
    } else if (char === "{") {
      braces.push("block");
      code += text[at++];
    } else if (char === "}") {
      at += 1;
      code += "}";
      if (braces.pop() === "template") template();
    } else if (char === "/" && isRegex(code)) {
      let inClass = false;
      at += 1;
      while (at < text.length && (inClass || text[at] !== "/")) {
        if (text[at] === "\\") at += 1;
        else if (text[at] === "[") inClass = true;
        else if (text[at] === "]") inClass = false;
        at += 1;
      }
      at += 1;
      code += "/r/";
    } else {
      code += text[at++];
    }
  }
  return { strings, code };
}

/** A slash begins a regular expression where a value may begin. */
function isRegex(code) {
  return /(?:^|[(,=:[!&|?{};>\n]|\breturn)\s*$/.test(code.slice(-40));
}
