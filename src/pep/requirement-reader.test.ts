import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readHeaders, readRequiresDist } from "./core-metadata-fields.ts";
import { parseLenientRequirement } from "./lenient.ts";
import { createRequirementReader } from "./requirement-reader.ts";

function outcome(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return error;
  }
}

const parts = fc.array(
  fc.constantFrom(
    "flask",
    "zope.interface",
    "a",
    "-",
    "_",
    " ",
    "\t",
    "(",
    ")",
    "[",
    "]",
    "async",
    ">=1.0",
    "<2",
    "~=1.4.2",
    "==1.*",
    "===x;y",
    ",",
    ";",
    "@",
    "https://h/x.whl",
    "extra == 'test'",
    'python_version < "3.8"',
    " and ",
    "'",
    '"',
    "\n",
    "!=~5.0",
    ">dev",
    "\u00a0",
  ),
  { maxLength: 8 },
);

describe("createRequirementReader", () => {
  test.each([
    "flask ; extra == 'a;b'",
    "flask@https://host/flask.whl ; os_name == 'x'",
    "flask>=1.0,<2;python_version<'3.8'",
    "flask (>=1.0)",
    "flask (>=1.0",
    "flask[async]>=3",
    "flask>=7.2.0<8.0.0",
    "flask >= 1.0 extra",
    "flask;",
    "",
  ])("reads `%s` as the parser does", (text) => {
    const read = createRequirementReader();
    for (let time = 0; time < 2; time += 1)
      expect(outcome(() => read(text))).toEqual(outcome(() => parseLenientRequirement(text)));
  });

  test("agrees with the parser about any text", () => {
    const read = createRequirementReader();
    fc.assert(
      fc.property(parts, (words) => {
        const text = words.join("");
        expect(outcome(() => read(text))).toEqual(outcome(() => parseLenientRequirement(text)));
      }),
    );
  });

  test("shares equal markers", () => {
    const read = createRequirementReader();
    expect(read("a; extra == 'x'").marker).toBe(read("b>1; extra == 'x'").marker);
  });
});

describe("readRequiresDist", () => {
  test("finds what readHeaders finds, in any text", () => {
    const lines = fc.array(
      fc
        .constantFrom(
          "Requires-Dist: a",
          "requires-dist:b>1",
          "Requires-Dist : c",
          "Name: x",
          " folded",
          "\tfolded",
          "From me",
          "no header",
          "",
          ":",
          "Requires-Dist:",
          "Summary: Requires-Dist: d",
          "\u2028Requires-Dist: e",
          "License: \u2028Requires-Dist: f",
        )
        .chain((line) => fc.constantFrom("\n", "\r\n", "\r").map((end) => line + end)),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(lines, (all) => {
        const text = all.join("");
        const expected = readHeaders(text)
          .headers.filter(([name]) => name.toLowerCase() === "requires-dist")
          .map(([, value]) => value);
        expect(readRequiresDist(text)).toEqual(expected);
      }),
    );
  });
});
