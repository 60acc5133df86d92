// Redirects and credentials over real connections: one test per rule of docs/network.md.

import { describe, expect, test } from "vitest";

import { createAuthority } from "../src/lab/certificates/mint.ts";
import { basicCredentials, type CredentialSource } from "../src/net/credentials/auth.ts";
import { createCredentialSource } from "../src/net/credentials/credential-source.ts";
import { parseInsecureHost } from "../src/net/connections/insecure-hosts.ts";
import { answer, redirect, startScript, tlsOptions } from "./support/scripted-server.ts";
import { openClient } from "./support/test-client.ts";

const corp = createAuthority("Corp Root");
const certificate = tlsOptions(
  corp.issue("localhost", { names: ["localhost", "other.example", "pypi.example"] }),
);
const basic = `Basic ${Buffer.from("user:secret").toString("base64")}`;

describe("a redirect", () => {
  test("is followed, relative to its own URL, and the final URL is reported", async () => {
    await using server = await startScript(({ line }) =>
      line.startsWith("GET /a/b ") ? redirect("../c?d#e") : answer("x"),
    );
    using client = openClient();
    const response = await client.request(`${server.origin}/a/b`);
    expect(response.url).toBe(`${server.origin}/c?d`);
    expect(server.requests.map(({ line }) => line)).toEqual(["GET /a/b HTTP/1.1", "GET /c?d HTTP/1.1"]);
  });

  test.each([301, 302, 303, 307, 308])("of status %d keeps HEAD", async (status) => {
    await using server = await startScript(({ line }) =>
      line.includes(" /to ")
        ? "HTTP/1.1 200 OK\r\n\r\n"
        : `HTTP/1.1 ${status} Go\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n`,
    );
    using client = openClient();
    expect((await client.request(server.origin, { method: "HEAD" })).status).toBe(200);
    expect(server.requests[1]?.line).toBe("HEAD /to HTTP/1.1");
  });

  test.each([300, 304, 305])("is not made of status %d", async (status) => {
    await using server = await startScript(() => answer("", ["Location: /to"], `${status} Here`));
    using client = openClient();
    expect((await client.request(server.origin)).status).toBe(status);
  });

  test("without a place is an answer", async () => {
    await using server = await startScript(() => answer("", [], "302 Found"));
    using client = openClient();
    expect((await client.request(server.origin)).status).toBe(302);
  });

  test("is followed ten times and not an eleventh", async () => {
    let left = 10;
    await using server = await startScript(() => (left-- > 0 ? redirect("/") : answer("x")));
    using client = openClient();
    expect((await client.request(server.origin)).status).toBe(200);
    left = 11;
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "net/redirect-loop" });
  });

  test.each([
    "file:///etc/passwd",
    "ftp://host/",
    "data:text/plain,x",
    "javascript:1",
    "http://ho st/",
    "//",
  ])("to %s is refused", async (location) => {
    await using server = await startScript(() => redirect(location));
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "net/redirect-loop" });
  });

  test("to a host that does not answer is reported as that", async () => {
    await using server = await startScript(() => redirect("https://gone.invalid/"));
    using client = openClient();
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "net/dns" });
  });

  test("takes no body that never ends along", async () => {
    await using server = await startScript(({ line }, socket) => {
      if (line.includes(" /to ")) return answer("x");
      socket.write("HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 99999999\r\n\r\n");
      const timer = setInterval(() => socket.write("x".repeat(20_000)), 1);
      socket.on("close", () => clearInterval(timer));
      return undefined;
    });
    using client = openClient();
    expect(await (await client.request(server.origin)).text()).toBe("x");
  });
});

