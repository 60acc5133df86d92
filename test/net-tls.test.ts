// TLS over real connections: what is verified, what is told when it is not, and what a server is seen to send.

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import {
  connect,
  createSecureContext,
  createServer as createTlsServer,
  TLSSocket,
  type TlsOptions,
} from "node:tls";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { PinionError } from "../src/errors.ts";
import { authorityInfoAccess } from "../src/lab/certificates/extensions.ts";
import { constructed, integer, objectIdentifier, sequence, set } from "../src/lab/certificates/der-writer.ts";
import { listen } from "../src/lab/servers/listen.ts";
import { createAuthority, createKey } from "../src/lab/certificates/mint.ts";
import { startRawServer } from "../src/lab/servers/raw-server.ts";
import { openConnection, type ConnectOptions } from "../src/net/connections/connect.ts";
import type { Lookup } from "../src/net/connections/dial.ts";
import {
  observePeer,
  type ObserveOptions,
  type PeerObservation,
} from "../src/net/connections/observe-peer.ts";
import { createContext } from "../src/trust/secure-context.ts";
import { holdTimers } from "./support/held-timers.ts";
import { startScript, answer, tlsOptions, type Script } from "./support/scripted-server.ts";
import { loopbackLookup, openClient, trusting } from "./support/test-client.ts";

const corp = createAuthority("Corp Root");
const issuing = corp.intermediate("Corp Issuing CA");
const leaf = issuing.issue("pypi.example");
const trust = trusting(corp);
const options: ConnectOptions = { trust, timeoutMs: 20_000, lookup: loopbackLookup };

async function withServer<T>(tls: TlsOptions, use: (port: number) => Promise<T>): Promise<T> {
  await using server = await startScript(() => answer("x"), { tls });
  return await use(server.port);
}

async function failureOf(
  port: number,
  changes: Partial<ConnectOptions> = {},
  host = "pypi.example",
): Promise<PinionError> {
  const attempt = openConnection({ host, port, isTls: true }, { ...options, ...changes });
  return attempt.then(
    ({ socket }) => {
      socket.destroy();
      throw new Error("connected");
    },
    (error: PinionError) => error,
  );
}

function observe(port: number, changes: Partial<ObserveOptions> = {}): Promise<PeerObservation> {
  return observePeer(
    { host: "pypi.example", port, isTls: true },
    { trust, timeoutMs: 20_000, lookup: loopbackLookup, ...changes },
  );
}

