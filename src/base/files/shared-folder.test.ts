import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { foundFileFault, sharedFolderFault } from "./shared-folder.ts";

const ADA = 1000;
const EVE = 1001;

describe("sharedFolderFault()", () => {
  // Promise: no other user of the machine decides about the settings of a command
  // Attack: a settings file in a folder that everybody may write to, above the working folder or itself it
  test.each<[string, { folder: number; uid: number; mode?: number; at?: "here"; self?: number }, string?]>([
    ["another user's in /tmp", { folder: 0o1777, uid: EVE }, "belongs to another user"],
    [
      "another user's in /tmp, run there",
      { folder: 0o1777, uid: EVE, at: "here" },
      "belongs to another user",
    ],
    ["another user's in /tmp, for root", { folder: 0o1777, uid: EVE, self: 0 }, "belongs to another user"],
    ["one's own in /tmp", { folder: 0o1777, uid: ADA }],
    ["root's in /tmp", { folder: 0o1777, uid: 0 }],
    [
      "one's own in /tmp that others may write to",
      { folder: 0o1777, uid: ADA, mode: 0o666 },
      "can be written by every user",
    ],
    ["another user's above, in a folder for all", { folder: 0o777, uid: EVE }, "belongs to another user"],
    ["another user's in the working folder, a mount for all", { folder: 0o777, uid: EVE, at: "here" }],
    ["a checkout of another user in a container of root", { folder: 0o755, uid: ADA, self: 0 }],
    ["the same, run in it", { folder: 0o755, uid: ADA, self: 0, at: "here" }],
    ["a Windows drive, where everybody may write everything", { folder: 0o777, uid: ADA, mode: 0o777 }],
  ])("%s", (_what, { folder, uid, mode = 0o644, at, self = ADA }, expected) => {
    expect(
      sharedFolderFault({
        folder: { uid: 0, mode: folder },
        files: [{ uid, mode }],
        isWorkingFolder: at === "here",
        self,
      }),
    ).toBe(expected);
  });
});

describe.skipIf(process.geteuid?.() !== 0)("foundFileFault()", () => {
  test("sees the owner of a link, and of what it leads to", () => {
    const shared = realpathSync(mkdtempSync(join(tmpdir(), "pinion-shared-")));
    chmodSync(shared, 0o1777);
    const project = join(shared, "project");
    mkdirSync(project);
    const own = join(project, "pinion.toml");
    writeFileSync(own, "");
    chownSync(own, EVE, EVE);
    const above = join(shared, "pinion.toml");
    symlinkSync(own, above);
    expect([own, above, join(shared, "uv.toml")].map((path) => foundFileFault(path, project))).toEqual([
      undefined,
      "belongs to another user",
      undefined,
    ]);
  });
});
