import { expect, test } from "vitest";
import { markerProblem, requirementProblem } from "./requirement-problem.ts";
import { versionProblem } from "../versions/version-problem.ts";
import { underlined } from "../text.ts";

test.each([
  ["a==", "Unexpected end of version specifier, expected version", "a==", " ^^"],
  ["a=1", 'no such comparison operator "=", must be one of ~= == != <= >= < > ===', "a=1", " ^^"],
  ["a>=1,<", "Unexpected end of version specifier, expected version", "a>=1,<", "     ^"],
  ["a~=1", "The ~= operator requires at least two segments in the release version", "a~=1", " ^^^"],
  ["a>=1.*", "Operator >= cannot be used with a wildcard version specifier", "a>=1.*", " ^^^^^"],
  [
    "a==1.0.x",
    "after parsing `1.0`, found `.x`, which is not part of a valid version",
    "a==1.0.x",
    " ^^^^^^^",
  ],
  [
    "a>1+x",
    "Operator > is incompatible with versions containing non-empty local segments (`+x`)",
    "a>1+x",
    " ^^^^",
  ],
  ["a>=1 <2", "Trailing `<2` is not allowed", "a>=1 <2", " ^^^^^^"],
  ["a_", "Package name must end with an alphanumeric character, not `_`", "a_", " ^"],
  ["a b", "Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`", "a b", "  ^"],
  ["a[", "Missing closing bracket (expected ']', found end of dependency specification)", "a[", " ^"],
  [
    "a[b c]",
    "Expected either `,` (separating extras) or `]` (ending the extras section), found `c`",
    "a[b c]",
    "    ^",
  ],
  [
    "a (>=1",
    "Missing closing parenthesis (expected ')', found end of dependency specification)",
    "a (>=1",
    "  ^",
  ],
  ["a ; x == 'y'", "Expected a quoted string or a valid marker name, found `x`", "a ; x == 'y'", "    ^"],
  [
    "a ; os_name",
    "Expected a valid marker operator (such as `>=` or `not in`), found ``",
    "a ; os_name",
    "           ^",
  ],
  [
    "a ; os_name == 'x' os_name",
    "Unexpected character 'o', expected 'and', 'or' or end of input",
    "a ; os_name == 'x' os_name",
    "                   ^",
  ],
])("requirementProblem() says what uv says of %j", (text, message, shown, carets) => {
  const problem = requirementProblem(text);
  const { start = 0, length = 0 } = problem ?? {};
  expect(underlined(problem?.message ?? "", { text, position: start, length })).toBe(
    [message, shown, carets].join("\n"),
  );
});

test("requirementProblem() has no words for what is right, nor markerProblem(), nor versionProblem()", () => {
  expect(
    [
      "a",
      "A.b-c[x,y]>=1,<2 ; python_version > '3' and (os_name == 'nt' or extra == 'x')",
      "a (>=1)",
      "a @ https://x/y.whl ; os_name not in 'nt'",
    ].map(requirementProblem),
  ).toEqual([undefined, undefined, undefined, undefined]);
  expect(markerProblem("'linux' in sys_platform")).toBeUndefined();
  expect(versionProblem("1!2.0rc1.post2.dev3+ubuntu.1")).toBeUndefined();
});

test("a password in a URL is not shown", () => {
  const text = "a @ https://me:secret@host/a.whl ; nonsense";
  const problem = requirementProblem(text);
  expect(underlined("", { text, position: problem?.start ?? 0, length: 1 })).not.toContain("secret");
});
