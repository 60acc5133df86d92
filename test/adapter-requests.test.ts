// What the adapters do with requests: ended before they have a connection, limited in number, with bodies that are streams.

import { once } from "node:events";
import { createServer, get as plainGet, request as plainRequest, type IncomingMessage } from "node:http";
import { get, globalAgent, type Agent } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, test } from "vitest";

import { createPlainAgent } from "../src/adapters/agent.ts";
import { listen } from "../src/lab/servers/listen.ts";
import { createAgent, createFetch, loadTrust } from "../src/tls.ts";

const trust = loadTrust({ env: {}, home: "/" });

/** A server that keeps what it is sent, and answers by the path. */
async function startEcho(): Promise<Echo> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, body, headers });
      const moved = /^\/moved-(\d+)$/.exec(url);
      if (moved !== null) response.writeHead(Number(moved[1]), { location: "/there" }).end();
      else response.end(body);
    });
  }).on("connection", () => connections++);
  const { port, close } = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => connections,
    [Symbol.asyncDispose]: close,
  };
}

interface Seen extends Pick<IncomingMessage, "headers"> {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

interface Echo extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  readonly connections: () => number;
}

async function readAll(message: IncomingMessage): Promise<string> {
  let body = "";
  for await (const piece of message.setEncoding("utf8")) body += piece;
  return body;
}

describe("a request through an agent", () => {
  /** How a request ends that is destroyed while its handshake stalls. */
  const endOf = async (end: (stop: (error?: Error) => void) => void, agent?: Agent): Promise<unknown> => {
    const silent = createTcpServer();
    const { port, close } = await listen(silent);
    // Long beyond the test's own time.
    const used = agent ?? createAgent({ trust, timeoutMs: 600_000 });
    const error = await new Promise<unknown>((resolve) => {
      const request = get({ host: "127.0.0.1", port, agent: used });
      request.on("error", resolve);
      silent.once("connection", () => end((reason) => request.destroy(reason)));
    });
    used.destroy();
    await close();
    return error;
  };

  test("ends at once with its connection when it is destroyed within the handshake", async () => {
    expect(await endOf((stop) => stop(new Error("no longer needed")))).toEqual(new Error("no longer needed"));
  });

  test("ends so without a reason too, as with the runtime's agent", async () => {
    const expected = await endOf((stop) => stop(), globalAgent);
    expect(await endOf((stop) => stop())).toMatchObject({ code: (expected as NodeJS.ErrnoException).code });
  });

  test("ends by its signal, also by one that was aborted before", async () => {
    const silent = createTcpServer();
    const { port, close } = await listen(silent);
    const agent = createAgent({ trust, timeoutMs: 600_000 });
    const failure = async (signal: AbortSignal): Promise<unknown> =>
      await new Promise((resolve) => get({ host: "127.0.0.1", port, agent, signal }).on("error", resolve));
    const controller = new AbortController();
    silent.once("connection", () => controller.abort());
    expect(await failure(controller.signal)).toMatchObject({ name: "AbortError" });
    expect(await failure(AbortSignal.abort())).toMatchObject({ name: "AbortError" });
    agent.destroy();
    await close();
  });

  test("shares as many connections as the pool may have, also while they are being made", async () => {
    await using echo = await startEcho();
    const agent = createPlainAgent({ trust, pool: { maxSockets: 2 } });
    const answers = Array.from(
      { length: 6 },
      async (_, index) =>
        await new Promise<string>((resolve, reject) => {
          const request = plainRequest({ port: echo.port, agent, method: "POST" }, (answer) =>
            resolve(readAll(answer)),
          );
          request.on("error", reject).end(String(index));
        }),
    );
    expect(await Promise.all(answers)).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(echo.connections()).toBe(2);
    agent.destroy();
  });

  test("fails once each where no connection of a limited pool can be made", async () => {
    const { port, close } = await listen(createTcpServer());
    await close();
    const agent = createPlainAgent({ trust, pool: { maxSockets: 1 } });
    const failures: string[] = [];
    const ended = Array.from(
      { length: 3 },
      async () =>
        await new Promise<void>((resolve) => {
          const request = plainGet({ host: "127.0.0.1", port, agent });
          request.on("error", (error: NodeJS.ErrnoException) => failures.push(error.code ?? ""));
          request.on("close", resolve);
        }),
    );
    await Promise.all(ended);
    expect(failures).toEqual(["net/refused", "net/refused", "net/refused"]);
    expect(agent.requests).toEqual({});
    agent.destroy();
  });
});

