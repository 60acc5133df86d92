// The client against scripted servers: what is malformed, cut, endless or slow is an error, never a shorter answer.

import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

import { BufferPool } from "../src/base/streams/buffer-pool.ts";
import { answer, startScript, type Script } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";

const quick = { retries: 0 };

async function textOf(script: Script, settings = {}): Promise<string> {
  await using server = await startScript(script);
  using client = openClient({ ...quick, ...settings });
  return (await client.request(server.origin)).text();
}

function closing(socket: Socket, bytes: string | Buffer): void {
  socket.end(bytes);
}

describe("Client.request() reads", () => {
  test.each<[string, Script]>([
    ["a body with its length", () => answer("hello")],
    ["a body that ends with the connection", (_, socket) => closing(socket, "HTTP/1.1 200 OK\r\n\r\nhello")],
    ["HTTP/1.0", (_, socket) => closing(socket, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")],
    [
      "a chunked body",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    ],
    [
      "chunk sizes with leading zeros",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0005\r\nhello\r\n0000\r\n\r\n",
    ],
    [
      "trailers",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    ],
    ["lone line feeds", () => "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"],
    ["a status line without a reason", () => "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"],
    [
      "interim answers before the real one",
      () => Buffer.concat([Buffer.from("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), answer("hello")]),
    ],
    [
      "a length that is stated twice",
      () => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ["a header over two lines", () => "HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 5\r\n\r\nhello"],
    [
      "a length beside chunks, by the chunks",
      () =>
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
    ["gzip", () => answer(gzipSync("hello"), ["Content-Encoding: gzip"])],
    [
      "gzip in two members",
      () => answer(Buffer.concat([gzipSync("hel"), gzipSync("lo")]), ["Content-Encoding: x-gzip"]),
    ],
    ["deflate", () => answer(deflateSync("hello"), ["Content-Encoding: deflate"])],
    ["deflate without its header", () => answer(deflateRawSync("hello"), ["Content-Encoding: deflate"])],
    ["Brotli", () => answer(brotliCompressSync("hello"), ["Content-Encoding: br"])],
    ["two codings", () => answer(gzipSync(gzipSync("hello")), ["Content-Encoding: gzip, gzip"])],
    ["the coding `identity`", () => answer("hello", ["Content-Encoding: identity"])],
  ])("%s", async (_what, script) => {
    expect(await textOf(script)).toBe("hello");
  });

  test("a head that comes byte by byte", async () => {
    const drip: Script = (_, socket) => {
      const bytes = answer("hello");
      const send = (at: number): void => {
        socket.write(bytes.subarray(at, at + 1));
        if (at + 1 < bytes.length) setImmediate(send, at + 1);
      };
      send(0);
    };
    expect(await textOf(drip)).toBe("hello");
  });

  test("compressed streams as well as whole bodies", async () => {
    const text = "hello ".repeat(200_000);
    for (const [coding, bytes] of [
      ["gzip", gzipSync(text)],
      ["deflate", deflateSync(text)],
      ["deflate", deflateRawSync(text)],
      ["br", brotliCompressSync(text)],
    ] as const) {
      await using server = await startScript(() => answer(bytes, [`Content-Encoding: ${coding}`]));
      using client = openClient(quick);
      const response = await client.request(server.origin, { body: "stream" });
      expect(await response.text()).toBe(text);
    }
  });

  test("headers without a prototype, repeated ones joined", async () => {
    await using server = await startScript(() =>
      answer("", [
        "__proto__: x",
        "Link: <a>",
        "Link: <b>",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "X-Empty:",
      ]),
    );
    using client = openClient(quick);
    const { headers } = await client.request(server.origin);
    expect(headers).toMatchObject({ link: "<a>, <b>", "set-cookie": ["a=1", "b=2"], "x-empty": "" });
    expect(Object.getPrototypeOf(headers)).toBeNull();
    expect(Object.hasOwn(headers, "__proto__")).toBe(true);
  });
});

describe("Client.request() fails on", () => {
  const cut = gzipSync("hello ".repeat(10_000));
  test.each<[string, string, Script]>([
    [
      "a body that is cut",
      "net/malformed-response",
      (_, socket) => closing(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"),
    ],
    [
      "chunks without their end",
      "net/malformed-response",
      (_, socket) => closing(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ],
    [
      "a chunk that is cut",
      "net/malformed-response",
      (_, socket) => closing(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello"),
    ],
    [
      "a last chunk without the empty line",
      "net/malformed-response",
      (_, socket) =>
        closing(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"),
    ],
    [
      "gzip that is cut, at the right length",
      "net/malformed-response",
      () => answer(cut.subarray(0, -9), ["Content-Encoding: gzip"]),
    ],
    [
      "gzip with a wrong checksum",
      "net/malformed-response",
      () => answer(flipped(cut, -6), ["Content-Encoding: gzip"]),
    ],
    [
      "Brotli that is cut",
      "net/malformed-response",
      () => answer(brotliCompressSync("hello ".repeat(9)).subarray(0, -1), ["Content-Encoding: br"]),
    ],
    [
      "a coding that was not requested",
      "net/malformed-response",
      () => answer("hello", ["Content-Encoding: compress"]),
    ],
    [
      "codings upon codings",
      "net/malformed-response",
      () => answer("hello", ["Content-Encoding: gzip, gzip, gzip"]),
    ],
    [
      "two different lengths",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    ],
    [
      "a length that is not a number",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    ],
    [
      "a negative length",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    ],
    [
      "an unknown transfer coding",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "an invalid chunk size",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    ],
    [
      "a negative chunk size",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    ],
    [
      "a chunk size beyond all numbers",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ],
    [
      "a chunk longer than it says",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    ],
    [
      "a chunk line without an end",
      "net/malformed-response",
      (_, socket) => pour(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"),
    ],
    [
      "trailers without an end",
      "net/malformed-response",
      (_, socket) => pour(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
    ],
    [
      "a head without an end",
      "net/malformed-response",
      (_, socket) => pour(socket, "HTTP/1.1 200 OK\r\n", "X: y\r\n"),
    ],
    [
      "interim answers without an end",
      "net/malformed-response",
      (_, socket) => pour(socket, "", "HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ["a header without a colon", "net/malformed-response", () => "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"],
    [
      "a blank before the colon",
      "net/malformed-response",
      () => "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
    ],
    ["a null in a header", "net/malformed-response", () => "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"],
    ["HTTP/2 over the wire", "net/malformed-response", () => "HTTP/2 200\r\n\r\n"],
    ["another protocol", "net/malformed-response", () => "220 mail.example ESMTP\r\n"],
    ["an invalid status", "net/malformed-response", () => "HTTP/1.1 OK\r\n\r\n"],
    ["an answer that never begins", "net/reset", (_, socket) => void socket.end()],
    ["a reset", "net/reset", (_, socket) => void socket.resetAndDestroy()],
  ])("%s", async (_what, code, script) => {
    await expect(textOf(script)).rejects.toMatchObject({ code });
  });

  test("a reset in the body", async () => {
    let reset = (): void => undefined;
    await using server = await startScript((_, socket) => {
      reset = () => void socket.resetAndDestroy();
      return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nh";
    });
    using client = openClient(quick);
    const response = await client.request(server.origin, { body: "stream" });
    // Only when the head has been read: what a reset overtakes may be lost, and the end with it.
    reset();
    await expect(response.text()).rejects.toMatchObject({ code: "net/reset" });
  });

  test.each<[string, Script]>([
    ["silence", () => undefined],
    ["silence in the head", () => "HTTP/1.1 200 OK\r\nContent-"],
    ["silence in the body", () => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"],
    ["a trickle", (_, socket) => trickle(socket)],
  ])("%s", async (_what, script) => {
    await expect(textOf(script, { silenceTimeoutMs: 300 })).rejects.toMatchObject({ code: "net/timeout" });
  });

  test("bodies past their bound, compressed or not", async () => {
    const zeros = Buffer.alloc(20_000_000);
    const bomb = gzipSync(zeros);
    for (const script of [
      () => answer(Buffer.alloc(2000)),
      () => answer(bomb, ["Content-Encoding: gzip"]),
      (_request: unknown, socket: Socket) => pour(socket, "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(10_000)),
    ]) {
      for (const body of ["whole", "stream"] as const) {
        await using server = await startScript(script);
        using client = openClient(quick);
        const reading = async (): Promise<unknown> =>
          (await client.request(server.origin, { body, maxBytes: 1000 })).bytes();
        await expect(reading()).rejects.toMatchObject({ code: "net/too-large" });
      }
    }
  });

  test("compression beyond any real page, below the bound of bytes", async () => {
    const bomb = brotliCompressSync(Buffer.alloc(10_000_000));
    expect(bomb.length).toBeLessThan(1000);
    await expect(textOf(() => answer(bomb, ["Content-Encoding: br"]))).rejects.toMatchObject({
      code: "net/too-large",
    });
  });

  test("header values that would write headers of their own", async () => {
    await using server = await startScript(() => answer(""));
    using client = openClient(quick);
    await expect(
      client.request(server.origin, { headers: { accept: "a\r\nX-Evil: 1" } }),
    ).rejects.toMatchObject({
      code: "net/invalid-url",
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("Client.request()", () => {
  test("uses a connection again, and not past its limit per host", async () => {
    await using server = await startScript(
      (_, socket) => void setTimeout(() => socket.write(answer("x")), 5),
    );
    using client = openClient({ ...quick, concurrencyPerHost: 3 });
    await Promise.all(Array.from({ length: 20 }, () => client.request(server.origin)));
    expect(server.requests).toHaveLength(20);
    expect(server.connections).toBe(3);
  });

  test.each([
    ["Connection: close", () => answer("x", ["Connection: close"])],
    ["bytes after the answer", () => Buffer.concat([answer("x"), answer("unasked")])],
    [
      "two statements of the length",
      () => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ],
  ])("does not use a connection again after %s", async (_what, script) => {
    await using server = await startScript(script);
    using client = openClient(quick);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(server.connections).toBe(2);
  });

  test("sends again, uncounted, where a connection that lay idle was closed under it", async () => {
    await using server = await startScript((_, socket, count) =>
      count === 2 ? void socket.destroy() : answer("x"),
    );
    using client = openClient(quick);
    await client.request(server.origin);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(server.connections).toBe(2);
  });

  test("reads what HEAD, 204 and 304 answer, without a body", async () => {
    const answers = [
      "200 OK\r\nContent-Length: 99",
      "204 No Content",
      "304 Not Modified\r\nContent-Length: 99",
    ];
    await using server = await startScript((_, _socket, count) => `HTTP/1.1 ${answers[count - 1]}\r\n\r\n`);
    using client = openClient(quick);
    expect((await client.request(server.origin, { method: "HEAD" })).status).toBe(200);
    expect((await client.request(server.origin)).status).toBe(204);
    expect((await client.request(server.origin)).status).toBe(304);
    expect(server.connections).toBe(1);
  });

  test("asks for `identity` where the bytes matter, and leaves a .gz as it is", async () => {
    const file = gzipSync("hello");
    await using server = await startScript(() => answer(file, ["Content-Encoding: gzip"]));
    using client = openClient(quick);
    const sdist = await client.request(`${server.origin}/a-1.tar.gz`, { encoding: "identity" });
    expect((await sdist.bytes()).equals(file)).toBe(true);
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
    const wheel = await client.request(`${server.origin}/a-1-py3-none-any.whl`, { encoding: "identity" });
    expect(await wheel.text()).toBe("hello");
  });

  test("ends a request when its signal aborts, and no others", async () => {
    const controller = new AbortController();
    await using server = await startScript((request) => {
      if (!request.line.includes("/slow")) return answer("x");
      controller.abort();
      return undefined;
    });
    using client = openClient(quick);
    const slow = client.request(`${server.origin}/slow`, { signal: controller.signal });
    const other = client.request(server.origin);
    await expect(slow).rejects.toMatchObject({ code: "net/cancelled" });
    expect(await (await other).text()).toBe("x");
    await expect(client.request(server.origin, { signal: controller.signal })).rejects.toMatchObject({
      code: "net/cancelled",
    });
  });

  test("lets those who wait for a connection go on when another stops waiting", async () => {
    let onAsked: (socket: Socket) => void = () => undefined;
    const asked = new Promise<Socket>((resolve) => (onAsked = resolve));
    await using server = await startScript((_, socket, count) => {
      if (count > 1) return answer("x");
      onAsked(socket);
      return undefined;
    });
    using client = openClient({ ...quick, concurrencyPerHost: 1 });
    const controller = new AbortController();
    const first = client.request(server.origin);
    const second = client.request(server.origin, { signal: controller.signal });
    const third = client.request(server.origin);
    const socket = await asked;
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "net/cancelled" });
    socket.write(answer("x"));
    expect(await Promise.all([(await first).text(), (await third).text()])).toEqual(["x", "x"]);
  });

  test("close() ends everything", async () => {
    await using server = await startScript(() => client.close());
    using client = openClient();
    const slow = client.request(server.origin);
    await expect(slow).rejects.toMatchObject({ code: "net/cancelled" });
  });

  test("asks nothing while offline", async () => {
    await using server = await startScript(() => answer("x"));
    using client = openClient({ isOffline: true });
    await expect(client.request(`http://user:secret@127.0.0.1:${server.port}/`)).rejects.toMatchObject({
      code: "net/offline",
      message: expect.not.stringContaining("secret"),
    });
    expect(server.connections).toBe(0);
  });

  test("reports what happens to `-v`, without secrets", async () => {
    await using server = await startScript((_, _socket, count) =>
      count === 1 ? answer("", [], "503 Busy") : answer("x"),
    );
    using client = openClient({ retries: 1 });
    await client.request(`http://user:secret@127.0.0.1:${server.port}/?token=secret`);
    expect(client.events.map(({ kind }) => kind)).toEqual([
      "connected",
      "request",
      "response",
      "retry",
      "request",
      "response",
    ]);
    expect(JSON.stringify(client.events)).not.toContain("secret");
  });
});

describe("Client.request() tries again", () => {
  test.each<[string, Script]>([
    [
      "after a status of the server's",
      (_, _socket, count) => (count < 4 ? answer("", [], "502 Bad Gateway") : answer("x")),
    ],
    [
      "after 429, as long as the server says",
      (_, _socket, count) => (count < 4 ? answer("", ["Retry-After: 1"], "429 Slow Down") : answer("x")),
    ],
    ["after a reset", (_, socket, count) => (count < 4 ? void socket.resetAndDestroy() : answer("x"))],
    [
      "after a body that was cut",
      (_, socket, count) =>
        count < 4 ? closing(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel") : answer("x"),
    ],
    [
      "after gzip that was cut",
      (_, _socket, count) =>
        count < 4 ? answer(gzipSync("hello").subarray(0, -4), ["Content-Encoding: gzip"]) : answer("x"),
    ],
  ])("%s", async (_what, script) => {
    await using server = await startScript(script);
    using client = openClient();
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(server.requests).toHaveLength(4);
  });

  test("three times, and says so", async () => {
    await using server = await startScript(() => answer("", [], "503 Busy"));
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({
      code: "net/http-status",
      message: expect.stringMatching(/ \(after 3 retries\)$/),
      details: { status: 503, retries: 3 },
    });
    expect(server.requests).toHaveLength(4);
    expect(client.delays).toEqual([250, 500, 1000]);
  });

  test("and does not count that in a refusal that came after it", async () => {
    await using server = await startScript((_, _socket, count) =>
      answer("", [], count === 1 ? "503 Busy" : "404 No"),
    );
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({
      message: expect.stringMatching(/ 404 No$/),
    });
  });

  test("for what the server asks, up to a minute", async () => {
    await using server = await startScript(() => answer("", ["Retry-After: 3600"], "503 Busy"));
    using client = openClient({ retries: 1 });
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "net/http-status" });
    expect(client.delays).toEqual([60_000]);
  });

  test.each([400, 401, 403, 404, 410, 451])("not after %d", async (status) => {
    await using server = await startScript(() => answer("", [], `${status} No`));
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({ details: { status } });
    expect(server.requests).toHaveLength(1);
  });

  test("not a status that the caller takes", async () => {
    await using server = await startScript(() => answer("", [], "503 Busy"));
    using client = openClient();
    expect((await client.request(server.origin, { accept: [503] })).status).toBe(503);
    expect(server.requests).toHaveLength(1);
  });
});

describe("a status that is not a success reports", () => {
  test.each([
    [401, "index/auth-required"],
    [403, "index/forbidden"],
    [407, "net/proxy-auth-required"],
    [404, "net/http-status"],
  ])("%d as %s", async (status, code) => {
    await using server = await startScript(() => answer("", [], `${status} No`));
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({ code, details: { status } });
  });

  test.each([
    [
      "application/problem+json",
      '{"title":"Blocked","detail":"licence \\u001b[31mexpired"}',
      "Blocked, licence [31mexpired",
    ],
    ["application/json", '{"message":"no such repository"}', "no such repository"],
    ["text/plain", "quarantined\nsecond line", "quarantined"],
    ["text/html", "<h1>no</h1>", ""],
    ["application/json", '{"title":', ""],
    ["application/json", "null", ""],
  ])("what the server says as %s", async (type, body, said) => {
    await using server = await startScript(() => answer(body, [`Content-Type: ${type}`], "403 Forbidden"));
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({ details: { serverMessage: said } });
  });
});

function pour(socket: Socket, start: string, rest: string): void {
  socket.write(start);
  const more = (): void => {
    while (socket.writable && socket.write(rest.repeat(100)));
    if (socket.writable) socket.once("drain", more);
  };
  more();
}

function trickle(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\n\r\n");
  const timer = setInterval(() => socket.write("x"), 50);
  socket.on("close", () => clearInterval(timer));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = bytes.length + at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

// Promise: what a server sends cannot use up the memory
// Attack: an index sends sixteen pages at once, each as long as a page may be, or compressed to a few kilobytes
describe("a whole body enters the turn of large ones", () => {
  const large = Buffer.concat([randomBytes(256 * 1024), Buffer.alloc(9 * 1024 ** 2)]);
  const turnOf = () => {
    const steps: string[] = [];
    const enter = (): Promise<void> => Promise.resolve(void steps.push("enter"));
    return { steps, largeBody: { enter, leave: () => void steps.push("leave") } };
  };

  test.each<[string, Buffer, boolean]>([
    ["not where it is small", answer("hello"), false],
    ["not where it is small and compressed", answer(gzipSync("hello"), ["Content-Encoding: gzip"]), false],
    ["before it is held", answer(large), true],
    ["before it is unpacked", answer(gzipSync(large), ["Content-Encoding: gzip"]), true],
  ])("%s", async (_what, bytes, isEntered) => {
    await using server = await startScript(() => bytes);
    using client = openClient(quick);
    const { steps, largeBody } = turnOf();
    const whole = await (await client.request(server.origin, { largeBody })).bytes();
    expect([whole.length, steps.includes("enter"), steps.includes("leave")]).toEqual([
      isEntered ? large.length : 5,
      isEntered,
      false,
    ]);
  });

  test("and leaves it where it is cut, before it is asked for again", async () => {
    const { steps, largeBody } = turnOf();
    const cut = answer(large).subarray(0, -1);
    await using server = await startScript((_request, socket, count) => {
      steps.push("request");
      if (count > 1) return answer("hello");
      return closing(socket, cut);
    });
    using client = openClient({ retries: 1 });
    expect(await (await client.request(server.origin, { largeBody })).text()).toBe("hello");
    expect([...new Set(steps)]).toEqual(["request", "enter", "leave"]);
    expect(steps.lastIndexOf("request")).toBe(steps.length - 1);
  });
});

// Memory is bounded by what is in use, not by when the engine's collector comes
test("a whole body of known length is put into the memory of the request, which is used again", async () => {
  const [first, second] = [randomBytes(200_000), randomBytes(100_000)];
  await using server = await startScript((_request, _socket, count) => answer(count === 1 ? first : second));
  using client = openClient(quick);
  const pool = new BufferPool();
  const memory = {
    take: async (bytes: number) => pool.take(bytes),
    give: (bytes: Buffer) => pool.give(bytes),
  };
  const read = async (): Promise<Buffer> => (await client.request(server.origin, { memory })).bytes();
  const one = await read();
  expect(one.equals(first)).toBe(true);
  memory.give(one);
  const other = await read();
  expect(other.equals(second)).toBe(true);
  expect(other.buffer).toBe(one.buffer);
});
