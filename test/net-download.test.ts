// Downloads over real connections: every stated digest is checked, a cut download goes on where it stopped, and what
// does not belong together is never joined.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";

import { downloadToBuffer, downloadToFile, type StatedDigest } from "../src/net/downloads/download.ts";
import { answer, redirect, startScript, type Script } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";

const MAX_BYTES = 2 ** 24;
const file = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251));
const sha256 = createHash("sha256").update(file).digest("hex");
const stated: StatedDigest = { algorithm: "sha256", value: sha256, origin: "the page" };
const settings = { retries: 0 };
const folder = mkdtempSync(join(tmpdir(), "pinion-download-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Cuts the first `cuts` answers after 2,000 bytes of what was asked for, and honours ranges. */
function cutting(
  cuts: number,
  headers: readonly string[],
  changes: { readonly file?: (count: number) => Buffer } = {},
): Script {
  return (request, socket, count) => {
    const bytes = changes.file?.(count) ?? file;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers["range"] ?? "")?.[1] ?? 0);
    const isPart = from > 0;
    const part = bytes.subarray(from);
    const head = [
      isPart ? "HTTP/1.1 206 Partial Content" : "HTTP/1.1 200 OK",
      `Content-Length: ${part.length}`,
      ...(isPart ? [`Content-Range: bytes ${from}-${bytes.length - 1}/${bytes.length}`] : []),
      ...headers,
    ].join("\r\n");
    socket.write(`${head}\r\n\r\n`);
    if (count <= cuts) socket.end(part.subarray(0, 2000));
    else socket.write(part);
  };
}

describe("downloadToBuffer()", () => {
  test("gives the bytes, their digest, their size and the final URL", async () => {
    await using server = await startScript(({ line }) =>
      line.includes(" /to ") ? answer(file) : redirect("/to"),
    );
    using client = openClient(settings);
    const downloaded = await downloadToBuffer(client, server.origin, { digests: [stated] });
    expect(downloaded).toMatchObject({ sha256, size: 5000, url: `${server.origin}/to` });
    expect(downloaded.bytes.equals(file)).toBe(true);
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("reads a file of unknown size", async () => {
    await using server = await startScript(
      (_, socket) => void socket.end(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), file])),
    );
    using client = openClient(settings);
    expect((await downloadToBuffer(client, server.origin)).bytes.equals(file)).toBe(true);
  });

  test("reports progress", async () => {
    await using server = await startScript(() => answer(file));
    using client = openClient(settings);
    const seen: (readonly [number, number | undefined])[] = [];
    await downloadToBuffer(client, server.origin, {
      onProgress: ({ bytes, totalBytes }) => seen.push([bytes, totalBytes]),
    });
    expect(seen.at(-1)).toEqual([5000, 5000]);
  });

  test.each([
    ["sha256", sha256.toUpperCase()],
    ["sha512", createHash("sha512").update(file).digest("hex")],
    ["blake2b", createHash("blake2b512").update(file).digest("hex")],
    ["sha3_256", createHash("sha3-256").update(file).digest("hex")],
    ["md5", createHash("md5").update(file).digest("hex")],
  ])("checks a digest by %s", async (algorithm, value) => {
    await using server = await startScript(() => answer(file));
    using client = openClient(settings);
    const digests = [stated, { algorithm, value, origin: "a lock" }];
    expect((await downloadToBuffer(client, server.origin, { digests })).sha256).toBe(sha256);
    const wrong = [
      stated,
      { algorithm, value: value.replace(/^./, (digit) => (digit === "0" ? "1" : "0")), origin: "a lock" },
    ];
    await expect(downloadToBuffer(client, server.origin, { digests: wrong })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
      details: { origin: "a lock", algorithm },
    });
  });

  test("reports both hashes, where the expected one is given and where the other came from, without secrets", async () => {
    await using server = await startScript(() => answer("other bytes"));
    using client = openClient(settings);
    const url = `http://user:secret@127.0.0.1:${server.port}/a.whl?token=secret`;
    const actual = createHash("sha256").update("other bytes").digest("hex");
    const error: unknown = await downloadToBuffer(client, url, { digests: [stated] }).catch(
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({
      code: "wheel/hash-mismatch",
      message: expect.stringContaining(sha256),
      details: { expected: sha256, actual, origin: "the page", size: 11 },
    });
    expect(String(error)).toContain(actual);
    expect(String(error) + JSON.stringify(error)).not.toContain("secret");
    expect(server.requests).toHaveLength(1);
  });

  test("uses nothing whose digest it cannot check", async () => {
    await using server = await startScript(() => answer(file));
    using client = openClient(settings);
    const digests = [{ algorithm: "crc-of-mine", value: "00", origin: "the page" }];
    await expect(downloadToBuffer(client, server.origin, { digests })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
    expect(server.connections).toBe(0);
  });

  test("stops at its bound", async () => {
    await using server = await startScript(() => answer(file));
    using client = openClient(settings);
    await expect(downloadToBuffer(client, server.origin, { maxBytes: 4999 })).rejects.toMatchObject({
      code: "net/too-large",
    });
    expect((await downloadToBuffer(client, server.origin, { maxBytes: 5000 })).size).toBe(5000);
  });

  // Promise: untrusted input cannot exhaust memory or time
  // Attack: a source distribution whose size the index does not state, and which is larger than is usual
  test("stops before its bound where the answer says that it is larger", async () => {
    await using server = await startScript((_, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nnothing more comes");
    });
    using client = openClient(settings);
    await expect(downloadToBuffer(client, server.origin, { maxBytes: 4999 })).rejects.toMatchObject({
      code: "net/too-large",
      details: { maxBytes: 4999 },
    });
    expect(server.requests).toHaveLength(1);
  });

  test("ends with its signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await using server = await startScript((_, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel", () => controller.abort());
    });
    using client = openClient(settings);
    await expect(downloadToBuffer(client, server.origin, { signal })).rejects.toMatchObject({
      code: "net/cancelled",
    });
  });
});

