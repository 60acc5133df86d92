import { expect, test } from "vitest";

import { fakeEnvironment, temporaryStore, wanted } from "../../test/install-environment.ts";
import { gatherFiles } from "./gather.ts";

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: wheels of very many files are put into an archive
test("gatherFiles() lets everything else go on while files are compared and listed", async () => {
  const paths = Array.from({ length: 320 }, (_value, index) => [`tool/f${index}.py`, ""] as const);
  const tool = await wanted(temporaryStore(), {
    name: "tool",
    version: "1.0",
    files: Object.fromEntries(paths),
  });
  const gathering = gatherFiles([tool], fakeEnvironment());
  let pauses = 0;
  let step = gathering.next();
  for (; step.done !== true; step = gathering.next()) pauses += 1;
  expect(pauses).toBeGreaterThanOrEqual((2 * paths.length) / 16);
  expect(step.value.files.length).toBeGreaterThan(paths.length);
});
