// Fails on words that read translated where the field has a plain one, in comments and strings of `src` and in the pages.
// Where a word is right, `scripts/words-allowed.json` says so: a piece of the line, by file.
//
// node scripts/check-words.mjs

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const allowed = JSON.parse(readFileSync(join(root, "scripts", "words-allowed.json"), "utf8"));

const WORDS = [
  [/(?<!there )\b(?:is|are|was|were) no (?!longer|more\b|less\b)[a-z]+/i, "is not a …"],
  [/\b(?:nobody|somebody|whoever)\b/i, "the client, the server, the caller, or the passive"],
  [/\b(?:is|are|was|were|be) told\b/i, "is reported"],
  [/\b(?:as|unless|exactly as|both) told\b/i, "as specified, by default"],
  [/\balone\b/i, "only"],
  [/\bbehind (?:its|their|it\b|the (?:end|name|comma|version|URL|data|header)|`)/i, "after"],
  [/\b(?:be|was|is|were) had\b|\bhad from\b/i, "available, fetched"],
  [/\banew\b/i, "again"],
  [/\breckon/i, "compute"],
  [/\ba text\b|\btexts\b/i, "a string"],
  [/\bto be had\b/i, "available"],
  [/\bsooner than\b/i, "faster than"],
  [/\bwhere nothing is (?:named|said)\b/i, "by default"],
  [/\bkeeper\b/i, "administrator"],
  [/\b(?:is|are|was|were) asked for\b/i, "is requested"],
  [/\blets? in\b/i, "accepts"],
  [/\bforeign (?:target|platform)/i, "target platform"],
  [
    /\b(?:an|the|this|that|its|each|one|whose) address\b(?! of (?:a|the) (?:host|server))/i,
    "URL, unless it is of a host",
  ],
];

const files = execFileSync("git", ["ls-files", "src", "docs", "*.md"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|md)$/.test(file) && !/\.test\.ts$|generated|api-report/.test(file));
const used = new Set();
let count = 0;
for (const file of files) {
  for (const [index, line] of readFileSync(join(root, file), "utf8").split("\n").entries()) {
    const words = file.endsWith(".ts") ? proseOf(line) : line;
    for (const [pattern, instead] of WORDS) {
      const found = pattern.exec(words)?.[0];
      if (found === undefined) continue;
      const exception = (allowed[file] ?? []).find((piece) => line.includes(piece));
      if (exception !== undefined) {
        used.add(`${file}\n${exception}`);
        continue;
      }
      count += 1;
      console.error(`${file}:${index + 1}: \`${found}\`: write ${instead}`);
    }
  }
}
for (const [file, pieces] of Object.entries(allowed)) {
  for (const piece of pieces) {
    if (used.has(`${file}\n${piece}`)) continue;
    count += 1;
    console.error(`scripts/words-allowed.json: nothing in ${file} needs \`${piece}\` any more`);
  }
}
if (count > 0) console.error(`${count} places (CONTRIBUTING.md, "Words")`);
process.exitCode = count > 0 ? 1 : 0;

/** Comments and quoted text of a line of code. */
function proseOf(line) {
  const comment = /(?:^|\s)(?:\/\/|\/\*\*?|\*)\s(.*)$/.exec(line)?.[1] ?? "";
  const quoted = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`?|'((?:[^'\\]|\\.)*)'/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
  return [comment, ...quoted].join(" \n ");
}
