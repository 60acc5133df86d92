// Proxies over real connections: tunnels, forwarding, SOCKS, scripts, and what is told when one refuses.

import { createServer, type Socket } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

import { listen } from "../src/lab/servers/listen.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { startConnectProxy, startInspectingProxy, startSocksProxy } from "./support/loopback-proxies.ts";
import type { ClientSettings } from "../src/net/client-settings.ts";
import { proxySettingsFromEnv } from "../src/net/proxies/proxy.ts";
import { holdTimers } from "./support/held-timers.ts";
import { answer, startScript, tlsOptions } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";

const corp = createAuthority("Corp Root");
const names = ["localhost", "pypi.example", "127.0.0.1"];
const tls = tlsOptions(corp.issue("pypi.example", { names }));
const folder = mkdtempSync(join(tmpdir(), "pinion-proxy-"));
let scripts = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function through(url: string, changes: Partial<ClientSettings> = {}): Partial<ClientSettings> {
  return { retries: 0, proxy: { all: { value: url, origin: "HTTPS_PROXY" } }, ...changes };
}

function withCredentials(url: string, user: string): string {
  return url.replace("://", `://${user}@`);
}

function script(source: string): string {
  const path = join(folder, `proxy-${scripts++}.pac`);
  writeFileSync(path, source);
  return `pac+${pathToFileURL(path).href}`;
}