describe("the body of a request by createFetch()", () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("is sent while its stream is written", async () => {
    const received: string[] = [];
    let continueStream = (): void => {};
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (piece: string) => {
        received.push(piece);
        continueStream();
      });
      request.on("end", () => response.end(request.headers["transfer-encoding"]));
    });
    const { port, close } = await listen(server);
    const fetch = createFetch({ trust });
    // The second piece is written when the server has the first.
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(encode("first"));
        continueStream = () => {
          continueStream = () => {};
          controller.enqueue(encode("second"));
          controller.close();
        };
      },
    });
    // Not framed by the runtime itself for this method.
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "DELETE", body, duplex: "half" });
    expect(await answer.text()).toBe("chunked");
    expect(received).toEqual(["first", "second"]);
    fetch.close();
    await close();
  });

  test("has a length where one is known, for each method", async () => {
    await using echo = await startEcho();
    const fetch = createFetch({ trust });
    const bodies = [
      "text",
      encode("text"),
      new Blob(["text"]),
      new URLSearchParams({ text: "" }),
      "",
    ] as const;
    for (const method of ["POST", "DELETE"])
      for (const body of bodies) await fetch(echo.origin, { method, body });
    await fetch(new Request(echo.origin, { method: "DELETE", body: "text" }));
    expect(echo.seen.map(({ body, headers }) => [body, headers["content-length"]])).toEqual([
      ...[1, 2].flatMap(() => [
        ["text", "4"],
        ["text", "4"],
        ["text", "4"],
        ["text=", "5"],
        ["", "0"],
      ]),
      ["text", "4"],
    ]);
    fetch.close();
  });

  test("is sent again where a redirect asks for it, unless it is a stream", async () => {
    await using echo = await startEcho();
    const fetch = createFetch({ trust });
    const stream = (): ReadableStream<Uint8Array> => new Blob(["piece"]).stream();
    for (const body of ["text", new Blob(["text"])]) {
      const answer = await fetch(`${echo.origin}/moved-307`, { method: "PUT", body });
      expect(await answer.text()).toBe("text");
    }
    const request = { method: "PUT", body: stream(), duplex: "half" } as const;
    await expect(fetch(`${echo.origin}/moved-308`, request)).rejects.toMatchObject({
      name: "TypeError",
      cause: { code: "net/redirect-loop" },
    });
    // That of a GET has none.
    const seeOther = { method: "POST", body: stream(), duplex: "half" } as const;
    expect((await fetch(`${echo.origin}/moved-303`, seeOther)).status).toBe(200);
    expect(echo.seen.at(-1)).toMatchObject({ method: "GET", url: "/there", body: "" });
    fetch.close();
  });

  test("is read ahead as far as a small one goes where a request was made of it before", async () => {
    await using echo = await startEcho();
    const fetch = createFetch({ trust });
    const large = "x".repeat(3 * 1024 * 1024);
    const pieces = new Blob([large]).stream();
    const request = new Request(echo.origin, { method: "POST", body: pieces, duplex: "half" });
    expect(await (await fetch(request)).text()).toBe(large);
    expect(echo.seen[0]?.headers).toMatchObject({ "transfer-encoding": "chunked" });
    fetch.close();
  });

  test("ends the request where its stream fails, and is cancelled with the request", async () => {
    await using echo = await startEcho();
    const fetch = createFetch({ trust });
    const reason = new Error("the file is gone");
    const failing = new ReadableStream({ pull: (controller) => controller.error(reason) });
    await expect(fetch(echo.origin, { method: "POST", body: failing, duplex: "half" })).rejects.toMatchObject(
      { name: "TypeError", cause: reason },
    );

    const controller = new AbortController();
    const cancelled = new Promise<void>((resolve) => {
      const endless = new ReadableStream({
        start: (stream) => stream.enqueue(encode("first")),
        pull: () => controller.abort(),
        cancel: () => resolve(),
      });
      const { signal } = controller;
      void fetch(echo.origin, { method: "POST", body: endless, duplex: "half", signal }).catch(() => {});
    });
    await cancelled;
    fetch.close();
  });
});

describe("the answer to a request by createFetch()", () => {
  // Promise: what a server sends cannot use up the memory or the line
  // Attack: a body that is not read, as that of a redirect, has no end
  test.for([
    ["a redirect", "HTTP/1.1 302 Found\r\nlocation: /there\r\n", 200],
    [
      "a redirect that is refused",
      "HTTP/1.1 302 Found\r\nlocation: ftp://files.corp.example/\r\n",
      "TypeError",
    ],
    ["a redirect to no URL", "HTTP/1.1 302 Found\r\nlocation: http://[\r\n", "TypeError"],
    ["a status without a body", "HTTP/1.1 205 Reset Content\r\n", 205],
    ["a status that no response has", "HTTP/1.1 999 Other\r\n", "TypeError"],
  ] as const)("ends the connection of a body that is not read, of %s", async ([, head, outcome]) => {
    const server = createTcpServer();
    const ended = once(server, "body-ended");
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.once("data", (request) => {
        if (request.toString("latin1").startsWith("GET /there "))
          return void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        socket.on("close", () => server.emit("body-ended"));
        socket.write(`${head}transfer-encoding: chunked\r\n\r\n4\r\nmore\r\n`);
      });
    });
    const { port, close } = await listen(server);
    const fetch = createFetch({ trust });
    const answer = await fetch(`http://127.0.0.1:${port}/`).then(
      ({ status }) => status,
      (error: Error) => error.name,
    );
    expect(answer).toBe(outcome);
    await ended;
    fetch.close();
    await close();
  });
});

describe("createFetch() for URLs that need no connection", () => {
  test("answers them as the runtime does, and refuses what it cannot fetch", async () => {
    const fetch = createFetch({ trust });
    expect(await (await fetch("data:text/plain,hello%20there")).text()).toBe("hello there");
    const url = URL.createObjectURL(new Blob(["of a blob"]));
    expect(await (await fetch(url)).text()).toBe("of a blob");
    URL.revokeObjectURL(url);
    await expect(fetch("ftp://files.corp.example/")).rejects.toMatchObject({
      name: "TypeError",
      cause: { code: "net/invalid-url" },
    });
    fetch.close();
  });

  test("does so where a program has put it in the place of the runtime's", async () => {
    const runtimes = globalThis.fetch;
    const fetch = createFetch({ trust });
    globalThis.fetch = fetch;
    try {
      expect(await (await globalThis.fetch("data:,x")).text()).toBe("x");
    } finally {
      globalThis.fetch = runtimes;
      fetch.close();
    }
  });
});
