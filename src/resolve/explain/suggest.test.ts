// Suggestions after "no solution": each was solved, and says what it leads to.

import { expect, test } from "vitest";

import { providerFor, questionOf } from "../../../test/support/scenario.ts";
import type { Index, Question } from "../../../test/support/scenario.ts";
import { PinionError } from "../../errors.ts";
import { resolve } from "../resolver.ts";

const INDEX: Index = {
  "a 1": ["c<2"],
  "a 2": ["c>=2"],
  "b 1": ["c>=2"],
  "c 1": [],
  "c 2": [],
  "d 1": ["missing"],
};

test.each<[string, readonly string[], Question, readonly unknown[]]>([
  [
    "the requirement whose limits are in the way",
    ["a==1", "b"],
    {},
    [
      {
        kind: "relax-requirement",
        requirement: "a==1",
        list: "requirements",
        chosen: ["a 2"],
        others: ["b 1", "c 2"],
      },
    ],
  ],
  [
    "a constraint too",
    ["a", "b"],
    { constraints: ["a<2"] },
    [
      {
        kind: "relax-requirement",
        requirement: "a<2",
        list: "constraints",
        chosen: ["a 2"],
        others: ["b 1", "c 2"],
      },
    ],
  ],
  [
    "each of several that help by themselves",
    ["a==1", "c==2"],
    {},
    [
      {
        kind: "relax-requirement",
        requirement: "a==1",
        list: "requirements",
        chosen: ["a 2"],
        others: ["c 2"],
      },
      {
        kind: "relax-requirement",
        requirement: "c==2",
        list: "requirements",
        chosen: ["c 1"],
        others: ["a 1"],
      },
    ],
  ],
  ["nothing where no single change helps", ["a==3", "b==3"], {}, []],
  ["nothing where limits are not what is in the way", ["d"], {}, []],
])("suggest %s", async (_, requires, question, expected) => {
  const failure = await failureOf(requires, question, 5000);
  const { suggestions = [] } = failure.details;
  expect(suggestions).toEqual(
    expected.length === 0 ? [] : expected.map((entry) => expect.objectContaining(inFull(entry))),
  );
  expect(
    failure.hints.filter((hint) => typeof hint !== "string" && hint.kind === "relax-requirement"),
  ).toHaveLength(expected.length);
});

test("nothing is tried unless it is wanted, and the explanation stays the same", async () => {
  const plain = await failureOf(["a==1", "b"], {});
  const helped = await failureOf(["a==1", "b"], {}, 5000);
  expect(plain.details["suggestions"]).toBeUndefined();
  expect(helped.details["explanation"]).toBe(plain.details["explanation"]);
  expect(helped.hints.slice(0, plain.hints.length)).toEqual(plain.hints);
});

test("no version is asked for twice", async () => {
  const asked: string[] = [];
  const provider = providerFor(INDEX);
  const counting: typeof provider = {
    ...provider,
    dependencies: (name, version) => {
      asked.push(`${name} ${version.text}`);
      return provider.dependencies(name, version);
    },
  };
  await expect(resolve(questionOf(["a==1", "b"]), counting, { suggestionsMs: 5000 })).rejects.toThrow(
    PinionError,
  );
  expect(asked).toHaveLength(new Set(asked).size);
});

async function failureOf(
  requires: readonly string[],
  question: Question,
  suggestionsMs?: number,
): Promise<PinionError> {
  const outcome = await resolve(questionOf(requires, question), providerFor(INDEX), { suggestionsMs }).catch(
    (error: unknown) => error,
  );
  if (outcome instanceof PinionError) return outcome;
  throw new Error("There is a solution");
}

/** `a 2` is a name and a version. */
function inFull(entry: unknown): Record<string, unknown> {
  const text = JSON.stringify(entry).replaceAll(/"([a-d]) (\d)"/gu, '{"name":"$1","version":"$2"}');
  const full: Record<string, unknown> = JSON.parse(text);
  return full;
}