describe("a CONNECT proxy", () => {
  test("opens tunnels, and the TLS inside is verified as ever", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startConnectProxy();
    using client = openClient(through(proxy.url), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(proxy.targets).toEqual([`pypi.example:${server.port}`]);
    using stranger = openClient(through(proxy.url));
    await expect(stranger.request(server.origin)).rejects.toMatchObject({ code: "tls/unknown-issuer" });
  });

  test("gets its credentials, and the server does not", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startConnectProxy({ auth: { username: "us@r", password: "p:ss" } });
    using client = openClient(through(withCredentials(proxy.url, "us%40r:p%3Ass")), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(server.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
    expect(JSON.stringify(client.events)).not.toContain("p:ss");
    expect(JSON.stringify(client.events)).not.toContain("p%3Ass");
  });

  test("behind TLS is verified like any other server", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    const issued = corp.issue("localhost");
    await using proxy = await startConnectProxy({
      tls: { chainPem: issued.chainPem, keyPem: issued.keyPem },
    });
    using client = openClient(through(proxy.url), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    using stranger = openClient(through(proxy.url));
    await expect(stranger.request(server.origin)).rejects.toMatchObject({
      code: "tls/unknown-issuer",
      message: expect.stringContaining(`localhost:${proxy.port}`),
    });
    expect(proxy.targets).toHaveLength(1);
  });

  test("that speaks plain HTTP, and is named with https://, is reported with its setting", async () => {
    await using proxy = await startConnectProxy();
    using client = openClient(through(proxy.url.replace("http:", "https:")));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "tls/plaintext-server",
      message: `The proxy \`127.0.0.1:${proxy.port}\` speaks plain HTTP, but \`HTTPS_PROXY\` names it with \`https://\``,
      hints: [expect.stringContaining(`write \`http://127.0.0.1:${proxy.port}\` into \`HTTPS_PROXY\``)],
    });
  });

  test("that cannot be reached is reported as that, with the setting that names it", async () => {
    const { port, close } = await listen(createServer());
    await close();
    using client = openClient(through(`http://user:secret@127.0.0.1:${port}`));
    const error: unknown = await client.request("https://pypi.example/").catch((failure: unknown) => failure);
    expect(error).toMatchObject({
      code: "net/proxy-unreachable",
      hints: ["the proxy comes from `HTTPS_PROXY`"],
      cause: { code: "net/refused" },
    });
    expect(String(error) + JSON.stringify(error)).not.toContain("secret");
  });

  test.each([
    ["Basic, none given", 'Basic realm="corp"', "", "put a name and a password into the proxy's URL"],
    [
      "Basic, another given",
      'Basic realm="corp"',
      "ada:wrong",
      "does not accept the credentials from the proxy's URL",
    ],
    ["NTLM", "NTLM", "", "`http://DOMAIN%5CUSER:PASSWORD@proxy:PORT`"],
    ["Negotiate", "Negotiate", "", "the login by Negotiate (Kerberos) failed"],
    [
      "Digest with parameters",
      'Digest realm="a, Basic b", nonce="x"',
      "ada:pw",
      "Digest, which Pinion does not speak",
    ],
  ])("that demands %s is reported with what helps", async (_what, challenge, user, words) => {
    await using proxy = await startConnectProxy({
      refusal: { status: 407, headers: { "Proxy-Authenticate": challenge } },
    });
    const url = user === "" ? proxy.url : withCredentials(proxy.url, user);
    using client = openClient(through(url));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-auth-required",
      details: { status: 407 },
      hints: expect.arrayContaining([expect.stringContaining(words)]),
    });
  });

  test("that answers 401, as tinyproxy does to wrong credentials, demands others", async () => {
    await using proxy = await startConnectProxy({ refusal: { status: 401 } });
    using client = openClient(through(withCredentials(proxy.url, "ada:wrong")));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-auth-required",
      details: { status: 401 },
    });
  });

  test("that refuses a tunnel is reported with its status and first line", async () => {
    const body = "\n  Blocked by policy 17\u001b[31m\nCall 1234\n";
    await using proxy = await startConnectProxy({ refusal: { status: 403, body } });
    using client = openClient(through(proxy.url));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-refused",
      message: expect.stringContaining("`pypi.example:443`: 403 No (`Blocked by policy 17[31m`)"),
    });
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ["hangs up", (socket) => void socket.end(), "net/proxy-refused"],
    ["speaks no HTTP", (socket) => void socket.end("220 ESMTP\r\n"), "net/proxy-refused"],
    ["sends headers without an end", pour, "net/proxy-refused"],
    [
      "speaks before the tunnel is used",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\nEHLO"),
      "net/proxy-refused",
    ],
  ])("that %s is an error", async (_what, behave, code) => {
    const { port, close } = await listen(
      createServer((socket) => void socket.once("data", () => behave(socket))),
    );
    using client = openClient(through(`http://127.0.0.1:${port}`));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({ code });
    await close();
  });

  test("that says nothing is an error", async () => {
    using timers = holdTimers();
    const { port, close } = await listen(
      createServer((socket) => void socket.once("data", () => timers.runOut())),
    );
    using client = openClient(through(`http://127.0.0.1:${port}`));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({ code: "net/timeout" });
    await close();
  });

  test("is not used for what NO_PROXY names, judged again at each redirect", async () => {
    await using server = await startScript(
      ({ line }) =>
        line.includes(" /to ")
          ? answer("x")
          : answer("", [`Location: https://pypi.example:${server.port}/to`], "302 Found"),
      { tls, host: "localhost" },
    );
    await using proxy = await startConnectProxy();
    const proxies = proxySettingsFromEnv({ HTTPS_PROXY: proxy.url, NO_PROXY: "localhost" });
    using client = openClient({ retries: 0, proxy: proxies }, [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(proxy.targets).toEqual([`pypi.example:${server.port}`]);
  });

  test("that opens every connection is named, or trusted where its root is", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    const inspector = createAuthority("O=Zscaler Inc., CN=Zscaler Root CA");
    await using proxy = await startInspectingProxy(inspector);
    using client = openClient(through(proxy.url), [corp]);
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "tls/tls-inspection" });
    using trusting = openClient(through(proxy.url), [inspector]);
    expect(await (await trusting.request(server.origin)).text()).toBe("x");
  });

  test("forwards `http:` requests itself, with its credentials", async () => {
    await using server = await startScript(() => answer("x"));
    await using proxy = await startConnectProxy({ auth: { username: "user", password: "secret" } });
    using client = openClient(through(withCredentials(proxy.url, "user:secret")));
    expect(await (await client.request(`${server.origin}/a?b`)).text()).toBe("x");
    expect(proxy.targets).toEqual([`${server.origin}/a?b`]);
    using anonymous = openClient(through(proxy.url));
    await expect(anonymous.request(server.origin)).rejects.toMatchObject({ code: "net/proxy-auth-required" });
  });
});

describe("a SOCKS proxy", () => {
  test.each([
    ["socks5h", "pypi.example"],
    ["socks", "pypi.example"],
    ["socks5", "127.0.0.1"],
    ["socks4a", "pypi.example"],
    ["socks4", "127.0.0.1"],
  ])("of the scheme %s is told %s", async (scheme, host) => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startSocksProxy();
    using client = openClient(through(proxy.url.replace("socks5h", scheme)), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(proxy.targets).toEqual([`${host}:${server.port}`]);
  });

  test("carries `http:` requests too", async () => {
    await using server = await startScript(() => answer("x"));
    await using proxy = await startSocksProxy();
    using client = openClient(through(proxy.url));
    expect(await (await client.request(`http://pypi.example:${server.port}/`)).text()).toBe("x");
    expect(server.requests[0]?.line).toBe("GET / HTTP/1.1");
  });

  test("gets its credentials", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startSocksProxy({ auth: { username: "user", password: "secret" } });
    using client = openClient(through(withCredentials(proxy.url, "user:secret")), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    using anonymous = openClient(through(withCredentials(proxy.url, "user:wrong")), [corp]);
    const error: unknown = await anonymous.request(server.origin).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "net/proxy-auth-required" });
    expect(String(error) + JSON.stringify(error)).not.toContain("wrong");
  });

  test("that cannot be reached, refuses, or is silent is reported as that", async () => {
    const closed = await listen(createServer());
    await closed.close();
    using unreachable = openClient(through(`socks5h://127.0.0.1:${closed.port}`));
    await expect(unreachable.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-unreachable",
    });
    const refusing = await listen(createServer((socket) => refuseSocks(socket)));
    using refused = openClient(through(`socks5h://127.0.0.1:${refusing.port}`));
    await expect(refused.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-refused",
    });
    await refusing.close();
    const silent = await listen(createServer(() => {}));
    using waiting = openClient(through(`socks5h://127.0.0.1:${silent.port}`, { connectTimeoutMs: 200 }));
    await expect(waiting.request("https://pypi.example/")).rejects.toMatchObject({ code: "net/timeout" });
    await silent.close();
  });
});

