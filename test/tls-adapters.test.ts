// Pinion's trust in other programs' HTTP clients: `fetch`, undici, and the errors that they throw.

import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

import { listen } from "../src/lab/servers/listen.ts";
import {
  createFetch,
  createUndiciConnector,
  explainError,
  isPinionError,
  loadTrust,
  type TrustStore,
} from "../src/tls.ts";
import { startConnectProxy } from "./support/loopback-proxies.ts";
import { type TestAuthority, World } from "./support/world.ts";

describe("an aborted request", () => {
  const trust = loadTrust({ env: {}, home: "" });

  test("ends its connection at once, also within the handshake", async () => {
    const silent = await listen(createTcpServer());
    // Long beyond the test's own time.
    const verifying = createFetch({ trust, timeoutMs: 600_000 });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const failed = verifying(`https://127.0.0.1:${silent.port}/`, { signal: controller.signal });
    await expect(failed).rejects.toMatchObject({ name: "AbortError" });
    verifying.close();
    await silent.close();
  });

  test("fails the body by the signal's reason, and one that is cut off as the runtime's fetch does", async () => {
    const server = createHttpServer((request, response) => {
      response.write("first");
      if (request.url === "/cut") setTimeout(() => response.destroy(), 20);
    });
    const { port, close } = await listen(server);
    const verifying = createFetch({ trust });
    const controller = new AbortController();
    const response = await verifying(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    controller.abort(new Error("my reason"));
    await expect(response.text()).rejects.toThrow("my reason");
    const cut = await verifying(`http://127.0.0.1:${port}/cut`);
    await expect(cut.text()).rejects.toMatchObject({ name: "TypeError", cause: { code: "ECONNRESET" } });
    verifying.close();
    await close();
  });
});

interface Stage {
  readonly origin: string;
  readonly port: number;
  readonly trust: TrustStore;
  readonly stranger: TrustStore;
  readonly bundlePath: string;
  readonly seen: {
    readonly method: string;
    readonly url: string;
    readonly headers: NodeJS.Dict<string | string[]>;
    readonly body: string;
  }[];
  close(): Promise<void>;
}

/** A server behind the chain that broke uv, which says what it was sent. */
async function openStage(
  world: World,
  {
    root = world.authority("Private Root", { key: "P-384", signing: { digest: "sha512" } }),
    sendsTo,
  }: { readonly root?: TestAuthority; readonly sendsTo?: string } = {},
): Promise<Stage> {
  const issued = root.issue("localhost");
  const seen: Stage["seen"] = [];
  const server = createServer({ cert: issued.chainPem, key: issued.keyPem }, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const url = request.url ?? "";
      seen.push({ method: request.method ?? "", url, headers: request.headers, body });
      if (url === "/moved") response.writeHead(302, { location: "/page" }).end();
      else if (url === "/away")
        response.writeHead(307, { location: `${sendsTo ?? `https://127.0.0.1:${port}`}/page` }).end();
      else if (url === "/loop") response.writeHead(302, { location: "/loop" }).end();
      else if (url === "/downgrade") response.writeHead(302, { location: "http://localhost/" }).end();
      else
        response
          .writeHead(200, { "content-encoding": "gzip", "x-kind": "page" })
          .end(gzipSync(`page for ${url}`));
    });
  });
  const { port, close } = await listen(server);
  const bundlePath = root.writePem();
  const trusting = (path: string): TrustStore =>
    loadTrust({ env: { SSL_CERT_FILE: path }, home: world.home });
  return {
    origin: `https://localhost:${port}`,
    port,
    trust: trusting(bundlePath),
    stranger: trusting(world.authority("Elsewhere").writePem()),
    bundlePath,
    seen,
    close,
  };
}

