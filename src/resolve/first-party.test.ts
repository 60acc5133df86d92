import { describe, expect, test } from "vitest";

import { outcome, providerFor, questionOf } from "../../test/support/scenario.ts";
import type { Index, Question } from "../../test/support/scenario.ts";
import { resolve } from "./resolver.ts";

const URL = "https://files.example/b-1.0-py3-none-any.whl";
const DIRECT = { b: ["1.0", URL] } as const;

describe("what a URL pins requires as the user does", () => {
  const index: Index = {
    "a 1.0": [],
    "a 2.0": { yanked: "Bad build" },
    "b 1.0": { requires: ["a==2.0", "c==2.0; extra == 'x'"], extras: ["x"], isUnlisted: true },
    "c 1.0": [],
    "c 2.0": { yanked: "Bad build" },
    "d 1.0": ["a==2.0"],
  };

  test.each<[readonly string[], Question, string]>([
    [["d"], {}, "resolve/no-solution"],
    [[`b @ ${URL}`], { direct: DIRECT }, "a==2.0 b==1.0 (2 attempts)"],
    [[`b[x] @ ${URL}`], { direct: DIRECT }, "a==2.0 b[x]==1.0 c==2.0 (3 attempts)"],
    [[`b @ ${URL}`, "c==2.*"], { direct: DIRECT }, "resolve/no-solution"],
    [["d", "b"], { direct: DIRECT, constraints: [`b @ ${URL}`] }, "a==2.0 b==1.0 d==1.0 (3 attempts)"],
    [[`b @ ${URL}`], { direct: DIRECT, overrides: ["a>=2"] }, "resolve/no-solution"],
    [[`b @ ${URL}`], { direct: DIRECT, excludes: ["a"] }, "b==1.0 (1 attempt)"],
    [[`b @ ${URL}`, "d"], { direct: DIRECT, noDependencies: true }, "b==1.0 d==1.0 (2 attempts)"],
  ])("yanked versions: %j %j", async (requires, question, expected) => {
    expect(await outcome(index, requires, question)).toBe(expected);
  });

  test("an override takes the place of a pin of a yanked version", async () => {
    expect(await outcome(index, ["a==2.0"], { overrides: ["a"] })).toBe("a==1.0 (1 attempt)");
  });

  test("pre-releases, where they have to be named", async () => {
    const named: Index = {
      "a 1.0": [],
      "a 2.0a1": [],
      "b 1.0": { requires: ["a>=2.0a1"], isUnlisted: true },
    };
    const question: Question = { prereleases: "explicit", direct: DIRECT };
    expect(await outcome(named, [`b @ ${URL}`], question)).toBe("a==2.0a1 b==1.0 (2 attempts)");
  });
});

test.each([
  [true, ["1.0", "1.0"]],
  [false, ["2.0", "1.0"]],
])(
  "the lowest direct versions are also those that a required folder requires: %j",
  async (isFolder, versions) => {
    const index: Index = { "a 1.0": [], "a 2.0": [], "b 1.0": { requires: ["a"], isUnlisted: true } };
    const { packages } = await resolve(
      { ...questionOf([`b @ ${URL}`], { direct: DIRECT }), resolution: "lowest-direct" },
      { ...providerFor(index), isFolder: () => isFolder },
    );
    expect(packages.map(({ version }) => version.text)).toEqual(versions);
  },
);
