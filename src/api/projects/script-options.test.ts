import { expect, test } from "vitest";

import { bestTimes, isLinear } from "../../../test/linear-time.ts";
import { PinionError } from "../../errors.ts";
import { scriptOptions, type ScriptPlace } from "./script-options.ts";

const place = (path: string, text = ""): ScriptPlace => ({
  path,
  text,
  invalid: (reason) => new PinionError("requirement/invalid-file", reason),
});

// Promise: what came over the network names only what is on the network
// Attack: the metadata of a script on a server names folders of this machine as places of distributions
test.each([
  { "find-links": ["https://files.example/", "/srv/wheels"] },
  { "find-links": ["wheels"] },
  { "find-links": ["\\\\server\\share"] },
  { "index-url": "file:///srv/simple" },
  { "extra-index-url": ["../simple"] },
])("a script from the network must not say %j", (tool) => {
  expect(() => scriptOptions(tool, place("https://scripts.example/run.py"))).toThrow(
    "a file from the network cannot be used that names the local folder",
  );
  expect(scriptOptions(tool, place("run.py"))).toMatchObject({ noIndex: false });
});

// Promise: untrusted input cannot make a command hang
// Attack: a long script names very many pages of links
test("reading the places of a script takes time in proportion to their number", async () => {
  const scripts = [2000, 4000, 8000].map((count) => ({
    tool: { "find-links": Array.from({ length: count }, () => "https://files.example/") },
    at: place("run.py", "pass\n".repeat(count)),
  }));
  const best = await bestTimes(scripts, ({ tool, at }) => scriptOptions(tool, at));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});
