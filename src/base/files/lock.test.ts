import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import { acquireLock, isHeld, LockWatch, type LockOptions } from "./lock.ts";

const OPTIONS: LockOptions = { code: "environment/locked", subject: "/venv", timeoutMs: 0 };

describe("acquireLock", () => {
  test("lets one in at a time, each in turn", async () => {
    const path = join(temporaryFolder(), "lock");
    let inside = 0;
    const work = async (): Promise<void> => {
      const lock = await acquireLock(path, { ...OPTIONS, timeoutMs: 20_000 });
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      lock.release();
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(existsSync(path)).toBe(false);
  });

  test("takes over from a process that is gone, also when its number belongs to another one", async () => {
    const path = join(temporaryFolder(), "lock");
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const own = await holderOf(path);
    for (const holder of [{ ...own, pid: gone }, ...(own.started === "" ? [] : [{ ...own, started: "1" }])]) {
      writeFileSync(path, JSON.stringify(holder));
      (await acquireLock(path, OPTIONS)).release();
    }
    expect(existsSync(path)).toBe(false);
  });

  test("removes what dead processes left beside it, and no folder of such a name", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "lock");
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(`${path}.${gone}-1`, "");
    mkdirSync(`${path}.${gone}-2`);
    (await acquireLock(path, OPTIONS)).release();
    expect(readdirSync(folder)).toEqual([`lock.${gone}-2`]);
  });

  test("respects one on another machine until it was silent for long", async () => {
    const path = join(temporaryFolder(), "lock");
    writeFileSync(path, JSON.stringify({ ...(await holderOf(path)), host: "elsewhere" }));
    await expect(acquireLock(path, OPTIONS)).rejects.toMatchObject({ code: "environment/locked" });
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(path, longAgo, longAgo);
    (await acquireLock(path, OPTIONS)).release();
  });

  test("takes over from a file that says nothing, once it is no more being written", async () => {
    const path = join(temporaryFolder(), "lock");
    for (const contents of ["", "{", "null", '{"pid":-1,"host":"","started":"","token":""}', '{"pid":"1"}']) {
      writeFileSync(path, contents);
      await expect(acquireLock(path, OPTIONS)).rejects.toMatchObject({ code: "environment/locked" });
      const past = new Date(Date.now() - 60_000);
      utimesSync(path, past, past);
      (await acquireLock(path, OPTIONS)).release();
    }
  });

  // Promise: no untrusted input makes a command hang
  // Attack: a checked-out or unpacked folder brings a lock of another machine, or none that can be read, with a time in the future
  test("does not wait long for a lock whose time is not renewed, whatever that time is", async () => {
    const path = join(temporaryFolder(), "lock");
    const foreign = JSON.stringify({ ...(await holderOf(path)), host: "elsewhere" });
    for (const contents of [foreign, "{"]) {
      writeFileSync(path, contents);
      let now = 0;
      const watch = new LockWatch(() => now);
      const at = (ms: number, time: number): boolean => {
        now = ms;
        if (existsSync(path)) utimesSync(path, time, time);
        return isHeld(path, watch);
      };
      const soon = Date.now() / 1000 + 3_600;
      expect(at(0, soon)).toBe(true);
      expect(at(3_000, soon)).toBe(true);
      // A holder that lives.
      expect(at(59_000, soon + 5)).toBe(true);
      expect(at(63_000, soon + 5)).toBe(true);
      expect(at(120_000, soon + 5)).toBe(false);
      expect(existsSync(path)).toBe(false);
    }
  });

  test("does not release what another process took meanwhile", async () => {
    const path = join(temporaryFolder(), "lock");
    const lock = await acquireLock(path, OPTIONS);
    const other = { ...JSON.parse(readFileSync(path, "utf8")), token: "other" };
    writeFileSync(path, JSON.stringify(other));
    lock.release();
    lock.release();
    expect(existsSync(path)).toBe(true);
  });

  test("stops waiting when it is cancelled", async () => {
    const path = join(temporaryFolder(), "lock");
    const lock = await acquireLock(path, OPTIONS);
    const waiting = acquireLock(path, { ...OPTIONS, timeoutMs: 60_000, signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toMatchObject({ code: "net/cancelled" });
    lock.release();
  });
});

async function holderOf(
  path: string,
): Promise<Readonly<Record<string, unknown>> & { readonly started: string }> {
  const lock = await acquireLock(path, OPTIONS);
  const holder = JSON.parse(readFileSync(path, "utf8"));
  lock.release();
  return holder;
}
