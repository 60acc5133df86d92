// Trouble on the way that passes, or that another request avoids: what is tried again, what is cut off, what is reported.

import { connect, createServer, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";

import { listen } from "../src/lab/servers/listen.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { downloadToBuffer } from "../src/net/downloads/download.ts";
import { commandStage } from "./support/command-stage.ts";
import { holdTimers } from "./support/held-timers.ts";
import { answer, startScript, tlsOptions } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";

const HTML = ["Content-Type: text/html"];
const corp = createAuthority("Corp Root");
const tls = tlsOptions(corp.issue("pypi.example", { names: ["pypi.example"] }));

describe("a request is made again", () => {
  test("after a connection that was reset during the TLS handshake", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    let connections = 0;
    await using relay = await startRelay(server.port, (socket) => {
      connections += 1;
      // The look at the server after the failure is reset too.
      return connections > 2 ? "pass" : void socket.once("data", () => socket.resetAndDestroy());
    });
    using client = openClient({ retries: 2 }, [corp]);
    expect(await (await client.request(`https://pypi.example:${relay.port}/`)).text()).toBe("x");
    expect(client.events.filter(({ kind }) => kind === "retry")).toHaveLength(1);
  });

  test.each<[string, (socket: Socket) => void]>([
    ["closes the connection", (socket) => void socket.end()],
    ["answers 503", (socket) => void socket.end("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")],
  ])("after a proxy that once %s", async (_what, fail) => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    let tunnels = 0;
    await using proxy = await startScript((_request, socket) => {
      tunnels += 1;
      if (tunnels === 1) {
        fail(socket);
        return;
      }
      socket.removeAllListeners("data");
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      bridge(socket, server.port);
    });
    const all = { value: `http://127.0.0.1:${proxy.port}`, origin: "HTTPS_PROXY" };
    using client = openClient({ proxy: { all } }, [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(tunnels).toBe(2);
  });

  test("not after a proxy that forbids the host", async () => {
    await using proxy = await startScript(() => answer("", [], "403 Forbidden"));
    const all = { value: `http://127.0.0.1:${proxy.port}`, origin: "HTTPS_PROXY" };
    using client = openClient({ proxy: { all } });
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-refused",
    });
    expect(proxy.requests).toHaveLength(1);
  });
});

describe("a connection that ends without an answer", () => {
  const hangUp = (socket: Socket): void => void socket.once("data", () => socket.end());

  test("is explained by the TLS that the port speaks", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using relay = await startRelay(server.port, (socket) => {
      socket.once("data", (bytes: Buffer) => {
        if (bytes[0] !== 22) return void socket.end();
        const upstream = connect(server.port, "127.0.0.1");
        upstream.on("error", () => socket.destroy());
        upstream.write(bytes);
        socket.pipe(upstream).pipe(socket);
      });
    });
    using client = openClient();
    await expect(client.request(`http://127.0.0.1:${relay.port}/`)).rejects.toMatchObject({
      message: `\`127.0.0.1:${relay.port}\` expects TLS, but the request was sent without it`,
      hints: ["write `https://` instead of `http://`"],
    });
    expect(client.delays).toEqual([]);
  });

  test("is explained by the plain HTTP that the port speaks", async () => {
    const seen: string[] = [];
    await using relay = await startRelay(0, (socket) => {
      socket.once("data", (bytes: Buffer) => {
        if (bytes[0] === 22) return void socket.end();
        seen.push(bytes.toString("latin1"));
        socket.end(answer("", [], "404 Not Found"));
      });
    });
    using client = openClient({ retries: 0 });
    await expect(client.request(`https://127.0.0.1:${relay.port}/secret`)).rejects.toMatchObject({
      code: "tls/plaintext-server",
      message: expect.stringContaining("the port speaks HTTP without TLS"),
    });
    expect(seen).toEqual([`HEAD / HTTP/1.1\r\nHost: 127.0.0.1:${relay.port}\r\nConnection: close\r\n\r\n`]);
  });

  test("is explained by the page without a head that the port answers", async () => {
    await using relay = await startRelay(0, (socket) => {
      socket.once("data", () => socket.end("<!DOCTYPE HTML>\n<title>Error 400</title>"));
    });
    using client = openClient({ retries: 0 });
    await expect(client.request(`https://127.0.0.1:${relay.port}/`)).rejects.toMatchObject({
      code: "tls/plaintext-server",
      message: expect.stringContaining("the port speaks HTTP without TLS"),
    });
  });

  test.each([
    ["forwards requests", "http://pypi.example/", "gave no answer to the request for `pypi.example`"],
    ["opens tunnels", "https://pypi.example/", "did not open a tunnel to `pypi.example:443`"],
  ])("names the proxy that %s, and where it comes from", async (_what, url, words) => {
    await using proxy = await startRelay(0, hangUp);
    const all = { value: `http://127.0.0.1:${proxy.port}`, origin: "HTTPS_PROXY" };
    using client = openClient({ proxy: { all }, retries: 0 });
    await expect(client.request(url)).rejects.toMatchObject({
      message: `The proxy \`127.0.0.1:${proxy.port}\` ${words}`,
      hints: ["the proxy comes from `HTTPS_PROXY`"],
      cause: { message: `\`127.0.0.1:${proxy.port}\` closed the connection without an answer` },
    });
  });

  test("names the proxy whose tunnel ended in the handshake", async () => {
    await using proxy = await startScript((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.removeAllListeners("data");
      hangUp(socket);
    });
    const all = { value: `http://127.0.0.1:${proxy.port}`, origin: "HTTPS_PROXY" };
    using client = openClient({ proxy: { all }, retries: 0 });
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "tls/closed-during-handshake",
      hints: [
        `the proxy \`127.0.0.1:${proxy.port}\` (from \`HTTPS_PROXY\`) opened the tunnel, but it or a firewall after it may not let this connection through`,
        expect.anything(),
      ],
    });
  });

  test("says that the proxy may have answered a forwarded request itself", async () => {
    await using proxy = await startScript(() => answer("", [], "503 Busy"));
    const all = { value: `http://127.0.0.1:${proxy.port}`, origin: "HTTP_PROXY" };
    using client = openClient({ proxy: { all }, retries: 0 });
    await expect(client.request("http://pypi.example/")).rejects.toMatchObject({
      code: "net/http-status",
      hints: [
        `the request went through the proxy \`127.0.0.1:${proxy.port}\` (from \`HTTP_PROXY\`), which may have answered itself`,
      ],
    });
  });
});