describe("credentials and cookies of a request", () => {
  const secrets = { authorization: "Bearer t", cookie: "c=1", "proxy-authorization": "Basic p" };

  test("go along within the same origin", async () => {
    await using server = await startScript(({ line }) =>
      line.includes(" /to ") ? answer("x") : redirect("/to"),
    );
    using client = openClient();
    await client.request(server.origin, { headers: secrets });
    expect(server.requests[1]?.headers).toMatchObject(secrets);
  });

  test("stay behind when the host changes, the port being the same", async () => {
    await using server = await startScript(({ line }) =>
      line.includes(" /to ") ? answer("x") : redirect(`http://other.example:${server.port}/to`),
    );
    using client = openClient();
    await client.request(server.origin, { headers: { ...secrets, accept: "text/html" } });
    expect(Object.keys(server.requests[1]?.headers ?? {})).toEqual([
      "host",
      "user-agent",
      "accept",
      "accept-encoding",
    ]);
    expect(server.requests[1]?.headers["accept"]).toBe("text/html");
  });

  test("stay behind when the port changes", async () => {
    await using target = await startScript(() => answer("x"));
    await using server = await startScript(() => redirect(`${target.origin}/to`));
    using client = openClient();
    await client.request(server.origin, { headers: secrets });
    expect(target.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(target.requests[0]?.headers).not.toHaveProperty("cookie");
    expect(target.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  test("stay behind when the scheme changes to https", async () => {
    await using target = await startScript(() => answer("x"), { tls: certificate, host: "localhost" });
    await using server = await startScript(() => redirect(`${target.origin}/to`));
    using client = openClient({}, [corp]);
    await client.request(server.origin, { headers: secrets });
    expect(target.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test("do not come back when a redirect returns to where it began", async () => {
    await using target = await startScript(() => redirect(`${server.origin}/back`));
    await using server = await startScript(({ line }): Buffer =>
      line.includes(" /back ") ? answer("x") : redirect(target.origin),
    );
    using client = openClient();
    await client.request(`http://user:secret@127.0.0.1:${server.port}/`);
    expect(server.requests[0]?.headers["authorization"]).toBe(basic);
    expect(server.requests[1]?.headers).not.toHaveProperty("authorization");
  });

  test.each([
    ["a header", { authorization: "Bearer t" }, ""],
    ["the URL", {}, "user:secret@"],
  ])("never go from https to http: as %s", async (_what, headers, user) => {
    await using target = await startScript(() => answer("x"));
    await using server = await startScript(() => redirect(target.origin), {
      tls: certificate,
      host: "localhost",
    });
    using client = openClient({}, [corp]);
    await expect(
      client.request(`https://${user}localhost:${server.port}/`, { headers }),
    ).rejects.toMatchObject({
      code: "net/redirect-loop",
      message: expect.not.stringContaining("secret"),
    });
    expect(target.connections).toBe(0);
  });

  test("from https to http without any, a redirect is followed", async () => {
    await using target = await startScript(() => answer("x"));
    await using server = await startScript(() => redirect(target.origin), {
      tls: certificate,
      host: "localhost",
    });
    using client = openClient({}, [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
  });

  test("of a redirect's own URL go to that URL", async () => {
    await using target = await startScript(() => answer("x"));
    await using server = await startScript(() => redirect(`http://user:secret@127.0.0.1:${target.port}/`));
    using client = openClient();
    const response = await client.request(server.origin);
    expect(target.requests[0]?.headers["authorization"]).toBe(basic);
    expect(response.url).not.toContain("secret");
    expect(JSON.stringify(client.events)).not.toContain("secret");
  });
});

describe("an index's credentials", () => {
  const source = (url: string, more = {}): CredentialSource =>
    createCredentialSource({
      env: {},
      indexes: [{ url, name: "corp" }],
      known: [{ url, username: "user", password: "secret", origin: "--index-url" }],
      ...more,
    });

  test("are sent at once, also for files of its origin", async () => {
    await using server = await startScript(() => answer("x"));
    using client = openClient({ credentials: source(`${server.origin}/simple`) });
    await client.request(`${server.origin}/simple/flask/`);
    await client.request(`${server.origin}/files/flask.whl`);
    expect(server.requests.map(({ headers }) => headers["authorization"])).toEqual([basic, basic]);
  });

  test("are not sent to another port of the same host", async () => {
    await using other = await startScript(() => answer("", [], "401 No"));
    await using server = await startScript(() => answer("x"));
    using client = openClient({ credentials: source(server.origin) });
    await expect(client.request(other.origin)).rejects.toMatchObject({ code: "index/auth-required" });
    expect(other.requests.map(({ headers }) => headers["authorization"])).toEqual([undefined]);
  });

  test("do not come back once a redirect has left their origin, whichever origin that was", async () => {
    let away = "";
    await using home = await startScript(({ line }) =>
      line.startsWith("GET /leave ") ? redirect(away) : answer("x"),
    );
    await using elsewhere = await startScript(() => redirect(`${home.origin}/back`));
    away = `${elsewhere.origin}/there`;
    using client = openClient({ credentials: source(home.origin) });
    await client.request(`${home.origin}/leave`);
    await client.request(`${elsewhere.origin}/start`);
    expect(home.requests.map(({ line, headers }) => [line, headers["authorization"]])).toEqual([
      ["GET /leave HTTP/1.1", basic],
      ["GET /back HTTP/1.1", undefined],
      ["GET /back HTTP/1.1", undefined],
    ]);
    expect(elsewhere.requests.map(({ headers }) => headers["authorization"])).toEqual([undefined, undefined]);
  });

  test("are not looked up for a 401 that a redirect from elsewhere led to", async () => {
    await using home = await startScript(() => answer("", [], "401 No"));
    await using elsewhere = await startScript(() => redirect(`${home.origin}/back`));
    using client = openClient({ credentials: source(home.origin) });
    await expect(client.request(elsewhere.origin)).rejects.toMatchObject({ code: "index/auth-required" });
    expect(home.requests.map(({ headers }) => headers["authorization"])).toEqual([undefined]);
  });

  test("are looked up after a 401, once, and then sent at once", async () => {
    await using server = await startScript(({ headers }) =>
      headers["authorization"] === undefined ? answer("", [], "401 No") : answer("x"),
    );
    const asked: string[] = [];
    const credentials: CredentialSource = createCredentialSource({
      env: { PATH: "/bin:/usr/bin" },
      indexes: [{ url: server.origin }],
      keyring: "subprocess",
      keyringCommand: "/bin/sh",
      runProgram: (_program, args) => {
        asked.push(args.join(" "));
        return Promise.resolve({
          kind: "exited",
          exitCode: 0,
          stdout: '{"username":"user","password":"secret"}',
          wroteErrors: false,
        });
      },
    });
    using client = openClient({ credentials });
    await client.request(`${server.origin}/a`);
    await client.request(`${server.origin}/b`);
    expect(server.requests.map(({ headers }) => headers["authorization"])).toEqual([undefined, basic, basic]);
    expect(asked).toEqual([`--mode creds get --output=json ${server.origin}`]);
  });

  test("that are refused are named, their values are not", async () => {
    await using server = await startScript(() => answer("", ["WWW-Authenticate: Basic realm=x"], "401 No"));
    using client = openClient({ credentials: source(server.origin) });
    const error: unknown = await client.request(server.origin).catch((failure: unknown) => failure);
    expect(error).toMatchObject({
      code: "index/auth-required",
      details: { credentials: "the URL in `--index-url`", challenge: "Basic realm=x" },
      hints: [expect.stringContaining("user `user`")],
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("never show when printed", () => {
    const credentials = basicCredentials("user", "secret", "test");
    expect(JSON.stringify(credentials)).not.toContain("secret");
  });
});

describe("a host that the user named as insecure", () => {
  const stranger = createAuthority("Stranger");
  const strange = tlsOptions(stranger.issue("other.name"));
  const insecureHosts = (
    text: string,
  ): { insecureHosts: readonly ReturnType<typeof parseInsecureHost>[] } => ({
    insecureHosts: [parseInsecureHost(text, "--allow-insecure-host")],
  });

  test("is reached without verification, and reported with its fingerprint", async () => {
    await using server = await startScript(() => answer("x"), { tls: strange, host: "localhost" });
    using client = openClient(insecureHosts("localhost"));
    expect(await (await client.request(server.origin)).text()).toBe("x");
    const told = client.events.find(({ kind }) => kind === "insecure-host");
    expect(told).toMatchObject({
      host: "localhost",
      port: server.port,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("gets no credentials, from wherever they are, unless that is allowed", async () => {
    await using server = await startScript(() => answer("x"), { tls: strange, host: "localhost" });
    const url = `https://user:secret@localhost:${server.port}/`;
    using client = openClient(insecureHosts("localhost"));
    await client.request(url, { headers: { cookie: "c=1" } });
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(server.requests[0]?.headers).not.toHaveProperty("cookie");
    expect(client.events.map(({ kind }) => kind)).toContain("credentials-withheld");
    using careless = openClient({ ...insecureHosts("localhost"), allowInsecureCredentials: true });
    await careless.request(url);
    expect(server.requests[1]?.headers["authorization"]).toBe(basic);
  });

  test("does not make the target of its redirects one", async () => {
    await using target = await startScript(() => answer("x"), { tls: strange, host: "pypi.example" });
    await using server = await startScript(() => redirect(target.origin), {
      tls: strange,
      host: "localhost",
    });
    using client = openClient(insecureHosts("localhost"));
    await expect(client.request(server.origin)).rejects.toMatchObject({
      code: expect.stringMatching(/^tls\//),
    });
    expect(target.requests).toHaveLength(0);
  });

  test("counts when a redirect leads to it", async () => {
    await using target = await startScript(() => answer("x"), { tls: strange, host: "other.example" });
    await using server = await startScript(() => redirect(target.origin), {
      tls: certificate,
      host: "localhost",
    });
    using client = openClient(insecureHosts(`other.example:${target.port}`), [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
  });

  test("does not lend its connection to a client that verifies", async () => {
    await using server = await startScript(() => answer("x"), { tls: strange, host: "localhost" });
    using careless = openClient(insecureHosts("localhost"));
    await careless.request(server.origin);
    using careful = openClient();
    await expect(careful.request(server.origin)).rejects.toMatchObject({
      code: expect.stringMatching(/^tls\//),
    });
  });
});