describe("openConnection()", () => {
  test("connects, and reports protocol, cipher, chain as sent and times", async () => {
    await withServer(tlsOptions(leaf), async (port) => {
      const connection = await openConnection({ host: "pypi.example", port, isTls: true }, options);
      expect(connection).toMatchObject({
        protocol: "TLSv1.3",
        cipher: expect.stringMatching(/^TLS_/),
        helpers: [],
      });
      expect(connection.sent.map((der) => Buffer.from(der))).toEqual(
        [leaf, issuing].map(({ der }) => Buffer.from(der)),
      );
      expect(connection.anchor).toMatchObject({ sources: [{ kind: "given" }] });
      expect(connection.timings.handshakeMs).toBeGreaterThan(0);
      connection.socket.destroy();
    });
  });

  test("connects with very many anchors also where the first look at the server fails", async () => {
    const key = createKey("Ed25519");
    const crowd = Array.from({ length: 501 }, (_, at) => createAuthority(`Crowd ${at}`, { key }));
    let lookups = 0;
    const lookup: Lookup = (host) => {
      lookups += 1;
      if (lookups === 1) return Promise.reject(Object.assign(new Error("busy"), { code: "EAI_AGAIN" }));
      return loopbackLookup(host);
    };
    await withServer(tlsOptions(corp.issue("pypi.example")), async (port) => {
      const endpoint = { host: "pypi.example", port, isTls: true };
      const { socket } = await openConnection(endpoint, {
        ...options,
        trust: trusting(...crowd, corp),
        lookup,
      });
      socket.destroy();
      expect(lookups).toBeGreaterThan(1);
    });
  });

  test("verifies an address by its own kind of name", async () => {
    const byAddress = tlsOptions(corp.issue("by address", { names: ["127.0.0.1"] }));
    await using server = await startScript(() => answer("x"), { tls: byAddress });
    using client = openClient({}, [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(await failureOf(server.port)).toMatchObject({ code: "tls/hostname-mismatch" });
  });

  test("never has the runtime convert certificates to its legacy objects, as it does by itself", async () => {
    const legacy = vi.spyOn(TLSSocket.prototype, "getPeerCertificate");
    onTestFinished(() => legacy.mockRestore());
    await withServer(tlsOptions(leaf), async (port) => {
      const { socket } = await openConnection({ host: "pypi.example", port, isTls: true }, options);
      socket.destroy();
      expect((await observe(port)).chain).toHaveLength(2);
      await failureOf(port, {}, "other.example");
      expect(legacy).not.toHaveBeenCalled();
      // Without the guard, the runtime calls it after every good chain.
      await sessionOf(port);
      expect(legacy).toHaveBeenCalled();
    });
  });

  test("never takes an old session for a verification", async () => {
    await withServer(tlsOptions(leaf), async (port) => {
      const session = await sessionOf(port);
      // The trap: the runtime calls a resumed session authorized, under an empty store and a name that does not fit.
      const resumed = await resume(port, session);
      expect(resumed).toEqual({ isAuthorized: true, isReused: true });
      const first = await openConnection({ host: "pypi.example", port, isTls: true }, options);
      // Tickets come before the answer to a request.
      first.socket.write("GET / HTTP/1.1\r\n\r\n");
      await once(first.socket, "data");
      first.socket.destroy();
      expect(await failureOf(port, { trust: trusting() })).toMatchObject({ code: "tls/unknown-issuer" });
      expect(await failureOf(port, {}, "other.example")).toMatchObject({ code: "tls/hostname-mismatch" });
      const second = await openConnection({ host: "pypi.example", port, isTls: true }, options);
      expect((second.socket as TLSSocket).isSessionReused()).toBe(false);
      second.socket.destroy();
    });
  });

  test("reports the chain, the sources and the hints when an issuer is not trusted", async () => {
    await withServer(tlsOptions(leaf), async (port) => {
      const error = await failureOf(port, { trust: trusting(createAuthority("Somebody else")) });
      expect(error.code).toBe("tls/unknown-issuer");
      expect(error.message).toBe(
        `Cannot verify pypi.example:${port}: its certificate's issuer is not trusted`,
      );
      expect(error.details).toMatchObject({
        host: "pypi.example",
        port,
        trusted: [{ source: "given by the program", count: 1 }],
      });
      expect(error.hints.at(-1)).toMatchObject({ kind: "examine", what: "chain" });
    });
  });

  // Promise: no stranger chooses who sees a client certificate
  // Attack: a server in the place of the index has no trusted certificate, and asks for the client's
  test.each([1, 501])("shows none to a server that is not verified, with %i anchors", async (count) => {
    const key = createKey("Ed25519");
    const anchors = Array.from({ length: count }, (_, at) => createAuthority(`Other ${at}`, { key }));
    const client = corp.issueClient("ada");
    const clientCertificate = { id: "ada", cert: client.chainPem, key: client.keyPem };
    const shown: string[] = [];
    const server = createTlsServer({ ...tlsOptions(leaf), requestCert: true, rejectUnauthorized: false });
    server.on("secureConnection", (socket) => {
      socket.on("error", () => socket.destroy());
      shown.push(socket.getPeerX509Certificate()?.subject ?? "none");
    });
    const { port, close } = await listen(server);
    onTestFinished(close);
    const failure = await failureOf(port, { trust: trusting(...anchors), clientCertificate });
    expect(failure.code).toBe("tls/unknown-issuer");
    await vi.waitFor(() => expect(shown).not.toHaveLength(0));
    expect(new Set(shown)).toEqual(new Set(["none"]));
  });

  test("reports the anchor that verified a connection", async () => {
    await using server = await startScript(() => answer("x"), {
      tls: tlsOptions(leaf),
      host: "pypi.example",
    });
    using client = openClient({}, [corp]);
    await client.request(server.origin);
    expect(client.events[0]).toMatchObject({
      kind: "connected",
      anchor: "`CN=Corp Root` (given by the program)",
    });
  });

  test("writes nothing to a server before it is verified", async () => {
    await using server = await startScript(() => answer("x"), {
      tls: tlsOptions(issuing.issue("other.example")),
      host: "pypi.example",
    });
    using client = openClient({}, [corp]);
    await expect(client.request(`https://user:secret@pypi.example:${server.port}/`)).rejects.toMatchObject({
      code: "tls/hostname-mismatch",
    });
    expect(server.requests).toHaveLength(0);
    expect(server.connections).toBeLessThanOrEqual(1);
  });

  test("gives the engine's own words where a second look is not possible", async () => {
    const secureContext = createSecureContext({ cert: leaf.chainPem, key: leaf.keyPem });
    let connections = 0;
    const { port, close } = await listen(
      createServer((socket) => {
        if (connections++ > 0) socket.destroy();
        else new TLSSocket(socket, { isServer: true, secureContext }).on("error", () => {});
      }),
    );
    expect(await failureOf(port, { trust: trusting() })).toMatchObject({
      code: "tls/handshake-failed",
      message: expect.stringContaining("unable to get local issuer certificate"),
    });
    await close();
  });

  test("does not try again when certificates are refused", async () => {
    await using server = await startScript(() => answer("x"), {
      tls: tlsOptions(issuing.issue("other.example")),
      host: "pypi.example",
    });
    using client = openClient({}, [corp]);
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "tls/hostname-mismatch" });
    expect(client.delays).toEqual([]);
  });

  test.each<[string, TlsOptions]>([
    ["TLS 1.3", {}],
    ["TLS 1.2", { maxVersion: "TLSv1.2" }],
  ])("asks for a client certificate by name where one is demanded under %s", async (_what, version) => {
    const clients = createAuthority("Clients");
    const tls = {
      ...tlsOptions(leaf),
      ...version,
      requestCert: true,
      rejectUnauthorized: true,
      ca: clients.pem,
    };
    await using server = await startScript(() => answer("x"), { tls, host: "pypi.example" });
    using none = openClient({ retries: 0 }, [corp]);
    await expect(none.request(server.origin)).rejects.toMatchObject({
      code: "tls/client-certificate-required",
    });
    const wrong = createAuthority("Strangers").issueClient("ada");
    using rejected = openClient(
      { retries: 0, clientCertificate: { id: "1", cert: wrong.chainPem, key: wrong.keyPem } },
      [corp],
    );
    await expect(rejected.request(server.origin)).rejects.toMatchObject({
      code: "tls/client-certificate-rejected",
    });
    const right = clients.issueClient("ada");
    const certificate = { id: "2", cert: right.chainPem, key: right.keyPem };
    using accepted = openClient({ clientCertificates: [{ url: server.origin, certificate }] }, [corp]);
    expect(await (await accepted.request(server.origin)).text()).toBe("x");
  });

  test.each<[string, TlsOptions, string, string]>([
    [
      "only old versions",
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" },
      "tls/protocol-version",
      "TLS 1.2 and TLS 1.3",
    ],
    [
      "no shared group",
      { ecdhCurve: "brainpoolP256r1", minVersion: "TLSv1.3" },
      "tls/no-shared-cipher",
      "shares no cipher suite",
    ],
    ["another application protocol", { ALPNProtocols: ["h2"] }, "tls/handshake-failed", "HTTP/1.1"],
  ])("names a server with %s", async (_what, tls, code, words) => {
    await withServer({ ...tlsOptions(leaf), ...tls }, async (port) => {
      const error = await failureOf(port);
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    });
  });

  test.each([
    [
      "speaks HTTP",
      (): string => "HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP",
      "tls/plaintext-server",
      "HTTP without TLS",
    ],
    [
      "speaks SMTP",
      (): string => "220 mail.example ESMTP \u001b[31m\r\n",
      "tls/plaintext-server",
      "`220 mail.example ESMTP [31m`",
    ],
  ])("names a port that %s", async (_what, greeting, code, words) => {
    const { port, close } = await listen(createServer((socket) => socket.end(greeting())));
    expect(await failureOf(port)).toMatchObject({ code, message: expect.stringContaining(words) });
    await close();
  });

  test.each([
    [40, "tls/no-shared-cipher"],
    [70, "tls/protocol-version"],
    [80, "tls/handshake-failed"],
    [112, "tls/handshake-failed"],
  ])("names the alert %d", async (description, code) => {
    const { port, close } = await startRawServer({ kind: "alert", description });
    expect(await failureOf(port)).toMatchObject({ code });
    await close();
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ["closes", (socket) => void socket.once("data", () => socket.end()), "tls/closed-during-handshake"],
    [
      "resets",
      (socket) => void socket.once("data", () => socket.resetAndDestroy()),
      "tls/closed-during-handshake",
    ],
    [
      "sends garbage that looks like TLS",
      (socket) => void socket.end(Buffer.concat([Buffer.from([22, 3, 3, 0, 64]), Buffer.alloc(64, 7)])),
      "tls/handshake-failed",
    ],
  ])("names a peer that %s", async (_what, behave, code) => {
    const { port, close } = await listen(createServer(behave));
    expect(await failureOf(port)).toMatchObject({ code });
    await close();
  });

  test.each<[string, Buffer]>([
    ["says nothing", Buffer.alloc(0)],
    ["sends half a record", Buffer.from([22, 3, 3, 64, 0, 2])],
  ])("does not wait for ever for a peer that %s", async (_what, bytes) => {
    using timers = holdTimers();
    const { port, close } = await listen(
      createServer((socket) => void socket.once("data", () => socket.write(bytes, () => timers.runOut()))),
    );
    expect(await failureOf(port)).toMatchObject({ code: "net/timeout" });
    await close();
  });

  test("distinguishes DNS, refusal and cancellation", async () => {
    expect(await failureOf(1, {}, "gone.invalid")).toMatchObject({ code: "net/dns" });
    expect(await failureOf(1)).toMatchObject({ code: "net/refused" });
    expect(await failureOf(1, { signal: AbortSignal.abort() })).toMatchObject({ code: "net/cancelled" });
    const never = { lookup: () => new Promise<never>(() => {}), timeoutMs: 50 };
    expect(await failureOf(1, never)).toMatchObject({ code: "net/timeout" });
  });

  test("goes on to the next address when the first does not answer", async () => {
    await withServer(tlsOptions(leaf), async (port) => {
      const lookup = (): Promise<readonly { address: string; family: number }[]> =>
        Promise.resolve([
          { address: "::1", family: 6 },
          { address: "127.0.0.2", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ]);
      const { socket } = await openConnection(
        { host: "pypi.example", port, isTls: true },
        { ...options, lookup },
      );
      expect(socket.remoteAddress).toBe("127.0.0.1");
      socket.destroy();
    });
  });
});

describe("a chain that lacks an intermediate", () => {
  const publish =
    (file: Buffer): Script =>
    (request) =>
      request.line.startsWith("GET /issuer ") ? answer(file) : answer("", [], "404 Not Found");
  const lacking = (port: number): TlsOptions => {
    const url = `http://127.0.0.1:${port}/issuer`;
    const lone = issuing.issue("pypi.example", {
      extraExtensions: [authorityInfoAccess({ issuers: [url] })],
    });
    return { cert: lone.pem, key: lone.keyPem };
  };

  test.each([
    ["DER", issuing.der],
    ["PEM", Buffer.from(issuing.pem)],
    ["PKCS #7", bundle([createAuthority("Stranger").der, issuing.der])],
    [
      "PKCS #7 in PEM",
      Buffer.from(
        `-----BEGIN PKCS7-----\n${bundle([issuing.der]).toString("base64")}\n-----END PKCS7-----\n`,
      ),
    ],
  ])("is completed by what it names as %s, where that is asked for", async (_what, file) => {
    await using issuer = await startScript(publish(Buffer.from(file)));
    await using server = await startScript(() => answer("x", ["Connection: close"]), {
      tls: lacking(issuer.port),
      host: "pypi.example",
    });
    using client = openClient({ fetchesIntermediates: true }, [corp]);
    expect(await (await client.request(server.origin)).text()).toBe("x");
    expect(await (await client.request(server.origin)).text()).toBe("x");
    // What has helped is remembered.
    expect(issuer.requests).toHaveLength(1);
  });

  test("is refused, and no server is asked, by default", async () => {
    await using issuer = await startScript(publish(issuing.der));
    await using server = await startScript(() => answer("x"), {
      tls: lacking(issuer.port),
      host: "pypi.example",
    });
    using client = openClient({}, [corp]);
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "tls/missing-intermediate" });
    expect(issuer.requests).toHaveLength(0);
  });

  test.each([
    ["a stranger", createAuthority("Stranger").der],
    ["another authority of the same name", createAuthority("Other").intermediate("Corp Issuing CA").der],
    ["garbage", Buffer.from("garbage")],
    ["nothing", Buffer.alloc(0)],
    ["far too much", Buffer.alloc(100_000)],
  ])("is refused for its own cause where its address holds %s", async (_what, file) => {
    await using issuer = await startScript(publish(Buffer.from(file)));
    await using server = await startScript(() => answer("x"), {
      tls: lacking(issuer.port),
      host: "pypi.example",
    });
    using client = openClient({ fetchesIntermediates: true }, [corp]);
    await expect(client.request(server.origin)).rejects.toMatchObject({ code: "tls/missing-intermediate" });
    expect(issuer.requests).toHaveLength(1);
  });
});

