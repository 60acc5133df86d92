// What a lock file says of a file, held against the file's own name.

import { expect, test } from "vitest";

import { sourceOf } from "./from-lock.ts";

// Promise: what is installed under a name is of that name
// Attack: a lock file names the wheel of another project, or of another version, as the archive of a package
test.each([
  ["beta-1.0-py3-none-any.whl", "`beta-1.0-py3-none-any.whl` is not a file of `alpha`"],
  ["alpha-2.0-py3-none-any.whl", "`alpha-2.0-py3-none-any.whl` is not a file of version 1.0"],
  ["alpha-1-py3-none-any.whl", undefined],
])("an archive that is a wheel is one of the package: %s", (filename, reason) => {
  const hashes = { sha256: "0".repeat(64) };
  const choice = {
    kind: "archive",
    url: `https://files.example/${filename}`,
    path: undefined,
    size: undefined,
    uploadTime: undefined,
    subdirectory: undefined,
    hashes,
  } as const;
  const selected = { name: "alpha", version: "1.0", index: undefined, position: 0, choice };
  const read = () => sourceOf(selected, { file: "pylock.toml", folder: "/srv", lines: [4] });
  if (reason === undefined) expect(read()).toMatchObject({ kind: "direct", name: "alpha", version: "1" });
  else
    expect(read).toThrow(
      expect.objectContaining({
        code: "lock/invalid",
        details: expect.objectContaining({ reason, line: 4 }),
      }),
    );
});
