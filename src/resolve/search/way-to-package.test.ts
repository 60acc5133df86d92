// What leads to a version whose needs cannot be found out, in the words of uv 0.13.9.

import { expect, test } from "vitest";

import { PinionError } from "../../errors.ts";
import { providerFor, questionOf, type Index } from "../../../test/support/scenario.ts";
import type { Provider } from "../provider.ts";
import { resolve } from "../resolver.ts";

/** The hints of a failure to build `bad` 1.5, where some requirements lead to it. */
async function hintsFor(index: Index, requirements: readonly string[]): Promise<unknown> {
  const provider = providerFor({ ...index, "bad 1.5": [] });
  const failing: Provider = {
    ...provider,
    dependencies: (name, version) =>
      name === "bad"
        ? Promise.reject(new PinionError("build/failed", "Failed to build `bad==1.5`", { hints: ["look"] }))
        : provider.dependencies(name, version),
  };
  return await resolve(questionOf(requirements), failing).then(
    () => undefined,
    (error: unknown) => (error instanceof PinionError ? error.hints : error),
  );
}

const INCLUDED = "`bad` (v1.5) was included because";

test.each([
  ["bad", "`bad`"],
  ["bad>=1", "`bad>=1`"],
  ["bad==1.5", "`bad==1.5`"],
  ["bad>=1,<2", "`bad>=1, <2`"],
  ["bad!=1.4", "`bad<1.4 | >1.4`"],
  ["bad~=1.2", "`bad>=1.2, <2.dev0`"],
  ["bad<2,!=1.1,!=1.3.*", "`bad<1.1 | >1.1, <1.3.dev0 | >=1.4.dev0, <2`"],
  ["bad[x]", "`bad`"],
  ["bad[x]>1 ; sys_platform == 'linux'", "`bad>1`"],
])("what requires `%s` is named with it", async (requirement, shown) => {
  expect(await hintsFor({ "a 1.0": [requirement] }, ["a"])).toEqual([
    `${INCLUDED} \`a\` (v1.0) depends on ${shown}`,
    "look",
  ]);
});

test("the way from what the user requires is named, with extras", async () => {
  const index = { "e 2.0": ["bad>1 ; extra == 'x'"], "mid 3.0": ["e[x]>=2"] };
  expect(await hintsFor(index, ["mid"])).toEqual([
    `${INCLUDED} \`mid\` (v3.0) depends on \`e[x]>=2\` (v2.0) which depends on \`bad>1\``,
    "look",
  ]);
});

test("of several ways the one that was met first is named", async () => {
  const index = { "a 1.0": ["b"], "b 1.0": ["bad<3"], "c 1.0": ["bad<2"] };
  expect(await hintsFor(index, ["c", "a"])).toEqual([
    `${INCLUDED} \`c\` (v1.0) depends on \`bad<2\``,
    "look",
  ]);
});

test("a version that was given up leads nowhere", async () => {
  const index = { "a 2.0": ["bad", "none"], "a 1.0": ["b"], "b 1.0": ["bad"] };
  const found = await hintsFor({ ...index, "none 1.0": ["a<2"] }, ["a", "none"]);
  expect(found).toEqual([
    `${INCLUDED} \`a\` (v1.0) depends on \`b\` (v1.0) which depends on \`bad\``,
    "look",
  ]);
});

test("what the user requires is not explained", async () => {
  expect(await hintsFor({ "a 1.0": ["bad"] }, ["bad", "a"])).toEqual(["look"]);
});
