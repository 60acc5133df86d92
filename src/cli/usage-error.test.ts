import { expect, test } from "vitest";
import { isPinionError } from "../errors.ts";
import { readCommandLine } from "./program.ts";
import { similarWord } from "./usage-error.ts";

test.each([
  ["--reinstal", "--reinstall"],
  ["--dry-rum", "--dry-run"],
  ["--frob", undefined],
  ["--in", undefined],
])("similarWord() offers for %s %s", (word, expected) => {
  expect(similarWord(word, ["--reinstall", "--dry-run", "--json", "--index"])).toBe(expected);
});

test.each([
  ["pip install a --strit", "unexpected argument '--strit' found", "--strict"],
  ["pip install a --no-dep", "unexpected argument '--no-dep' found", "--no-deps"],
  // What is suggested never means the opposite.
  ["pip install a --no-exact2", "unexpected argument '--no-exact2' found", undefined],
  ["pip install a --no-strict2", "unexpected argument '--no-strict2' found", undefined],
  ["pip install a --output-format", "a value is required for '--output-format <format>' but", undefined],
  ["pip install a --output-format yaml", "invalid value 'yaml' for '--output-format <format>'", undefined],
  ["pip install a --check --dry-run", "'--check' cannot be used with '--dry-run'", undefined],
  ["pip list extra", "unexpected argument 'extra' found", undefined],
  ["lab serve", "required arguments were not provided:\n  <shape>", undefined],
  ["lab list extra", "unexpected argument 'extra' found", undefined],
  ["install flask", "unrecognized subcommand 'install'", "pinion pip install"],
  ["pip instal", "unrecognized subcommand 'instal'", "pinion pip install"],
])("a wrong command line: %s", (line, message, tip) => {
  let refusal: unknown;
  try {
    readCommandLine(line.split(" "), "1.0");
  } catch (error) {
    refusal = error;
  }
  if (!isPinionError(refusal, "usage/invalid-argument")) throw new Error("the command line was accepted");
  expect(refusal.message).toContain(message);
  expect(/ {2}tip: .* exists: '(.*)'/.exec(refusal.message)?.[1]).toBe(tip);
});
