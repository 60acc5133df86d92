// Which variables let git fetch large files.

import { expect, test } from "vitest";

import { fetchesLargeFiles, skipSmudge } from "./large-files.ts";

test.for<readonly [Readonly<Record<string, string>>, string, boolean]>([
  [{}, "1", false],
  [{ UV_GIT_LFS: "" }, "1", false],
  [{ UV_GIT_LFS: "0" }, "1", false],
  [{ UV_GIT_LFS: "1" }, "0", true],
  [{ UV_GIT_LFS: "True" }, "0", true],
  [{ GIT_LFS_SKIP_SMUDGE: "0" }, "0", true],
  [{ GIT_LFS_SKIP_SMUDGE: "1", UV_GIT_LFS: "1" }, "1", false],
])("%j leaves GIT_LFS_SKIP_SMUDGE at %s", ([env, skips, fetches]) => {
  expect([skipSmudge(env), fetchesLargeFiles(env)]).toEqual([skips, fetches]);
});
