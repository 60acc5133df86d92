// The doctor on the way of real requests: proxies, name servers, portals, middleboxes, what chains lack, and the command.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ADVICE_WORDS } from "../src/cli/screen/advice-text.ts";
import type { DoctorDocument } from "../src/doctor/report/document.ts";
import type { Examination } from "../src/doctor/examine/examination.ts";
import { columnsOf } from "../src/doctor/report/layout.ts";
import { examine, type ExamineOptions } from "../src/doctor/examine/probe.ts";
import { renderReport } from "../src/doctor/report/report.ts";
import { parseTarget } from "../src/doctor/examine/subject.ts";
import { basicConstraints, authorityInfoAccess } from "../src/lab/certificates/extensions.ts";
import { constructed, integer, objectIdentifier, sequence, set } from "../src/lab/certificates/der-writer.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { parseInsecureHost } from "../src/net/connections/insecure-hosts.ts";
import { loadTrust } from "../src/trust/store.ts";
import { holdTimers } from "./support/held-timers.ts";
import { World } from "./support/world.ts";

describe("examine()", () => {
  test("reports which rule chose the proxy, and walks through its tunnel", async () => {
    await using world = await World.create();
    const proxy = await world.proxy();
    const served = await world.shape("plain");
    const told = await see(served.url, {
      bundle: served.bundlePath,
      proxy: { https: { value: proxy.url, origin: "HTTPS_PROXY" } },
    });
    expect(told.isWell).toBe(true);
    expect(told.route).toEqual({ kind: "proxy", proxy: `${proxy.url}/`, rule: "`HTTPS_PROXY`" });
    expect(stepsOf(told)).toMatchObject({
      lookup: "skipped",
      tunnel: "passed",
      handshake: "passed",
      index: "passed",
    });
  });

  test("names the exception that sends a request past the proxy", async () => {
    await using world = await World.create();
    const served = await world.shape("plain");
    const told = await see(served.url, {
      bundle: served.bundlePath,
      proxy: {
        https: { value: "http://127.0.0.1:9", origin: "HTTPS_PROXY" },
        noProxy: { value: "corp.example, localhost", origin: "NO_PROXY" },
      },
    });
    expect(told.route).toEqual({ kind: "direct", rule: "`NO_PROXY` entry `localhost`" });
    expect(told.isWell).toBe(true);
  });

  test("names the product that inspects the connection on the way", async () => {
    await using world = await World.create();
    const inspector = world.authority("O=Zscaler Inc., CN=Zscaler Root CA");
    const proxy = await world.inspectingProxy(inspector);
    const served = await world.shape("plain");
    const told = await see(served.url, {
      bundle: served.bundlePath,
      proxy: { all: { value: proxy.url, origin: "--proxy" } },
    });
    expect(told.cause).toMatchObject({ code: "tls/tls-inspection", step: "trust" });
    expect(told.cause?.headline).toContain("Zscaler");
  });

  test.each([
    ["demands credentials", { auth: { username: "ada", password: "x" } }, "net/proxy-auth-required"],
    ["refuses the tunnel", { refusal: { status: 403, body: "Blocked by policy 7\n" } }, "net/proxy-refused"],
  ] as const)("tells that a proxy %s", async (_what, options, code) => {
    await using world = await World.create();
    const proxy = await world.proxy(options);
    const told = await see("https://localhost:1/", {
      proxy: { all: { value: proxy.url, origin: "--proxy" } },
    });
    expect(told.cause).toMatchObject({ code, step: "tunnel" });
    expect(stepsOf(told)).toMatchObject({ tunnel: "failed", handshake: "skipped", request: "skipped" });
  });

  test("distinguishes names without an address, ports without a server and what is not a proxy", async () => {
    const nowhere = await see("no-such-host.invalid", {
      lookup: () => Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" })),
    });
    expect(nowhere.cause).toMatchObject({ code: "net/dns", step: "lookup" });
    expect((await see("127.0.0.1:1")).cause).toMatchObject({ code: "net/refused", step: "connect" });
    const proxy = { all: { value: "ftp://127.0.0.1", origin: "--proxy" } };
    expect((await see("127.0.0.1:1", { proxy })).cause).toMatchObject({
      code: "settings/invalid",
      step: "proxy",
    });
  });

  test("distinguishes a silent server from one that cannot handle the greeting", async () => {
    {
      using timers = holdTimers();
      let heard = 0;
      // A first look by itself, then three smaller greetings beside a connection of a command: none of these waits any longer
      // once all have greeted, and none gives up while another still connects.
      const hear = (): void => {
        heard += 1;
        if (heard === 1 || heard === 1 + 3 + 1) timers.runOut();
      };
      await using silent = await listening(
        createTcpServer((socket) => void socket.once("data", hear).resume()),
      );
      const stalled = await see(`localhost:${silent.port}`);
      expect(stalled.cause).toMatchObject({ code: "net/timeout", step: "handshake" });
      expect(stalled.greetings.map(({ outcome }) => outcome)).toEqual(["stalled", "stalled", "stalled"]);
    }
    await using world = await World.create();
    const box = await world.shape("sni-intolerant");
    const told = await see(box.url, { bundle: box.bundlePath });
    expect(told.greetings.find(({ greeting }) => greeting === "no-server-name")?.outcome).toBe("completed");
    expect(told.cause?.sentences[0]).toContain("without the server's name (SNI)");
  });

  test("distinguishes an index, a page for people, a login page and no page", async () => {
    await using world = await World.create();
    const root = world.authority();
    const tls = root.issue("localhost");
    const bundle = root.writePem();
    const index = await world.index({ tls });
    const html = await world.index({ tls, formats: ["html"] });
    expect((await see(index.url, { bundle })).http?.index).toEqual({
      format: "json",
      apiVersion: "1.1",
      url: index.url,
    });
    expect((await see(html.url, { bundle })).http?.index).toMatchObject({ format: "html" });

    index.misbehave({
      kind: "body",
      body: "<html><head><title>Log in</title></head><body><form><input></form><a href='/x'>x</a></body></html>",
    });
    const page = await see(index.url, { bundle });
    expect(page.cause).toMatchObject({ code: "index/not-an-index", step: "index" });
    expect(page.cause?.headline).toContain("Log in");

    const portal = await listening(
      createServer((_request, response) => {
        response.setHeader("content-type", "text/html");
        response.end("<title>Airport Wi-Fi</title><form></form>");
      }),
    );
    await using _portal = portal;
    index.misbehave({ kind: "redirect", to: `http://localhost:${portal.port}` });
    const login = await see(index.url, { bundle });
    expect(login.cause).toMatchObject({ code: "index/not-an-index" });
    expect(JSON.stringify(login.advice[0])).toContain("login page of a network");
    expect(login.http).toMatchObject({ title: "Airport Wi-Fi", redirects: [{ status: 302 }] });

    index.misbehave({ kind: "status", status: 404 });
    expect((await see(index.url, { bundle })).cause).toMatchObject({ code: "index/not-an-index" });
    // A host is not a promise of an index.
    expect((await see(`localhost:${index.port}`, { bundle })).isWell).toBe(true);
  });

  test("reports which authentication is offered", async () => {
    await using world = await World.create();
    const root = world.authority();
    const index = await world.index({
      tls: root.issue("localhost"),
      auth: { username: "ada", password: "s3cret" },
    });
    const told = await see(index.url, { bundle: root.writePem() });
    expect(told.cause).toMatchObject({ code: "index/auth-required", step: "request" });
    expect(told.http).toMatchObject({ status: 401, authentication: ["basic"] });
  });

  test("reports a network's login page that answers in place of TLS", async () => {
    await using portal = await listening(
      createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () =>
          socket.end("HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n"),
        );
      }),
    );
    const told = await see(`localhost:${portal.port}`);
    expect(told.cause).toMatchObject({ code: "tls/plaintext-server", step: "handshake" });
    expect(told.cause?.sentences[0]).toContain("captive portal");
  });

  test("reports that the server's clock differs", async () => {
    await using world = await World.create();
    const root = world.authority();
    const index = await world.index({
      tls: root.issue("localhost"),
      oddities: [{ kind: "headers", headers: { date: new Date(Date.now() - 3_600_000).toUTCString() } }],
    });
    const told = await see(index.url, { bundle: root.writePem() });
    expect(told.http?.clockOffsetSeconds).toBeLessThan(-3_500);
    expect(stepsOf(told)).toMatchObject({ request: "noted" });
  });

  test("walks a plain HTTP index, and reports that it does not use TLS", async () => {
    await using world = await World.create();
    const index = await world.index();
    const told = await see(index.url);
    expect(told.isWell).toBe(true);
    expect(stepsOf(told)).toMatchObject({ handshake: "noted", request: "passed", index: "passed" });
  });

  test("says that commands do not verify an insecure host, and verifies it", async () => {
    await using world = await World.create();
    const served = await world.shape("expired");
    const told = await see(served.url, {
      bundle: served.bundlePath,
      insecureHosts: [parseInsecureHost("localhost", "--allow-insecure-host")],
    });
    expect(told.cause?.code).toBe("tls/expired");
    expect(told.advice.at(-1)).toMatchObject({
      kind: "stop-skipping-verification",
      host: "localhost",
      port: served.port,
    });
  });

  test("names the source that would trust the chain, and how to have it", async () => {
    await using world = await World.create();
    const root = world.authority();
    const index = await world.index({ tls: root.issue("localhost") });
    const stranger = world.authority("Elsewhere Root").writePem();
    const told = await see(index.url, {
      trust: loadTrust({
        env: { REQUESTS_CA_BUNDLE: root.writePem() },
        home: world.home,
        cert: { value: stranger, origin: "--cert" },
      }),
    });
    const source = told.trust?.sources.find((other) => other.source.startsWith("REQUESTS_CA_BUNDLE"));
    expect(source).toMatchObject({ isInForce: false, verdict: "trusts", reason: "CN=Corp Root" });
    expect(told.advice[0]).toMatchObject({ kind: "use-trust-source", root: "CN=Corp Root" });
  });
});