describe("a proxy script", () => {
  test("says the way, and what it says is reported", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startConnectProxy();
    const source = `function FindProxyForURL(url, host) {
      return shExpMatch(host, "*.example") ? "PROXY 127.0.0.1:${proxy.port}" : "DIRECT"; }`;
    using client = openClient(through(script(source)), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(await (await client.request(`https://localhost:${server.port}/`)).text()).toBe("x");
    expect(proxy.targets).toEqual([`pypi.example:${server.port}`]);
  });

  test("learns no path of an encrypted address", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startConnectProxy();
    const source = `function FindProxyForURL(url) { return /secret/.test(url) ? "DIRECT" : "PROXY 127.0.0.1:${proxy.port}"; }`;
    using client = openClient(through(script(source)), [corp]);
    await client.request(`${server.origin}/a?token=secret`);
    expect(proxy.targets).toHaveLength(1);
  });

  test("may name several ways; one that fails is passed over, and tried last from then on", async () => {
    await using server = await startScript(() => answer("x", ["Connection: close"]), {
      tls,
      host: "pypi.example",
    });
    await using proxy = await startSocksProxy();
    const { port, close } = await listen(createServer());
    await close();
    const source = `function FindProxyForURL() { return "PROXY 127.0.0.1:${port}; SOCKS5 127.0.0.1:${proxy.port}; DIRECT"; }`;
    using client = openClient(through(script(source)), [corp]);
    await client.request(server.origin);
    await client.request(server.origin);
    expect(proxy.targets).toHaveLength(2);
  });

  test("may name very many ways that say nothing: a request tries few of them", async () => {
    let tried = 0;
    const silent = await Promise.all(
      Array.from({ length: 12 }, () => listen(createServer(() => void (tried += 1)))),
    );
    try {
      const ways = silent.map(({ port }) => `PROXY 127.0.0.1:${port}`).join("; ");
      const source = `function FindProxyForURL() { return "${ways}"; }`;
      using client = openClient(through(script(source), { connectTimeoutMs: 100 }), [corp]);
      await expect(client.request("https://pypi.example/")).rejects.toMatchObject({ code: "net/timeout" });
      expect(tried).toBeGreaterThan(0);
      expect(tried).toBeLessThanOrEqual(4);
    } finally {
      await Promise.all(silent.map(({ close }) => close()));
    }
  });

  test("is fetched over verified TLS, directly", async () => {
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    await using proxy = await startConnectProxy();
    const source = `function FindProxyForURL() { return "HTTP 127.0.0.1:${proxy.port}"; }`;
    await using scripting = await startScript(() => answer(source), { tls, host: "localhost" });
    using client = openClient(through(`pac+${scripting.origin}/proxy.pac`), [corp]);
    await client.request(server.origin);
    await client.request(server.origin);
    expect(proxy.targets).toHaveLength(1);
    expect(scripting.requests).toHaveLength(1);
    using stranger = openClient(through(`pac+${scripting.origin}/proxy.pac`));
    await expect(stranger.request(server.origin)).rejects.toMatchObject({
      code: "net/proxy-unreachable",
      cause: { code: "tls/unknown-issuer" },
    });
  });

  test("that is not there is an error that says who named it", async () => {
    using client = openClient(through(`pac+${pathToFileURL(join(folder, "none.pac")).href}`));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      code: "net/proxy-unreachable",
      hints: ["the script comes from `HTTPS_PROXY`"],
    });
  });
});

function refuseSocks(socket: Socket): void {
  socket.once("data", () => {
    socket.write(Buffer.from([5, 0]));
    // RFC 1928 section 6: 2 is "connection not allowed by ruleset".
    socket.once("data", () => socket.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])));
  });
}

function pour(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\n");
  const more = (): void => {
    while (socket.writable && socket.write("X: y\r\n".repeat(100)));
    if (socket.writable) socket.once("drain", more);
  };
  more();
}
