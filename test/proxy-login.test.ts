// Logins at proxies over real connections: NTLM and Negotiate, CONNECT and plain requests, and what is reported where one fails.

import { describe, expect, test } from "vitest";

import { createAuthority } from "../src/lab/certificates/mint.ts";
import type { ClientSettings } from "../src/net/client-settings.ts";
import type { OpenNegotiate } from "../src/net/proxies/negotiate.ts";
import { ProxyLogins, type ProxyLoginSettings } from "../src/net/proxies/proxy-login.ts";
import { answer, startScript, tlsOptions } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";
import { startNtlmProxy, type NtlmProxyOptions } from "./support/ntlm-proxy.ts";

const corp = createAuthority("Corp Root");
const tls = tlsOptions(corp.issue("pypi.example", { names: ["pypi.example"] }));
const USER = "Domain%5CUser:Password";

const noTicket: OpenNegotiate = () => Promise.resolve("there is no ticket");

function through(port: number, user: string, settings: ProxyLoginSettings = {}): Partial<ClientSettings> {
  const value = `http://${user === "" ? "" : `${user}@`}127.0.0.1:${port}`;
  return {
    retries: 0,
    proxy: { all: { value, origin: "HTTPS_PROXY" } },
    logins: new ProxyLogins({ openNegotiate: noTicket, ...settings }),
  };
}

describe.each([
  ["https through a tunnel", { tls, host: "pypi.example" }],
  ["http in absolute form", { host: "pypi.example" }],
])("an NTLM proxy carries %s", (what, served) => {
  test.each<[string, NtlmProxyOptions, string]>([
    ["on the connection that it keeps open", {}, USER],
    ["on a new connection after it closed the first", { closesFirst: true }, USER],
    ["with an integrity code where it states its time", { statesTime: true }, USER],
    ["where it offers Basic too", { offers: ["Basic realm=x", "NTLM"] }, USER],
    ["where it calls the same Negotiate", { scheme: "Negotiate" }, USER],
  ])("%s", async (_how, options, user) => {
    await using server = await startScript(() => answer("x"), served);
    await using proxy = await startNtlmProxy(options);
    using client = openClient(through(proxy.port, user), [corp]);
    expect(await (await client.request(`${server.origin}/a`)).text()).toBe("x");
    expect(await (await client.request(`${server.origin}/b`)).text()).toBe("x");
    expect(
      server.requests.map(({ headers }) => Object.keys(headers).filter((name) => name.startsWith("proxy"))),
    ).toEqual([[], []]);
    // A domain's password never goes out readable, and once a connection is logged in, nothing more is sent.
    expect(proxy.headers.filter((header) => header.startsWith("Basic"))).toEqual([]);
    expect(proxy.headers).toHaveLength(2);
    expect(proxy.connections).toBe(options.closesFirst === true ? 2 : 1);
    expect(JSON.stringify(client.events)).not.toContain("Password");
    if (what.startsWith("https"))
      expect(client.events).toContainEqual(
        expect.objectContaining({
          kind: "connected",
          proxyLogin: options.scheme === undefined ? "NTLM" : "Negotiate (Kerberos)",
        }),
      );
  });
});

test("many requests at once each log their connection in", async () => {
  await using server = await startScript(() => answer("x"), { host: "pypi.example" });
  await using proxy = await startNtlmProxy({ closesFirst: true });
  using client = openClient(through(proxy.port, USER));
  const bodies = await Promise.all(
    Array.from({ length: 40 }, async (_, at) => (await client.request(`${server.origin}/${at}`)).text()),
  );
  expect(bodies).toEqual(Array.from({ length: 40 }, () => "x"));
  expect(server.requests).toHaveLength(40);
});

test("credentials of the settings serve proxies whose URL has none", async () => {
  await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
  await using proxy = await startNtlmProxy();
  const credentials = { username: "Domain\\User", password: "Password", source: "`PINION_PROXY_USERNAME`" };
  using client = openClient(through(proxy.port, "", { credentials }), [corp]);
  expect(await (await client.request(server.origin)).text()).toBe("x");
});

// Promise: a proxy that a script names gets the login of the settings once it asks
// Attack: a script names a proxy that asks for none, and reads what comes
test("credentials of the settings are not sent before the proxy asks", async () => {
  await using server = await startScript(() => answer("x"), { host: "pypi.example" });
  const credentials = { username: "ada", password: "s3cret", source: "`PINION_PROXY_USERNAME`" };
  await using proxy = await startNtlmProxy({ offers: ["Negotiate"] });
  using client = openClient(through(proxy.port, "", { credentials }));
  await expect(client.request(server.origin)).rejects.toMatchObject({ code: "net/proxy-auth-required" });
  expect(proxy.headers.filter((header) => header.startsWith("Basic"))).toEqual([]);
});

test("a scheme that is set is the only one, and goes out at once", async () => {
  await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
  await using proxy = await startNtlmProxy({ offers: ["Basic realm=x", "NTLM"] });
  using client = openClient(through(proxy.port, USER, { scheme: "ntlm" }), [corp]);
  expect(await (await client.request(server.origin)).text()).toBe("x");
  expect(proxy.log).toEqual([
    `CONNECT pypi.example:${server.port} 407`,
    `CONNECT pypi.example:${server.port} 200`,
  ]);
  await using other = await startNtlmProxy({ offers: ["Basic realm=x"], scheme: "Negotiate" });
  using refused = openClient(through(other.port, USER, { scheme: "ntlm" }), [corp]);
  await expect(refused.request(server.origin)).rejects.toMatchObject({ code: "net/proxy-auth-required" });
  expect(other.headers.filter((header) => header.startsWith("Basic"))).toEqual([]);
});