describe("trust that cannot be used", () => {
  test("is reported, and the chain is shown and judged for the rest", async () => {
    await using world = await World.create();
    const root = world.authority();
    const issuing = root.intermediate("CN=Issuing CA");
    const leaf = issuing.issue("localhost", { isSignatureCorrupted: true });
    const index = await world.index({ tls: leaf });
    const told = await see(index.url, { bundle: world.write("empty.pem", "nothing") });
    expect(told.cause).toMatchObject({ code: "tls/trust-source-unusable", step: "trust" });
    expect(told.chain.length).toBe(2);
    expect(told.path?.links.map(({ signature }) => signature?.status)).toEqual(["bad", undefined]);
    expect(renderReport(told, { words: ADVICE_WORDS })).toContain("which does not fit this key");
  });
});

describe("missing certificates", () => {
  test("a chain of three authorities is completed from a PKCS #7 bundle", async () => {
    await using world = await World.create();
    let bundle: Buffer = Buffer.alloc(0);
    await using authority = await listening(createServer((_request, response) => response.end(bundle)));
    const root = world.authority();
    const upper = root.intermediate("CN=Upper CA");
    const lower = upper.intermediate("CN=Lower CA");
    const leaf = lower.issue("localhost", {
      extraExtensions: [authorityInfoAccess({ issuers: [`http://127.0.0.1:${authority.port}/ca.p7c`] })],
    });
    bundle = pkcs7(upper.der, lower.der);
    const index = await world.index({ tls: { chainPem: leaf.pem, keyPem: leaf.keyPem } });
    const told = await see(index.url, { bundle: root.writePem() });
    expect(told.cause?.code).toBe("tls/missing-intermediate");
    expect(told.fetched).toMatchObject([{ subjects: ["CN=Upper CA", "CN=Lower CA"] }]);
    expect(told.path?.links.map(({ from }) => from)).toEqual(["server", "fetched", "fetched", "trusted"]);
    expect(told.advice.find(({ kind }) => kind === "send-intermediate")).toMatchObject({
      subject: "CN=Upper CA",
      url: `http://127.0.0.1:${authority.port}/ca.p7c`,
    });
  });

  test.each([
    ["garbage", (): Buffer => Buffer.from("<html>no</html>")],
    ["something endless", (): Buffer => Buffer.alloc(1024 * 1024, "x")],
    ["an authority that does not fit", (): Buffer => OTHER_AUTHORITY],
  ])("%s is told, and nothing hangs or breaks", async (_what, body) => {
    await using world = await World.create();
    await using authority = await listening(createServer((_request, response) => response.end(body())));
    const url = `http://127.0.0.1:${authority.port}/ca.cer`;
    const root = world.authority();
    const issuing = root.intermediate("CN=Issuing CA");
    const leaf = issuing.issue("localhost", {
      extraExtensions: [authorityInfoAccess({ issuers: [url, url] })],
    });
    const index = await world.index({ tls: { chainPem: leaf.pem, keyPem: leaf.keyPem } });
    const told = await see(index.url, { bundle: root.writePem() });
    expect(told.cause?.code).toBe("tls/missing-intermediate");
    expect(told.fetched.length).toBe(1);
  });
});