describe("observePeer()", () => {
  const chain = [leaf, issuing].map(({ der }) => Buffer.from(der));
  const stranger = createAuthority("Stranger");

  test.each<[string, TlsOptions, object]>([
    ["AES-256-GCM", { ciphers: "TLS_AES_256_GCM_SHA384" }, { protocol: "TLSv1.3" }],
    ["AES-128-GCM", { ciphers: "TLS_AES_128_GCM_SHA256" }, { cipher: "TLS_AES_128_GCM_SHA256" }],
    [
      "ChaCha20-Poly1305",
      { ciphers: "TLS_CHACHA20_POLY1305_SHA256" },
      { cipher: "TLS_CHACHA20_POLY1305_SHA256" },
    ],
    ["AES-128-CCM", { ciphers: "TLS_AES_128_CCM_SHA256" }, { cipher: "TLS_AES_128_CCM_SHA256" }],
    ["a retry request", { ecdhCurve: "P-384" }, { hadRetryRequest: true, group: "P-384" }],
    ["TLS 1.2", { maxVersion: "TLSv1.2" }, { protocol: "TLSv1.2", group: "X25519" }],
    [
      "TLS 1.2 with CBC",
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" },
      { protocol: "TLSv1.2" },
    ],
    ["an application protocol", { ALPNProtocols: ["http/1.1"] }, { alpn: "http/1.1" }],
  ])("reads the chain as sent under %s", async (_what, tls, expected) => {
    await withServer({ ...tlsOptions(leaf), ...tls }, async (port) => {
      const seen = await observe(port);
      expect(seen).toMatchObject({ outcome: { kind: "completed" }, ...expected });
      expect(seen.chain.map((der) => Buffer.from(der))).toEqual(chain);
      expect(seen.signatureScheme).toBe("ecdsa_secp256r1_sha256");
    });
  });

  test("reads strangers, doubles and disorder exactly as they were sent", async () => {
    const certificates = [leaf, stranger, issuing, leaf, corp];
    await withServer(
      { cert: certificates.map(({ pem }) => pem).join(""), key: leaf.keyPem },
      async (port) => {
        const seen = await observe(port);
        expect(seen.chain.map((der) => Buffer.from(der))).toEqual(
          certificates.map(({ der }) => Buffer.from(der)),
        );
      },
    );
  });

  test("reads a chain of many records", async () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      createAuthority(`Stranger ${index} ${"x".repeat(200)}`),
    );
    const certificates = [leaf, issuing, ...many];
    await withServer(
      { cert: certificates.map(({ pem }) => pem).join(""), key: leaf.keyPem },
      async (port) => {
        expect((await observe(port)).chain).toHaveLength(62);
      },
    );
  });

  test("sees the request for a client certificate, and the server's answer to a missing one", async () => {
    await withServer(
      { ...tlsOptions(leaf), requestCert: true, rejectUnauthorized: true, ca: corp.pem },
      async (port) => {
        expect(await observe(port)).toMatchObject({
          requestedClientCertificate: true,
          alerts: ["certificate_required"],
        });
      },
    );
    await withServer({ ...tlsOptions(leaf), requestCert: true, rejectUnauthorized: false }, async (port) => {
      expect(await observe(port)).toMatchObject({
        requestedClientCertificate: true,
        alerts: [],
        outcome: { kind: "completed" },
      });
    });
  });

  test("makes smaller greetings", async () => {
    await withServer(tlsOptions(leaf), async (port) => {
      expect(await observe(port, { hello: "tls-1.2-only" })).toMatchObject({ protocol: "TLSv1.2" });
      expect(await observe(port, { hello: "no-hybrid-group" })).toMatchObject({
        outcome: { kind: "completed" },
      });
    });
    const names: unknown[] = [];
    const remember: TlsOptions["SNICallback"] = (name, done) => {
      names.push(name);
      done(null);
    };
    await withServer({ ...tlsOptions(leaf), SNICallback: remember }, async (port) => {
      await observe(port);
      await observe(port, { hello: "no-server-name" });
    });
    expect(names).toEqual(["pypi.example"]);
  });

  test("reports what is not TLS, what stalls and what cannot be reached", async () => {
    const speaking = await listen(createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")));
    expect(await observe(speaking.port)).toMatchObject({
      plaintext: "HTTP/1.1 200 OK",
      outcome: { kind: "failed" },
    });
    await speaking.close();
    const gone = await listen(createServer());
    await gone.close();
    expect(await observe(gone.port)).toMatchObject({
      outcome: { kind: "unreachable", error: { code: "net/refused" } },
    });
    using timers = holdTimers();
    const silent = await listen(createServer((socket) => void socket.once("data", () => timers.runOut())));
    expect(await observe(silent.port)).toMatchObject({ outcome: { kind: "stalled" }, receivedBytes: 0 });
    await silent.close();
  });
});

/** A PKCS #7 file that holds certificates and signs nothing (RFC 5652 section 5.1). */
function bundle(certificates: readonly Uint8Array[]): Buffer {
  const content = sequence(
    integer(1),
    set(),
    sequence(objectIdentifier("1.2.840.113549.1.7.1")),
    constructed(0, ...certificates.map((der) => Buffer.from(der))),
    set(),
  );
  return sequence(objectIdentifier("1.2.840.113549.1.7.2"), constructed(0, content));
}

/** A session ticket, as a careless client would keep it. */
function sessionOf(port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const secureContext = createContext({
      anchors: [corp.pem],
      intermediates: [],
      clientCertificate: undefined,
    });
    const socket = connect({ host: "127.0.0.1", port, servername: "pypi.example", secureContext });
    socket.once("session", (session: Buffer) => {
      resolve(session);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

function resume(port: number, session: Buffer): Promise<{ isAuthorized: boolean; isReused: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      servername: "pypi.example",
      session,
      ca: [],
      checkServerIdentity: () => new Error("no name fits"),
    });
    socket.once("secureConnect", () => {
      resolve({ isAuthorized: socket.authorized, isReused: socket.isSessionReused() });
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