describe("createFetch()", () => {
  test("reads, decodes, follows redirects and sends bodies", async () => {
    await using world = await World.create();
    const stage = await openStage(world);
    const fetch = createFetch({ trust: stage.trust });
    const response = await fetch(`${stage.origin}/moved`);
    expect([response.status, response.url, response.redirected]).toEqual([200, `${stage.origin}/page`, true]);
    expect(response.headers.get("x-kind")).toBe("page");
    expect(await response.text()).toBe("page for /page");
    await fetch(`${stage.origin}/moved`, { method: "POST", body: "hello" });
    expect(stage.seen.slice(-2)).toMatchObject([
      { method: "POST", url: "/moved", body: "hello" },
      { method: "GET", url: "/page", body: "" },
    ]);
    fetch.close();
    await stage.close();
  });

  test("keeps credentials at their origin, and follows neither loops nor redirects without TLS", async () => {
    await using world = await World.create();
    const stage = await openStage(world);
    const fetch = createFetch({ trust: stage.trust });
    await expect(
      fetch(`${stage.origin}/away`, { headers: { authorization: "Basic c2VjcmV0" } }),
    ).rejects.toThrow("fetch failed");
    expect(stage.seen.map(({ url }) => url)).toEqual(["/away"]);
    for (const path of ["/loop", "/downgrade"])
      await expect(fetch(stage.origin + path)).rejects.toMatchObject({
        cause: { code: "net/redirect-loop" },
      });
    const manual = await fetch(`${stage.origin}/moved`, { redirect: "manual" });
    expect([manual.status, manual.headers.get("location")]).toEqual([302, "/page"]);
    fetch.close();
    await stage.close();
  });

  // Promise: what is meant for one server stays there
  // Attack: that server sends the request on to another one
  test("sends no header that is meant for one server to another, by the rule of installs", async () => {
    await using world = await World.create();
    const root = world.authority();
    const stage = await openStage(world, { root });
    const other = await openStage(world, { root, sendsTo: stage.origin });
    const fetch = createFetch({ trust: other.trust });
    const secrets = {
      authorization: "Basic c2VjcmV0",
      cookie: "a=1",
      cookie2: "a=1",
      "www-authenticate": "Basic",
      "proxy-authorization": "Basic c2VjcmV0",
      "proxy-token": "secret",
    };
    const headers = { ...secrets, "x-kept": "yes" };
    expect((await fetch(`${other.origin}/away`, { headers })).status).toBe(200);
    expect(other.seen).toMatchObject([{ headers }]);
    const [received] = stage.seen;
    expect(received).toMatchObject({ url: "/page", headers: { "x-kept": "yes" } });
    for (const name of Object.keys(secrets)) expect(received?.headers).not.toHaveProperty(name);
    fetch.close();
    await stage.close();
    await other.close();
  });

  // Promise: untrusted input cannot exhaust memory or time
  // Attack: an answer of some kilobytes unpacks to gigabytes, by one coding or by two
  test("bounds what a body unpacks to, and leaves one with another coding as it is", async () => {
    const zeros = Buffer.alloc(64 * 1024 ** 2);
    const bodies: Readonly<Record<string, readonly [string, Buffer]>> = {
      "/bomb": ["br", brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
      "/twice": ["gzip, gzip", gzipSync(gzipSync(zeros))],
      "/thrice": ["gzip, gzip, gzip", gzipSync(gzipSync(gzipSync("text")))],
      "/page": ["x-gzip, identity", gzipSync("text")],
      "/pages": ["deflate, gzip", gzipSync(deflateSync("text"))],
      "/other": ["zstd", Buffer.from("not unpacked")],
    };
    const server = createHttpServer(({ url }, response) => {
      const [coding = "", body] = bodies[url ?? ""] ?? [];
      response.writeHead(200, { "content-encoding": coding }).end(body);
    });
    const { port, close } = await listen(server);
    const fetch = createFetch({ trust: loadTrust({ env: {}, home: "/" }) });
    const read = async (path: string): Promise<string> =>
      (await fetch(`http://localhost:${port}${path}`)).text();
    for (const path of ["/bomb", "/twice"])
      await expect(read(path), path).rejects.toMatchObject({ code: "net/too-large" });
    await expect(read("/thrice")).rejects.toMatchObject({ cause: { code: "net/malformed-response" } });
    expect(await Promise.all([read("/page"), read("/pages"), read("/other")])).toEqual([
      "text",
      "text",
      "not unpacked",
    ]);
    fetch.close();
    await close();
  });

  test("asks for addresses without TLS by the proxy for them", async () => {
    await using proxy = await startConnectProxy();
    const server = createHttpServer((_, response) => response.end("plain"));
    const { port, close } = await listen(server);
    const trust = loadTrust({ env: {}, home: "/" });
    const fetch = createFetch({ trust, proxy: { http: { value: proxy.url, origin: "HTTP_PROXY" } } });
    expect(await (await fetch(`http://localhost:${port}/`)).text()).toBe("plain");
    expect(proxy.targets).toEqual([`localhost:${port}`]);
    fetch.close();
    await close();
  });

  test("rejects with the refusal as cause", async () => {
    await using world = await World.create();
    const stage = await openStage(world);
    const fetch = createFetch({ trust: stage.stranger });
    await expect(fetch(stage.origin)).rejects.toMatchObject({
      name: "TypeError",
      cause: { code: "tls/unknown-issuer" },
    });
    fetch.close();
    await stage.close();
  });
});

describe("createUndiciConnector()", () => {
  test("gives undici a verified socket, or the refusal", async () => {
    await using world = await World.create();
    const stage = await openStage(world);
    const connect = (trust: TrustStore): Promise<unknown> =>
      new Promise((resolve) => {
        const target = { hostname: "localhost", protocol: "https:", port: String(stage.port) };
        createUndiciConnector({ trust })(target, (error, socket) => {
          resolve(error ?? socket?.remotePort);
          socket?.destroy();
        });
      });
    expect(await connect(stage.trust)).toBe(stage.port);
    const refusal = await connect(stage.stranger);
    expect(isPinionError(refusal, "tls/unknown-issuer")).toBe(true);
    await stage.close();
  });
});

describe("explainError()", () => {
  test("explains what the runtime's own fetch threw, with the cause of its message", async () => {
    await using world = await World.create();
    const stage = await openStage(world);
    const error: unknown = await globalThis.fetch(stage.origin).catch((thrown: unknown) => thrown);
    const told = await explainError(error, { trust: stage.stranger, url: stage.origin });
    expect(told).toMatchObject({
      kind: "examined",
      target: stage.origin,
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      examination: { isWell: false, cause: { code: "tls/unknown-issuer" } },
    });
    expect(
      await explainError(error, { env: { SSL_CERT_FILE: stage.bundlePath }, url: stage.origin }),
    ).toMatchObject({
      examination: { isWell: true },
    });
    await stage.close();
  });

  test("finds the server in the error", async () => {
    await using world = await World.create();
    const stage = await openStage(world);
    const errors = [
      Object.assign(new Error("certificate has expired"), {
        code: "CERT_HAS_EXPIRED",
        host: "localhost",
        port: stage.port,
      }),
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("x"), {
          code: "ERR_TLS_CERT_ALTNAME_INVALID",
          host: "localhost",
          port: stage.port,
        }),
      }),
      Object.assign(new Error("x"), {
        code: "SELF_SIGNED_CERT_IN_CHAIN",
        config: { url: `${stage.origin}/file` },
      }),
    ];
    for (const error of errors)
      expect(await explainError(error, { trust: stage.trust })).toMatchObject({
        kind: "examined",
        examination: { isWell: true },
      });
    await stage.close();
  });

  test.each([
    ["an error of another kind", Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT"],
    [
      "a TLS error that names no server",
      Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" }),
      "CERT_HAS_EXPIRED",
    ],
    ["a string", "certificate has expired", undefined],
  ])("leaves %s alone", async (_what, error, code) => {
    expect(await explainError(error)).toEqual({ kind: "unrelated", code });
  });
});
