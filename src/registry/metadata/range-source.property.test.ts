import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Limit } from "../../base/work/limit.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { makeWheel } from "../../lab/index/make-wheel.ts";
import type { Client, ClientResponse, RequestOptions } from "../../net/client.ts";
import { rangeRoom, readRemoteMetadata } from "./range-source.ts";

const LONG_NAMES = Array.from({ length: 1200 }, (_, number) => [
  `many/${"x".repeat(60)}_${number}.py`,
  `${number}`,
]);
const WHEELS = [
  makeWheel({ name: "small", version: "1.0", requires: ["b"] }),
  makeWheel({ name: "many", version: "1.0", requires: ["b"], files: Object.fromEntries(LONG_NAMES) }),
];

describe("readRemoteMetadata", () => {
  test.each(WHEELS.map((wheel) => [wheel.name, wheel] as const))(
    "reads METADATA of the wheel %s, with and without its size",
    async (_name, wheel) => {
      for (const size of [wheel.bytes.length, undefined])
        expect(await read(wheel.bytes, size)).toBe(wheel.metadata);
    },
  );

  test("answers damaged archives with the text, with nothing, or with an explained refusal", async () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...WHEELS),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(50),
        async (wheel, changes, cut) => {
          const bytes = Buffer.from(wheel.bytes.subarray(0, wheel.bytes.length - cut));
          // Most changes near the end, where the directory is.
          for (const { at, byte } of changes)
            bytes[bytes.length - 1 - Math.floor(at ** 3 * (bytes.length - 1))] = byte;
          const outcome = await read(bytes, undefined).catch((error: unknown) => error);
          expect(outcome === undefined || outcome === wheel.metadata || isPinionError(outcome)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each<[string, (answer: Answer) => Answer]>([
    ["ignores the range", (answer) => ({ ...answer, status: 200, headers: {} })],
    ["claims another place", (answer) => ({ ...answer, headers: { "content-range": "bytes 0-9/10" } })],
    [
      "claims a size that nothing has",
      (answer) => ({
        ...answer,
        headers: { "content-range": `bytes 0-${answer.bytes.length - 1}/999999999999999` },
      }),
    ],
    ["sends less than it claims", (answer) => ({ ...answer, bytes: answer.bytes.subarray(1) })],
    [
      "writes the range in another unit",
      (answer) => ({ ...answer, headers: { "content-range": "pages 1-2/3" } }),
    ],
  ])("gives nothing where the server %s", async (_name, spoil) => {
    expect(await read(WHEELS[0]!.bytes, undefined, spoil)).toBeUndefined();
  });

  test("gives nothing where the file changes between two ranges", async () => {
    let answers = 0;
    const spoil = (answer: Answer): Answer => ({
      ...answer,
      headers: { ...answer.headers, etag: `"${answers++}"` },
    });
    expect(await read(WHEELS[1]!.bytes, undefined, spoil)).toBeUndefined();
    expect(answers).toBe(2);
  });

  // Promise: what a server sends cannot use up the memory
  // Attack: an index lists many wheels whose directories are as long as they may be, and serves ranges of them
  test.each([
    ["one after the other when no room is left", new Limit(1), 1],
    ["at the same time where there is", rangeRoom(), 3],
  ])("reads long directories %s", async (_name, room, expected) => {
    let held = 0;
    let most = 0;
    const watched = new Limit(Infinity);
    watched.run = (units, work) =>
      room.run(units, async () => {
        most = Math.max(most, (held += 1));
        // Others that have room begin meanwhile.
        await setImmediate();
        return await work().finally(() => (held -= 1));
      });
    const readOne = async (): Promise<void> => {
      const client = clientOf(WHEELS[1]!.bytes, asItIs);
      const request = { client, url: URL, filename: "a.whl", size: undefined, room: watched };
      expect(await readRemoteMetadata(request)).toBe(WHEELS[1]!.metadata);
    };
    await Promise.all([readOne(), readOne(), readOne()]);
    expect(most).toBe(expected);
  });
});

const URL = "https://files.example/a.whl";

interface Answer {
  readonly status: number;
  readonly headers: ClientResponse["headers"];
  readonly bytes: Buffer;
}

function read(bytes: Buffer, size: number | undefined, spoil = asItIs): Promise<string | undefined> {
  const room = rangeRoom();
  return readRemoteMetadata({ client: clientOf(bytes, spoil), url: URL, filename: "a.whl", size, room });
}

function asItIs(answer: Answer): Answer {
  return answer;
}

function clientOf(bytes: Buffer, spoil: (answer: Answer) => Answer): Client {
  return {
    request: (url, options) => {
      const answer = spoil(rangeOf(bytes, options));
      if (answer.bytes.length > (options?.maxBytes ?? Infinity))
        throw new PinionError("net/too-large", "Too large");
      return Promise.resolve({
        status: answer.status,
        url: String(url),
        headers: answer.headers,
        protection: "verified",
        body: chunks(answer.bytes),
        pour: (take) => Promise.resolve(take(answer.bytes)),
        discard: () => Promise.resolve(),
        bytes: () => Promise.resolve(answer.bytes),
        text: () => Promise.resolve(answer.bytes.toString()),
      });
    },
    protectionOf: () => "verified",
    weakest: "verified",
    close: () => {},
  };
}

function rangeOf(bytes: Buffer, options: RequestOptions | undefined): Answer {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(options?.headers?.["range"] ?? "") ?? [];
  const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === "" ? bytes.length : Math.min(Number(last) + 1, bytes.length);
  return {
    status: 206,
    headers: { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` },
    bytes: bytes.subarray(start, end),
  };
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield await Promise.resolve(bytes);
}
