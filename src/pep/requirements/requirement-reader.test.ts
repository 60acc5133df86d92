import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readHeaders, readRequiresDist } from "../metadata/core-metadata-fields.ts";
import { parseLenientRequirement } from "../lenient.ts";
import { evaluateMarker } from "../markers/evaluate.ts";
import { createRequirementReader, isForExtra } from "./requirement-reader.ts";
import { targetFor } from "../tags/target.ts";

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
    " or ",
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

describe("isForExtra", () => {
  const linux = targetFor({ platform: "linux", pythonVersion: "3.12" }).markers;

  test.each([
    ["flask; extra == 'test'", true],
    ['flask>=1 ; python_version < "4" and extra=="a.b-c"', true],
    ["flask; (python_version < '4') and extra == 'test' ", true],
    ["flask; os_name == 'posix' or extra == 'test'", false],
    ["flask; (os_name == 'posix')or extra == 'test'", false],
    ["flask; (os_name == 'posix' and extra == 'test')", false],
    ["flask; extra != 'test'", false],
    ["flask; extra == ''", false],
    ["flask; extra == 'test' and os_name == 'nt'", false],
    ["flask", false],
    ["extra == 'test'", false],
  ])("says of `%s`: %s", (text, expected) => {
    expect(isForExtra(text)).toBe(expected);
  });

  test("is true of no requirement whose marker may hold without extras", () => {
    const read = createRequirementReader();
    fc.assert(
      fc.property(parts, (words) => {
        const text = `flask;${words.join("")}extra == 'test'`;
        if (!isForExtra(text)) return;
        let marker;
        try {
          ({ marker } = read(text));
        } catch {
          return;
        }
        expect(marker !== undefined && evaluateMarker(marker, linux)).toBe(false);
      }),
    );
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
