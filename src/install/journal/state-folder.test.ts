import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  fakeEnvironment,
  installed,
  snapshot,
  temporaryFolder,
  temporaryStore,
  wanted,
} from "../../../test/install-environment.ts";
import { makeWheel } from "../../lab/index/make-wheel.ts";
import { cacheFault } from "../../store/cache/cache-owner.ts";
import { cleanCache } from "../../store/cache/clean.ts";
import { openStore } from "../../store/store.ts";
import { readHostAnchors } from "../../trust/host-anchors.ts";
import { CHANGE_FOLDER, LOCK_FILE } from "../reserved-names.ts";
import { hasUnfinishedChange } from "./state-folder.ts";
import { applyChanges, lockEnvironment } from "../transaction.ts";
import type { InstallTarget } from "../installation.ts";

const ANOTHER_USER = 12_345;
const isRoot = process.geteuid?.() === 0;

/** Does work as a user without rights. */
async function asSomebody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(ANOTHER_USER);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** An environment of root, in which another user may only install. */
function installableEnvironment(): InstallTarget {
  const target = fakeEnvironment();
  for (let folder = target.root; folder !== dirname(folder); folder = dirname(folder))
    if (folder.includes("pinion-")) chmodSync(folder, 0o755);
  for (const folder of [target.scheme.purelib, target.scheme.scripts])
    chownSync(folder, ANOTHER_USER, ANOTHER_USER);
  return target;
}

describe.skipIf(!isRoot)("an environment whose top folder cannot be written", () => {
  test("is changed with its lock and journal in site-packages", async () => {
    const target = installableEnvironment();
    const store = temporaryStore(dirname(target.root));
    const spec = { name: "tool", version: "1", consoleScripts: { tool: "tool:main" } };
    const tool = { ...(await wanted(store, spec)) };
    const before = snapshot(target.root);
    const seen: string[] = [];
    await asSomebody(async () => {
      await applyChanges(
        { install: [tool], remove: [] },
        { ...target, linkMode: "copy" },
        {
          onStep: (step) => {
            if (step === "place") seen.push(...readdirSync(target.scheme.purelib));
          },
        },
      );
    });
    expect(seen).toEqual(expect.arrayContaining([CHANGE_FOLDER, LOCK_FILE]));
    expect(existsSync(join(target.scheme.scripts, "tool"))).toBe(true);
    expect(hasUnfinishedChange(target)).toBe(false);
    await asSomebody(() => applyChanges({ install: [], remove: [installed(tool, target)] }, target));
    expect(snapshot(target.root)).toEqual(before);
  });

  test("is not changed while another user may write to it", async () => {
    const target = installableEnvironment();
    const lock = await lockEnvironment(target);
    const waiting = asSomebody(() => lockEnvironment(target, { lockTimeoutMs: 1 }));
    await expect(waiting).rejects.toMatchObject({ code: "environment/locked" });
    lock.release();
    const other = await asSomebody(() => lockEnvironment(target));
    await expect(lockEnvironment(target, { lockTimeoutMs: 1 })).rejects.toMatchObject({
      code: "environment/locked",
    });
    other.release();
  });
});

describe("cacheFault()", () => {
  test("has nothing against a folder of the user, also one that is still to be made", () => {
    const folder = temporaryFolder();
    expect(cacheFault(folder)).toBeUndefined();
    expect(cacheFault(join(folder, "a/b"))).toBeUndefined();
    writeFileSync(join(folder, "file"), "");
    expect(cacheFault(join(folder, "file"))).toBe("is not a folder");
  });

  // Promise: nothing that another user can change is linked into an environment
  // Attack: root, or another user, runs with a cache folder that belongs to the attacker
  test.skipIf(!isRoot)("refuses a folder of another user", () => {
    const folder = temporaryFolder();
    chownSync(folder, ANOTHER_USER, ANOTHER_USER);
    expect(cacheFault(folder)).toBe("belongs to another user");
  });
});