describe("a cut download", () => {
  test("goes on with a strong entity tag", async () => {
    await using server = await startScript(cutting(2, ['ETag: "v1"']));
    using client = openClient(settings);
    const downloaded = await downloadToBuffer(client, server.origin);
    expect(downloaded.bytes.equals(file)).toBe(true);
    expect(server.requests.map(({ headers }) => [headers["range"], headers["if-range"]])).toEqual([
      [undefined, undefined],
      ["bytes=2000-", '"v1"'],
      ["bytes=4000-", '"v1"'],
    ]);
  });

  test("goes on with a date that is old enough to be strong, and not with a fresh one", async () => {
    const old = ["Date: Fri, 20 Nov 2026 12:00:00 GMT", "Last-Modified: Fri, 20 Nov 2026 11:00:00 GMT"];
    await using server = await startScript(cutting(1, old));
    using client = openClient(settings);
    await downloadToBuffer(client, server.origin);
    expect(server.requests[1]?.headers["if-range"]).toBe("Fri, 20 Nov 2026 11:00:00 GMT");
    const fresh = ["Date: Fri, 20 Nov 2026 12:00:00 GMT", "Last-Modified: Fri, 20 Nov 2026 11:59:59 GMT"];
    await using other = await startScript(cutting(1, fresh));
    await downloadToBuffer(client, other.origin);
    expect(other.requests[1]?.headers["range"]).toBeUndefined();
  });

  test.each([
    ["a weak entity tag", ['ETag: W/"v1"']],
    ["nothing", []],
  ])("begins again with %s, unless a digest vouches for the whole", async (_what, headers) => {
    await using server = await startScript(cutting(1, headers));
    using client = openClient(settings);
    expect((await downloadToBuffer(client, server.origin)).bytes.equals(file)).toBe(true);
    expect(server.requests[1]?.headers).not.toHaveProperty("range");
    await using other = await startScript(cutting(1, headers));
    expect((await downloadToBuffer(client, other.origin, { digests: [stated] })).bytes.equals(file)).toBe(
      true,
    );
    expect(other.requests[1]?.headers).toMatchObject({ range: "bytes=2000-" });
  });

  test("begins again where the server ignores the range", async () => {
    await using server = await startScript((_, socket, count) => {
      socket.write(`HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 5000\r\n\r\n`);
      if (count === 1) socket.end(file.subarray(0, 2000));
      else socket.write(file);
    });
    using client = openClient(settings);
    expect((await downloadToBuffer(client, server.origin)).bytes.equals(file)).toBe(true);
  });

  test.each([
    ["another part than was asked for", "bytes 0-4999/5000"],
    ["a part that ends too early", "bytes 2000-2999/5000"],
    ["a part of a file of another size", "bytes 2000-4999/6000"],
    ["a part of a file of unknown size", "bytes 2000-4999/*"],
    ["no part at all", undefined],
  ])("begins again where the answer is %s", async (_what, range) => {
    await using server = await startScript((request, socket, count) => {
      if (request.headers["range"] !== undefined) {
        const header = range === undefined ? [] : [`Content-Range: ${range}`];
        return answer(file.subarray(2000), header, "206 Partial Content");
      }
      socket.write('HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 5000\r\n\r\n');
      if (count === 1) socket.end(file.subarray(0, 2000));
      else socket.write(file);
      return undefined;
    });
    using client = openClient(settings);
    expect((await downloadToBuffer(client, server.origin)).bytes.equals(file)).toBe(true);
  });

  test.each([
    ["without a word", ""],
    ["with a page that is not read", "no such range"],
  ])("begins again after 416 %s, on the one connection that there is", async (_what, page) => {
    await using server = await startScript((request, socket, count) => {
      if (request.headers["range"] !== undefined) return answer(page, [], "416 Range Not Satisfiable");
      socket.write('HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 5000\r\n\r\n');
      if (count === 1) socket.end(file.subarray(0, 2000));
      else socket.write(file);
      return undefined;
    });
    using client = openClient({ ...settings, concurrencyPerHost: 1 });
    expect((await downloadToBuffer(client, server.origin)).bytes.equals(file)).toBe(true);
  });

  test("is whole where its end was never announced and the server says that nothing follows", async () => {
    await using server = await startScript((request, socket) => {
      if (request.headers["range"] !== undefined) {
        return answer("no such range", ["Content-Range: bytes */5000"], "416 Range Not Satisfiable");
      }
      socket.write('HTTP/1.1 200 OK\r\nETag: "v1"\r\n\r\n');
      socket.write(file);
      return undefined;
    });
    using client = openClient({ ...settings, concurrencyPerHost: 1, silenceTimeoutMs: 5000, retries: 0 });
    expect((await downloadToBuffer(client, server.origin, { digests: [stated] })).bytes.equals(file)).toBe(
      true,
    );
    expect(server.requests).toHaveLength(2);
  });

  test("whose halves do not belong together is fetched once more as a whole, and then believed", async () => {
    const other = Buffer.from(file).fill(0, 0, 100);
    await using server = await startScript(cutting(1, [], { file: (count) => (count === 1 ? other : file) }));
    using client = openClient(settings);
    expect((await downloadToBuffer(client, server.origin, { digests: [stated] })).bytes.equals(file)).toBe(
      true,
    );
    expect(server.requests.map(({ headers }) => headers["range"])).toEqual([
      undefined,
      "bytes=2000-",
      undefined,
    ]);
  });

  test("is given up after five times without progress", async () => {
    await using server = await startScript(cutting(99, []));
    using client = openClient(settings);
    await expect(downloadToBuffer(client, server.origin)).rejects.toMatchObject({
      code: "net/malformed-response",
    });
    expect(server.requests).toHaveLength(6);
  });

  // Promise: a download ends
  // Attack: a server without ranges sends a good piece of the file and cuts, again and again
  test("is given up where the server begins again each time, however much it sends", async () => {
    const large = Buffer.alloc(3 * 1024 ** 2);
    await using server = await startScript((_, socket, count) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`);
      socket.end(large.subarray(0, count % 2 === 1 ? large.length - 1 : 0));
    });
    using client = openClient(settings);
    await expect(downloadToBuffer(client, server.origin)).rejects.toMatchObject({
      code: "net/malformed-response",
    });
    expect(server.requests.length).toBeLessThanOrEqual(7);
  });

  test("never goes on for ever where each resumed half is wrong", async () => {
    const wrong = Buffer.alloc(5000, 1);
    await using server = await startScript((request, socket, count) =>
      cutting(request.headers["range"] === undefined ? 99 : 0, [], { file: () => wrong })(
        request,
        socket,
        count,
      ),
    );
    using client = openClient(settings);
    await expect(downloadToBuffer(client, server.origin, { digests: [stated] })).rejects.toMatchObject({
      code: "wheel/hash-mismatch",
    });
    expect(server.requests.length).toBeLessThan(8);
  });

  test("that is compressed on the way is decoded, and not resumed in the middle of its code", async () => {
    const coded = gzipSync(file);
    await using server = await startScript((_, socket, count) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Encoding: gzip\r\nContent-Length: ${coded.length}\r\n\r\n`,
      );
      if (count === 1) socket.end(coded.subarray(0, coded.length - 20));
      else socket.write(coded);
    });
    using client = openClient(settings);
    expect((await downloadToBuffer(client, server.origin, { digests: [stated] })).bytes.equals(file)).toBe(
      true,
    );
    expect(server.requests[1]?.headers).not.toHaveProperty("range");
  });
});