describe("pinion doctor", () => {
  test("prints one screen, the verdict first, within 80 columns, and ends with 1", async () => {
    await using world = await World.create();
    const served = await world.shape("expired-intermediate");
    const run = await world.run(["doctor", served.url], { env: { SSL_CERT_FILE: served.bundlePath } });
    expect(run.code).toBe(1);
    expect(run.stderr).toBe("");
    expect(world.filter(run.stdout)).toMatch(
      /^✗ https:\/\/localhost:\[PORT\]\/simple\/\n {2}Cannot verify localhost:\[PORT\]: a certificate of its\n? /,
    );
    expect(Math.max(...run.stdout.split("\n").map(columnsOf))).toBeLessThanOrEqual(80);
    expect(run.stdout).toContain("`O=Corp, CN=Corp Issuing CA` expired on");
    // The path may begin on the next line.
    expect(run.stdout).toMatch(/SSL_CERT_FILE =\s/);
  });

  test("ends with 0 where all is well, and --json has everything", async () => {
    await using world = await World.create();
    const served = await world.shape("ec-p384-sha512");
    const run = await world.run(["doctor", served.url, "--json"], {
      env: { SSL_CERT_FILE: served.bundlePath },
    });
    expect(run.code).toBe(0);
    const document: DoctorDocument = JSON.parse(run.stdout);
    expect(document).toMatchObject({ schema: 2, isWell: true });
    const [told] = document.examinations;
    expect(
      told?.chain.map((certificate) => certificate.kind === "readable" && certificate.signatureAlgorithm),
    ).toEqual(["ecdsa-with-SHA512", "ecdsa-with-SHA512"]);
    expect(told?.clients.find(({ client }) => client === "uv-0.8.3")).toMatchObject({
      verdict: "refuse",
      said: "invalid peer certificate: BadSignature",
    });
    expect(told?.trust?.vouching).toEqual([`SSL_CERT_FILE=${served.bundlePath}`]);
  });

  test("examines every configured index by its name, with where it comes from", async () => {
    await using world = await World.create();
    const served = await world.shape("plain");
    world.write("project/pinion.toml", `[[index]]\nname = "corp"\nurl = "${served.url}"\ndefault = true\n`);
    const env = { SSL_CERT_FILE: served.bundlePath };
    for (const words of [["doctor"], ["doctor", "corp"]]) {
      const run = await world.run([...words, "--json"], { env });
      const document: DoctorDocument = JSON.parse(run.stdout);
      expect(document.examinations.map(({ target }) => target)).toMatchObject([
        { kind: "index", name: "corp" },
      ]);
      expect(document.examinations[0]?.target.origin).toContain("pinion.toml");
    }
  });

  test("keeps secrets and this machine out of what goes to others", async () => {
    await using world = await World.create();
    const served = await world.shape("unknown-issuer");
    const url = new URL(served.url);
    url.username = "ada";
    url.password = "s3cret-word";
    const args = ["doctor", url.href, "--report", "report.txt", "--html", "page.html", "--proxy", ""];
    const run = await world.run(args, { env: { SSL_CERT_FILE: served.bundlePath, NO_PROXY: "*" } });
    expect(run.code).toBe(1);
    const report = readFileSync(join(world.project, "report.txt"), "utf8");
    const page = readFileSync(join(world.project, "page.html"), "utf8");
    for (const text of [run.stdout, run.stderr, report, page]) expect(text).not.toContain("s3cret-word");
    expect(report).not.toContain(served.bundlePath);
    expect(report).not.toContain("SSL_CERT_FILE");
    expect(report).toContain("tls/unknown-issuer");
    expect(report.match(/-----BEGIN CERTIFICATE-----/g)?.length).toBe(2);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(/);
  });

  test("refuses what is not a URL", async () => {
    await using world = await World.create();
    const run = await world.cli(["doctor", "host/with/path"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("Cannot examine `host/with/path`");
  });
});

describe("renderReport()", () => {
  test("a certificate's own words can neither break lines nor colour them", async () => {
    await using world = await World.create();
    const root = world.authority();
    const name = `CN=evil\u001b[31m\nFAKE \u202e${"W".repeat(200)}`;
    const leaf = root.issue("localhost", {
      subject: [["CN", name.slice(3)]],
      extraExtensions: [basicConstraints()],
    });
    const index = await world.index({ tls: leaf });
    const told = await see(index.url);
    const text = renderReport(told, { words: ADVICE_WORDS });
    expect(text).not.toMatch(/\u001b|\u202e/);
    expect(text).not.toMatch(/^FAKE/m);
    expect(Math.max(...text.split("\n").map(columnsOf))).toBeLessThanOrEqual(80);
  });
});

interface Seeing extends Partial<ExamineOptions> {
  /** The file that is trusted. Default: none of the laboratory's. */
  readonly bundle?: string;
}

function see(target: string, { bundle, ...options }: Seeing = {}): Promise<Examination> {
  const env = bundle === undefined ? {} : { SSL_CERT_FILE: bundle };
  return examine(parseTarget(target), {
    trust: loadTrust({ env, home: "/nonexistent" }),
    proxy: {},
    ...options,
  });
}

function stepsOf({ steps }: Examination): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ name, status }) => [name, status]));
}

async function listening(
  server: Server | ReturnType<typeof createTcpServer>,
): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, [Symbol.asyncDispose]: close };
}

/** A degenerate SignedData (RFC 5652 5.1), as authorities publish their certificates. */
function pkcs7(...certificates: readonly Buffer[]): Buffer {
  const data = sequence(objectIdentifier("1.2.840.113549.1.7.1"));
  const signedData = sequence(integer(1), set(), data, constructed(0, ...certificates), set());
  return sequence(objectIdentifier("1.2.840.113549.1.7.2"), constructed(0, signedData));
}

const OTHER_AUTHORITY: Buffer = createAuthority("CN=Issuing CA").der;
