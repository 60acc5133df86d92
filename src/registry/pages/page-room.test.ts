import { describe, expect, test } from "vitest";

import { PageRoom } from "./page-room.ts";

const URL = "https://user:secret@index.example/simple/a/";
const MEBIBYTE = 1024 ** 2;

// Promise: what a server sends cannot use up the memory
// Attack: an index whose pages are each as large as an answer may be
describe("PageRoom", () => {
  test("refuses the page with which all would hold more than 1 GiB", () => {
    const room = new PageRoom();
    for (let page = 0; page < 8; page += 1) room.keep(128 * MEBIBYTE, URL);
    let error: unknown;
    try {
      room.keep(1, URL);
    } catch (refusal) {
      error = refusal;
    }
    expect(error).toMatchObject({
      code: "net/too-large",
      message:
        "The pages of the indexes hold more than 1 GiB together with `https://user:****@index.example/simple/a/`",
    });
  });

  test("holds the bytes of a page while it is read", async () => {
    const room = new PageRoom();
    room.keep(1000 * MEBIBYTE, URL);
    for (const failure of [undefined, new Error("The page is malformed")]) {
      const reading = room.read(20 * MEBIBYTE, URL, async () => {
        await expect(room.read(20 * MEBIBYTE, URL, async () => 1)).rejects.toMatchObject({
          code: "net/too-large",
        });
        if (failure !== undefined) throw failure;
        return 1;
      });
      await (failure === undefined
        ? expect(reading).resolves.toBe(1)
        : expect(reading).rejects.toBe(failure));
    }
    expect(await room.read(20 * MEBIBYTE, URL, async () => 2)).toBe(2);
  });

  test("reads small pages together, and large ones one after the other", async () => {
    const room = new PageRoom();
    let running = 0;
    let most = 0;
    const read = async (mebibytes: number): Promise<void> =>
      room.read(mebibytes * MEBIBYTE, URL, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      });
    await Promise.all([read(100), read(100), read(100)]);
    expect(most).toBe(1);
    await Promise.all([read(1), read(1), read(1)]);
    expect(most).toBe(3);
  });

  test("has one large page at a time, which is received and read before the next", async () => {
    const room = new PageRoom();
    let running = 0;
    let most = 0;
    const receive = (isLarge: boolean): Promise<void> =>
      room.receive(async (largeBody) => {
        await largeBody.enter();
        await largeBody.enter();
        if (!isLarge) largeBody.leave();
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      });
    await Promise.all([receive(true), receive(true), receive(true)]);
    expect(most).toBe(1);
    await Promise.all([receive(false), receive(false), receive(false)]);
    expect(most).toBe(3);
    await expect(
      room.receive(async (largeBody) => {
        await largeBody.enter();
        throw new Error("The page is malformed");
      }),
    ).rejects.toThrow("malformed");
    await receive(true);
  });

  test("has bodies in memory as far as there is room, and uses it again", async () => {
    const room = new PageRoom();
    const used = new Set<unknown>();
    let held = 0;
    let most = 0;
    const receive = (mebibytes: number): Promise<void> =>
      room.receive(async (_largeBody, memory) => {
        // As where a body is cut off, and is asked for again.
        await memory.take(MEBIBYTE);
        const bytes = await memory.take(mebibytes * MEBIBYTE);
        used.add(bytes.buffer);
        held += mebibytes;
        most = Math.max(most, held);
        await new Promise(setImmediate);
        held -= mebibytes;
        memory.give(bytes);
      });
    await Promise.all(Array.from({ length: 9 }, () => receive(2)));
    expect(most).toBe(8);
    expect(used.size).toBe(4);
    await Promise.all([receive(8), receive(5)]);
    expect(most).toBe(8);
  });

  test("gives the room of a body to the next where its page is malformed", async () => {
    const room = new PageRoom();
    const receive = room.receive(async (_largeBody, memory) => {
      await memory.take(8 * MEBIBYTE);
      throw new Error("The page is malformed");
    });
    await expect(receive).rejects.toThrow("malformed");
    expect(await room.receive(async (_largeBody, memory) => (await memory.take(8 * MEBIBYTE)).length)).toBe(
      8 * MEBIBYTE,
    );
  });
});