// Promise: untrusted input cannot make a command hang
// Attack: a proxy asks for a login on every new connection, and ends each of them at the login without a word
test.each([
  ["Basic", "Basic realm=x"],
  ["NTLM", "NTLM"],
])("a proxy that always ends the connection at a login by %s is given up", async (_scheme, offer) => {
  await using proxy = await startScript(({ headers }, socket, count) => {
    // What asks without an end is let through in the end, so that this test has one.
    if (count > 100) return answer("let through");
    if (headers["proxy-authorization"] !== undefined) return void socket.destroy();
    return answer("", [`Proxy-Authenticate: ${offer}`], "407 Proxy Authentication Required");
  });
  const credentials = { username: "ada", password: "s3cret", source: "test" };
  using client = openClient(through(proxy.port, "", { credentials }));
  await expect(client.request("http://pypi.example/")).rejects.toMatchObject({ code: "net/reset" });
  expect(proxy.connections).toBe(1);
});

describe("a login that fails is explained:", () => {
  test.each<[string, NtlmProxyOptions, string, readonly string[]]>([
    [
      "a wrong password",
      {},
      "Domain%5CUser:wrong",
      ["NTLM failed: the proxy refused it", "does not accept the credentials"],
    ],
    ["no credentials", {}, "", ["`http://DOMAIN%5CUSER:PASSWORD@proxy:PORT`"]],
    ["no ticket", { offers: ["Negotiate"] }, "", ["Negotiate (Kerberos) failed: there is no ticket"]],
    [
      "no ticket, and NTLM instead",
      { offers: ["Negotiate", "NTLM"] },
      "",
      ["there is no ticket", "DOMAIN%5CUSER"],
    ],
  ])("%s", async (_what, options, user, words) => {
    await using proxy = await startNtlmProxy(options);
    for (const url of ["https://pypi.example/", "http://pypi.example/"]) {
      using client = openClient(through(proxy.port, user));
      const error: unknown = await client.request(url).catch((failure: unknown) => failure);
      expect(error).toMatchObject({
        code: "net/proxy-auth-required",
        hints: expect.arrayContaining(words.map((word) => expect.stringContaining(word))),
      });
      expect(String(error) + JSON.stringify(error)).not.toContain("wrong");
    }
  });

  test("a challenge that is not NTLM", async () => {
    await using proxy = await startScript(({ headers }) =>
      answer(
        "",
        [`Proxy-Authenticate: NTLM${headers["proxy-authorization"] === undefined ? "" : " bm90IE5UTE0="}`],
        "407 Proxy Authentication Required",
      ),
    );
    using client = openClient(through(proxy.port, USER));
    await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
      hints: expect.arrayContaining([expect.stringContaining("the proxy's challenge is not NTLM")]),
    });
  });
});

test("Negotiate sends its messages over one connection, until the proxy accepts", async () => {
  await using server = await startScript(() => answer("x"), { host: "pypi.example" });
  await using proxy = await startScript(({ line, headers }) => {
    const login = headers["proxy-authorization"];
    if (login === undefined) return answer("", ["Proxy-Authenticate: Negotiate"], "407 No");
    if (login === `Negotiate ${Buffer.from("first").toString("base64")}`)
      return answer(
        "",
        [`Proxy-Authenticate: Negotiate ${Buffer.from("more").toString("base64")}`],
        "407 No",
      );
    return login === `Negotiate ${Buffer.from("second").toString("base64")}` && line.includes(server.origin)
      ? answer("through")
      : answer("", ["Proxy-Authenticate: Negotiate"], "407 No");
  });
  const hosts: string[] = [];
  const openNegotiate: OpenNegotiate = (host) => {
    hosts.push(host);
    return Promise.resolve({
      token: Buffer.from("first"),
      step: (token) => Promise.resolve(token.toString() === "more" ? Buffer.from("second") : "unexpected"),
    });
  };
  using client = openClient(through(proxy.port, "", { openNegotiate }));
  expect(await (await client.request(`${server.origin}/a`)).text()).toBe("through");
  expect(hosts).toEqual(["127.0.0.1"]);
  expect(proxy.connections).toBe(1);
});

describe("a proxy that a project's file names", () => {
  // Promise: the user's login at proxies goes to no proxy that a project names
  // Attack: the proxy demands Basic, NTLM or Negotiate, for which the user has a password and a ticket
  test.each([["Basic realm=x"], ["NTLM"], ["Negotiate"]])("gets no login by %s", async (offer) => {
    let tickets = 0;
    const settings: ProxyLoginSettings = {
      credentials: { username: "ada", password: "s3cret", source: "test" },
      openNegotiate: (host) => {
        tickets += 1;
        return Promise.resolve(`there is no ticket for ${host}`);
      },
    };
    await using proxy = await startNtlmProxy({ offers: [offer] });
    for (const isOfProject of [true, undefined] as const) {
      const client = openClient({
        ...through(proxy.port, "", settings),
        proxy: { all: { value: `http://127.0.0.1:${proxy.port}`, origin: "test", isOfProject } },
      });
      const sent = proxy.headers.length;
      await expect(client.request("https://pypi.example/")).rejects.toMatchObject({
        code: "net/proxy-auth-required",
      });
      client.close();
      if (isOfProject === true) expect([proxy.headers.length - sent, tickets]).toEqual([0, 0]);
      else expect(proxy.headers.length + tickets).toBeGreaterThan(sent);
    }
  });
});