test.each<[string, () => Buffer, string]>([
  [
    "answers with an alert",
    () => Buffer.from("15030100020246", "hex"),
    "expects TLS, but the request was sent without it",
  ],
  [
    "says so as nginx does",
    () => answer("<center>The plain HTTP request was sent to HTTPS port</center>", HTML, "400 Bad Request"),
    "the port speaks TLS",
  ],
  [
    "says so as Apache does",
    () => answer("You're speaking plain HTTP to an SSL-enabled server port.<br />", HTML, "400 Bad Request"),
    "the port speaks TLS",
  ],
])("http to a TLS port that %s is named as that, at the first attempt", async (_what, respond, words) => {
  await using server = await startScript(respond);
  using client = openClient();
  await expect(client.request(server.origin)).rejects.toMatchObject({
    message: expect.stringContaining(words),
    hints: ["write `https://` instead of `http://`"],
  });
  expect(client.delays).toEqual([]);
});

test("a download whose rest never comes begins again without a range", async () => {
  const bytes = randomBytes(100_000);
  const head = `HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  using timers = holdTimers();
  await using server = await startScript(({ headers }, socket, count) => {
    if (headers["range"] !== undefined) {
      timers.runOut();
      return undefined;
    }
    if (count > 1) return Buffer.concat([Buffer.from(head), bytes]);
    socket.write(head);
    socket.end(bytes.subarray(0, 50_000));
    return undefined;
  });
  using client = openClient({ retries: 0 });
  const downloaded = await downloadToBuffer(client, server.origin);
  expect(downloaded.bytes.equals(bytes)).toBe(true);
  expect(server.requests.map(({ headers }) => headers["range"])).toEqual([
    undefined,
    "bytes=50000-",
    undefined,
  ]);
});

describe("the command", () => {
  test("names a port that does not speak TLS, without the internals of the engine", async () => {
    await using stage = await commandStage({ commands: "called" });
    const index = stage.index.url.replace("http:", "https:");
    const run = await stage.pinion(["pip", "install", "--index-url", index, "x"]);
    expect(run.stderr).toContain("the port speaks HTTP without TLS");
    expect(run.stderr).not.toMatch(/wrong version|SSL routines|\.c:/);
  });

  test("names a port that speaks TLS and was asked without it, and what to write", async () => {
    await using server = await startScript(() => Buffer.from("15030100020246", "hex"));
    await using stage = await commandStage({ commands: "called" });
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--index-url", index, "x"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("expects TLS, but the request was sent without it");
    expect(run.stderr).toContain("hint: write `https://` instead of `http://`");
    expect(run.stderr).not.toMatch(/wrong version|SSL routines|\.c:/);
  });

  test.each<[string, (socket: Socket) => Buffer | undefined]>([
    ["stall", () => undefined],
    ["are reset", (socket) => void socket.resetAndDestroy()],
    ["are cut off", (socket) => void socket.end("HTTP/1.1 206 Part\r\nContent-Length: 99\r\n\r\nx")],
    ["end in an error", () => answer("", [], "500 Broken")],
  ])("takes metadata from the whole wheel where ranges %s", async (_what, fail) => {
    const wheel = makeWheel({ name: "alone", version: "1.0" });
    await using server = await startScript(({ line, headers }, socket) => {
      if (headers["range"] !== undefined) return fail(socket);
      return line.includes("/simple/alone/")
        ? answer(`<title>Links for alone</title><a href="/${wheel.filename}">${wheel.filename}</a>`, [
            "Content-Type: text/html",
          ])
        : answer(wheel.bytes, [], "203 Changed on the way");
    });
    await using stage = await commandStage({ commands: "called" });
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--timeout", "1", "--index-url", index, "alone"]);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("alone==1.0") });
  });

  describe("says what people search for", () => {
    type Trouble = Parameters<typeof commandStage>[0];
    const stall = (on: "pages" | "files", after: number): Trouble => ({
      oddities: [{ kind: "stall", after, on }],
    });
    const cut = (on: "pages" | "files", after: number): Trouble => ({
      oddities: [{ kind: "cut", after, on }],
    });
    const GREETER = "greeter-2.0.0-py3-none-any.whl";

    test.for<readonly [string, Trouble, RegExp]>([
      ["a page that never comes", stall("pages", 0), /timed out/],
      ["a page that stops", stall("pages", 40), /timed out/],
      ["a file that never comes", stall("files", 0), /timed out/],
      ["a file that stops", stall("files", 40), /timed out/],
      ["a page that is cut off", cut("pages", 40), /truncated/],
      ["a file that is cut off", cut("files", 40), /truncated/],
    ])("%s", async ([, trouble, words]) => {
      await using stage = await commandStage({ ...trouble, commands: "called" });
      const run = await stage.install("--no-deps", "--timeout", "1", "--retries", "0", "greeter");
      expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(words)]);
    });

    test.for<readonly [string, readonly string[]]>([
      ["a server that is silent in the handshake", ["--index-url", "https://127.0.0.1:PORT/simple"]],
      [
        "a proxy that is silent",
        ["--proxy", "http://127.0.0.1:PORT", "--index-url", "https://x.example/simple"],
      ],
      [
        "a TLS proxy that is silent",
        ["--proxy", "https://127.0.0.1:PORT", "--index-url", "https://x.example/simple"],
      ],
      [
        "a SOCKS proxy that is silent",
        ["--proxy", "socks5h://127.0.0.1:PORT", "--index-url", "https://x.example/simple"],
      ],
      ["a server without TLS that is silent", ["--index-url", "http://127.0.0.1:PORT/simple"]],
    ])("%s", async ([, flags]) => {
      await using stage = await commandStage({ commands: "called" });
      await using server = await startRelay(0, () => undefined);
      const words = flags.map((flag) => flag.replace("PORT", `${server.port}`));
      const env = { PINION_HTTP_CONNECT_TIMEOUT: "1" };
      const run = await stage.pinion(["pip", "install", ...words, "--timeout", "1", "--retries", "0", "x"], {
        env,
      });
      expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(/timed out/)]);
    });

    test("a wheel that was truncated where it was made", async () => {
      const whole = sampleWheels().find(({ filename }) => filename === GREETER);
      if (whole === undefined) throw new Error("there is no such sample");
      await using stage = await commandStage({ commands: "called" });
      const path = stage.world.write(`project/${GREETER}`, whole.bytes.subarray(0, whole.bytes.length / 2));
      const run = await stage.install("--no-deps", path);
      expect([run.code, run.stderr]).toEqual([1, expect.stringMatching(/truncated/)]);
    });
  });

  test("reads a page that comes with 203", async () => {
    await using stage = await commandStage({ commands: "called" });
    const wheel = makeWheel({ name: "alone", version: "1.0" });
    await using server = await startScript(({ line }) =>
      line.includes("/simple/alone/")
        ? answer(
            `<title>Links for alone</title><a href="/${wheel.filename}">${wheel.filename}</a>`,
            ["Content-Type: text/html"],
            "203 Non-Authoritative Information",
          )
        : answer(wheel.bytes),
    );
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--index-url", index, "alone"]);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("alone==1.0") });
  });

  test("ends a body that goes on after its stated size, and says which size was stated", async () => {
    const wheel = sampleWheels().find(({ name }) => name === "wordlist");
    if (wheel === undefined) throw new Error("there is no such sample");
    let sent = 0;
    await using server = await startScript(({ line }, socket) => {
      if (line.includes("/simple/wordlist/")) {
        const file = { filename: wheel.filename, url: `/${wheel.filename}`, hashes: {}, size: 1000 };
        const page = {
          meta: { "api-version": "1.1" },
          name: "wordlist",
          versions: [wheel.version],
          files: [file],
        };
        return answer(JSON.stringify(page), ["Content-Type: application/vnd.pypi.simple.v1+json"]);
      }
      socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      const pour = (): void => {
        while (!socket.destroyed && sent < 50_000_000 && socket.write(wheel.bytes))
          sent += wheel.bytes.length;
      };
      socket.on("drain", pour);
      pour();
      return undefined;
    });
    await using stage = await commandStage({ commands: "called" });
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--no-deps", "--index-url", index, "wordlist"]);
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain("than the 1000 bytes given by the index");
    expect(sent).toBeLessThan(50_000_000);
  });

  test.each([
    ["a block page", "<html><head><title>Web Filter: blocked</title></head><p>No.</p></html>"],
    ["a login page", "<title>Web Filter: log in</title><form><input type=password></form>"],
    ["a page with links of its own", '<title>Web Filter</title><a href="/policy.html">policy</a>'],
  ])("names the title of %s that answers for the index", async (_what, page) => {
    await using server = await startScript(() => answer(page, ["Content-Type: text/html"]));
    await using stage = await commandStage({ commands: "called" });
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--index-url", index, "alone"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("page `Web Filter");
  });

  test("leaves out an entry that cannot be read, and warns", async () => {
    const wheel = makeWheel({ name: "alone", version: "1.0" });
    await using server = await startScript(({ line }) => {
      if (!line.includes("/simple/")) return answer(wheel.bytes);
      const files = [
        { filename: "alone-2.0-py3-none-any.whl", url: "/alone-2.0-py3-none-any.whl", hashes: "sha256=ab" },
        { filename: wheel.filename, url: `/${wheel.filename}`, hashes: { sha256: wheel.sha256 } },
      ];
      const page = { meta: { "api-version": "1.0" }, name: "alone", files };
      return answer(JSON.stringify(page), ["Content-Type: application/vnd.pypi.simple.v1+json"]);
    });
    await using stage = await commandStage({ commands: "called" });
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--index-url", index, "alone"]);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("alone==1.0") });
    expect(run.stderr).toContain("entries that cannot be read, which are left out: `files[0].hashes`");
  });

  test("says how long it waits where the server asks for a long wait", async () => {
    await using server = await startScript(() => answer("", ["Retry-After: 6"], "503 Busy"));
    await using stage = await commandStage({ commands: "called" });
    const index = `http://127.0.0.1:${server.port}/simple`;
    const run = await stage.pinion(["pip", "install", "--retries", "1", "--index-url", index, "alone"]);
    expect(run.code).toBe(2);
    // The duration itself is replaced by the world's filter.
    expect(run.stderr).toMatch(/^Trying http:\S+ again in \[TIME\] \(attempt 1\): status 503/m);
  });
});

/** Passes connections on to a port, but those that the decision handles itself. */
async function startRelay(
  port: number,
  decide: (socket: Socket) => "pass" | void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    if (decide(socket) === "pass") bridge(socket, port);
  });
  const { port: own, close } = await listen(server);
  return { port: own, [Symbol.asyncDispose]: close };
}

function bridge(socket: Socket, port: number): void {
  const upstream = connect(port, "127.0.0.1");
  socket.pipe(upstream).pipe(socket);
  upstream.on("error", () => socket.destroy());
  socket.on("error", () => upstream.destroy());
  socket.on("close", () => upstream.destroy());
}