describe.skipIf(!isRoot)("a cache folder to which a link of another user leads", () => {
  // Promise: no other user of the machine has files of this user changed
  // Attack: the cache is named in a folder of the attacker, who has a link to another folder of this user there
  test("is not used", () => {
    const own = temporaryFolder();
    const link = join(temporaryFolder(), "cache");
    symlinkSync(own, link);
    expect(cacheFault(link)).toBeUndefined();
    lchownSync(link, ANOTHER_USER, ANOTHER_USER);
    expect(cacheFault(link)).toBe("is reached by a link of another user");
  });

  // Promise: no other user of the machine has files of this user changed
  // Attack: the same, with `cache clean`, where the link is the folder's own or one above it
  test.for(["", "cache"])("is not emptied: %j below the link", async (below) => {
    const own = temporaryFolder();
    const file = join(own, below, "file");
    mkdirSync(join(own, below), { recursive: true });
    writeFileSync(file, "");
    const link = join(temporaryFolder(), "shared");
    symlinkSync(own, link);
    lchownSync(link, ANOTHER_USER, ANOTHER_USER);
    await expect(cleanCache(join(link, below))).rejects.toMatchObject({ code: "cache/unusable" });
    expect(existsSync(file)).toBe(true);
  });
});

describe.skipIf(process.platform === "win32")("a cache folder that every user can write", () => {
  // Promise: nothing that another user can change is linked into an environment
  // Attack: the cache is in a folder of mode 0777, where another user adds to it
  test("is refused once something is in it", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "something"), "");
    chmodSync(folder, 0o777);
    expect(cacheFault(folder)).toBe("can be written by every user");
  });

  test("is closed to them while it is empty", () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o777);
    expect(cacheFault(folder)).toBeUndefined();
    expect(statSync(folder).mode & 0o777).toBe(0o775);
  });

  test("stays as it is where it is sticky, as /tmp", () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o1777);
    expect(cacheFault(folder)).toBe("can be written by every user");
    expect(statSync(folder).mode & 0o7777).toBe(0o1777);
  });
});

describe.skipIf(process.platform === "win32")("a cache of the library that other users can change", () => {
  const ways: readonly (readonly [string, (folder: string) => void])[] = [
    ["every user can write it", (folder) => chmodSync(folder, 0o777)],
    ...(isRoot
      ? [["another user owns it", (folder: string) => chownSync(folder, ANOTHER_USER, ANOTHER_USER)] as const]
      : []),
  ];

  // Promise: nothing that another user can change is linked into an environment
  // Attack: a program of the library with a cache in a folder of the attacker, or of mode 0777
  test.each(ways)("is refused at every use: %s", async (_way, open) => {
    const store = temporaryStore();
    const { filename, bytes, sha256 } = makeWheel({ name: "paint", version: "1.0" });
    await store.addWheel(bytes, { filename });
    const { directory } = store;
    open(directory);
    const before = snapshot(directory);
    const key = { project: "python", id: "key" };
    const uses: readonly (() => unknown)[] = [
      () => store.directory,
      () => store.wheel(sha256),
      () => store.addWheel(bytes, { filename }),
      () => store.readEntry("metadata", key),
      () => store.writeEntry("metadata", key, bytes),
      () => store.removeEntry("metadata", key),
      () => store.use(),
    ];
    for (const use of uses)
      await expect((async () => use())()).rejects.toMatchObject({ code: "cache/unusable" });
    expect(snapshot(directory)).toEqual(before);
  });

  test("is never made by the store, whatever the umask", async () => {
    const directory = join(temporaryFolder(), "cache");
    const umask = process.umask(0);
    try {
      (await openStore(directory).use()).release();
    } finally {
      process.umask(umask);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o775);
  });
});

describe("the file of trusted hosts", () => {
  // Promise: no other user adds to what is trusted
  // Attack: `trusted-hosts.json` belongs to the attacker
  test.skipIf(!isRoot)("is refused where it belongs to another user", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "pinion"));
    const path = join(folder, "pinion/trusted-hosts.json");
    writeFileSync(path, '{"version":1,"anchors":[]}');
    chownSync(path, ANOTHER_USER, ANOTHER_USER);
    expect(() => readHostAnchors(path)).toThrow("belongs to another user");
  });

  // Promise: no other user adds to what is trusted
  // Attack: `trusted-hosts.json` is the user's own, and every user can write to it
  test.skipIf(process.platform === "win32")("is refused where every user can write to it", () => {
    const path = join(temporaryFolder(), "trusted-hosts.json");
    writeFileSync(path, '{"version":1,"anchors":[]}');
    expect(readHostAnchors(path)).toEqual([]);
    chmodSync(path, 0o666);
    expect(() => readHostAnchors(path)).toThrow("can be written by every user");
  });
});