describe("downloadToFile()", () => {
  test("writes the file, over a cut", async () => {
    const large = Buffer.alloc(3_000_000, "0123456789");
    await using server = await startScript(cutting(1, ['ETag: "v1"'], { file: () => large }));
    using client = openClient(settings);
    const path = join(folder, "large");
    const { sha256: digest, size } = await downloadToFile(client, server.origin, {
      maxBytes: MAX_BYTES,
      path,
    });
    expect(readFileSync(path).equals(large)).toBe(true);
    expect({ digest, size }).toEqual({
      digest: createHash("sha256").update(large).digest("hex"),
      size: 3_000_000,
    });
  });

  test("writes no more than the last whole answer where it begins again", async () => {
    await using server = await startScript((_, socket, count) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${count === 1 ? 9000 : 5}\r\n\r\n`);
      if (count === 1) socket.end(Buffer.alloc(8000, "x"));
      else socket.write("hello");
    });
    using client = openClient(settings);
    const path = join(folder, "again");
    await downloadToFile(client, server.origin, { maxBytes: MAX_BYTES, path });
    expect(readFileSync(path, "utf8")).toBe("hello");
  });

  test("replaces nothing, and says what it cannot write", async () => {
    await using server = await startScript(() => answer(file));
    using client = openClient(settings);
    const path = join(folder, "once");
    await downloadToFile(client, server.origin, { maxBytes: MAX_BYTES, path });
    await expect(downloadToFile(client, server.origin, { maxBytes: MAX_BYTES, path })).rejects.toMatchObject({
      code: "cache/unusable",
      details: { path },
    });
    const nowhere = join(folder, "no", "such", "folder");
    await expect(
      downloadToFile(client, server.origin, { maxBytes: MAX_BYTES, path: nowhere }),
    ).rejects.toMatchObject({
      code: "cache/unusable",
    });
    expect(existsSync(nowhere)).toBe(false);
  });
});
