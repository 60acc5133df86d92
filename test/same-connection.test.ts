// The doctor goes the way of the patient: for every setting that affects a connection, what `pip install`, the other ways to
// an index, `trust add` and `doctor` send up to the first response is the same. A server on loopback records it.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { createServer, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";

import { authorityInfoAccess } from "../src/lab/certificates/extensions.ts";
import { createKey } from "../src/lab/certificates/keys.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { World, type WorldOptions } from "./support/world.ts";

/** What one command sent, in the order of its nature, without what every run chooses again. */
interface Sent {
  /** Server name, protocols and client certificate of every handshake, each once. */
  readonly handshakes: readonly string[];
  /** `CONNECT` requests to the proxy, each once. */
  readonly tunnels: readonly string[];
  /** The first request without its path: method, user agent, credentials. */
  readonly request: string | undefined;
  /** What the keyring program was asked. */
  readonly keyring: string;
  /** Issuers' certificates that were fetched. */
  readonly issuers: readonly string[];
}

interface Scene {
  readonly world: World;
  readonly url: string;
  readonly port: number;
  /** The hash of the server's key, as a pin. */
  readonly pin: string;
  /** The start of `pinion.toml`, with the default index and the trusted CA. */
  readonly base: string;
  /** Everything that was recorded since the last call. */
  take(): Sent;
}

interface Case {
  readonly name: string;
  /** The whole `pinion.toml`. */
  readonly settings: (scene: Scene, proxyPort: number) => string;
  readonly env?: Readonly<Record<string, string>>;
  /** What shows that the setting had an effect on an install. */
  readonly effect: Partial<Sent> | ((sent: Sent) => void);
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const CASES: readonly Case[] = [
  { name: "nothing", settings: ({ base }) => base, effect: { tunnels: [], keyring: "", issuers: [] } },
  {
    name: "a client certificate of the index",
    settings: ({ base }) => `${base}client-cert = "client.pem"\n`,
    effect: ({ handshakes }) => expect(handshakes).toEqual([expect.stringContaining("CN=client")]),
  },
  {
    name: "a client certificate for all indexes",
    settings: ({ base }) => `client-cert = "client.pem"\n${base}`,
    effect: ({ handshakes }) => expect(handshakes).toEqual([expect.stringContaining("CN=client")]),
  },
  {
    name: "a keyring on the path",
    settings: ({ base }) => `keyring-provider = "subprocess"\n${base}`,
    effect: ({ keyring, request }) => {
      expect(keyring).toContain("/simple");
      expect(request).toContain(basic("ada", "from-keyring"));
    },
  },
  {
    name: "a keyring by its path",
    settings: ({ base, world }) =>
      `keyring-provider = "subprocess"\nkeyring-command = "${join(world.directory, "programs", "keyring")}"\n${base}`,
    effect: ({ keyring }) => expect(keyring).toContain("/simple"),
  },
  {
    name: "authenticate = always",
    settings: ({ base }) => `keyring-provider = "subprocess"\n${base}authenticate = "always"\n`,
    effect: ({ request }) => expect(request).toContain(basic("ada", "from-keyring")),
  },
  {
    name: "authenticate = never",
    settings: ({ base }) => `keyring-provider = "subprocess"\n${base}authenticate = "never"\n`,
    effect: { keyring: "" },
  },
  {
    name: "fetched intermediates",
    settings: ({ base }) => `fetch-intermediates = true\n${base}`,
    effect: { issuers: ["/issuing.cer"] },
  },
  {
    name: "a proxy with a password",
    settings: ({ base }) => base,
    env: { HTTPS_PROXY: "http://me:pass@127.0.0.1:PROXY" },
    effect: ({ tunnels }) =>
      expect(tunnels).toEqual([expect.stringContaining(`proxy-authorization: ${basic("me", "pass")}`)]),
  },
  {
    name: "a proxy of the index alone",
    settings: ({ base }, proxyPort) => `${base}proxy = "http://127.0.0.1:${proxyPort}"\n`,
    effect: ({ tunnels, request }) => {
      expect(tunnels).toHaveLength(1);
      expect(request).toBeDefined();
    },
  },
  {
    name: "a key of the client certificate in a file of its own",
    settings: ({ base }) => `${base}client-cert = "client-cert.pem"\nclient-key = "client-key.pem"\n`,
    effect: ({ handshakes }) => expect(handshakes).toEqual([expect.stringContaining("CN=client")]),
  },
  {
    name: "time-outs of connections and of silence",
    settings: ({ base }) => `http-connect-timeout = 20\nhttp-timeout = 20\n${base}`,
    effect: ({ handshakes, request }) => {
      expect(handshakes).toHaveLength(1);
      expect(request).toBeDefined();
    },
  },
  {
    name: "a pin of the server's key",
    settings: ({ base, pin }) => `${base}pins = ["${pin}"]\n`,
    effect: ({ request }) => expect(request).toBeDefined(),
  },
  {
    name: "a pin that no key has",
    settings: ({ base }) => `${base}pins = ["sha256:${"ab".repeat(32)}"]\n`,
    effect: { request: undefined },
  },
  {
    name: "an insecure host, whose credentials stay at home",
    settings: ({ base }) =>
      `allow-insecure-host = ["localhost"]\n${base.replace("https://localhost", "https://ada:secret@localhost")}`,
    effect: ({ request }) => expect(request).not.toContain("Basic"),
  },
  {
    name: "an insecure host that may have credentials",
    settings: ({ base }) =>
      `allow-insecure-host = ["localhost"]\nallow-insecure-credentials = true\n${base.replace("https://localhost", "https://ada:secret@localhost")}`,
    effect: ({ request }) => expect(request).toContain(basic("ada", "secret")),
  },
];

/** The other ways to an index, or to a file of one. */
const WAYS = [
  "pip install --target elsewhere -r pylock.toml",
  "pip sync --target elsewhere r.txt",
  "pip compile r.txt",
  "pip list --outdated --target t",
  "lock verify pylock.toml",
  "cache pull --lock pylock.toml",
] as const;

function lockOf(url: string): string {
  return [
    'lock-version = "1.0"',
    'created-by = "test"',
    "[[packages]]",
    'name = "greeter"',
    'version = "1.0"',
    `index = "${url}"`,
    `wheels = [{ url = "${url}greeter/greeter-1.0-py3-none-any.whl", hashes = { sha256 = "${"0".repeat(64)}" } }]`,
    "",
  ].join("\n");
}

/** Files are fetched as they are, pages compressed. */
function withoutEncodings({ request, ...sent }: Sent): Sent {
  return { ...sent, request: request?.replace(/^accept-encoding:.*\n/im, "") };
}

describe("what is sent up to the first response", () => {
  test.each(CASES)("$name", { timeout: 240_000 }, async ({ name, settings, env = {}, effect }) => {
    const scene = await createScene(name === "fetched intermediates" ? "incomplete" : "whole", {
      // One as processes: the others differ from it in their settings only.
      commands: name === "nothing" ? "started" : "called",
    });
    const { world, url } = scene;
    const proxy = await startProxy(world);
    world.write("home/.config/pinion/pinion.toml", settings(scene, proxy.port));
    const variables = Object.fromEntries(
      Object.entries(env).map(([key, value]) => [key, value.replace("PROXY", `${proxy.port}`)]),
    );
    const path = `${join(world.directory, "programs")}:${process.env["PATH"] ?? ""}`;
    const run = async (...args: readonly string[]): Promise<Sent> => {
      await world.cli([...args], { env: { PATH: path, ...variables } });
      return { ...scene.take(), tunnels: proxy.take() };
    };
    const target = join(world.directory, "target");
    const install = await run("pip", "install", "--no-cache", "--target", target, "greeter");
    const download = await run("pip", "download", "--no-cache", "-d", target, "greeter");
    const doctor = await run("doctor");
    const trust = await run("trust", "add", url);

    if (typeof effect === "function") effect(install);
    else expect(install).toMatchObject(effect);
    expect(download).toEqual(install);
    world.write("project/r.txt", "greeter==1.0\n");
    world.write("project/pylock.toml", lockOf(url));
    world.write("project/t/greeter-0.1.dist-info/METADATA", INSTALLED);
    for (const words of WAYS)
      expect([words, withoutEncodings(await run(...words.split(" "), "--no-cache"))]).toEqual([
        words,
        withoutEncodings(install),
      ]);
    // A client ends a handshake that it refuses; the doctor looks at it to its end.
    const isRefused = install.handshakes.length === 0;
    expect(doctor).toEqual(isRefused ? { ...install, handshakes: doctor.handshakes } : install);
    // It makes no request and verifies nothing: its part ends with the handshake.
    expect({ handshakes: trust.handshakes, tunnels: trust.tunnels }).toEqual({
      handshakes: isRefused ? doctor.handshakes : install.handshakes,
      tunnels: install.tunnels,
    });
  });
});

// Promise: no command waits for ever for a server that says nothing
// Attack: a server that takes connections and never answers
test("a connect time-out ends each of them alike", { timeout: 240_000 }, async () => {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  let connections = 0;
  const port = await listening(
    createTcpServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined).resume();
    }),
  );
  const url = `https://localhost:${port}/simple/`;
  world.write(
    "home/.config/pinion/pinion.toml",
    `http-connect-timeout = 3\nretries = 0\n[[index]]\nname = "corp"\nurl = "${url}"\ndefault = true\n`,
  );
  const target = join(world.directory, "target");
  for (const args of [
    ["pip", "install", "--no-cache", "--target", target, "greeter"],
    ["pip", "download", "--no-cache", "-d", target, "greeter"],
    ["trust", "add", url],
    ["doctor"],
  ]) {
    connections = 0;
    const { code, stdout, stderr } = await world.run(args);
    expect(code, args.join(" ")).not.toBe(0);
    const output = `${stdout}${stderr}`;
    // The command may have ended before this process took its connection.
    await expect
      .poll(() => connections, { message: `${args.join(" ")}: ${output}`, timeout: 10_000 })
      .toBeGreaterThan(0);
    expect(output, args.join(" ")).toMatch(/within 3 s|stalled|no certificate|no answer/);
  }
});

async function createScene(chain: "whole" | "incomplete", options: WorldOptions): Promise<Scene> {
  const world = await World.create(options);
  onTestFinished(() => world[Symbol.asyncDispose]());
  const key = createKey("P-256");
  const root = world.authority("Corp Root");
  const issuing = root.intermediate("CN=Issuing CA");
  const issuers: string[] = [];
  const authority = createHttpServer((request, response) => {
    issuers.push(request.url ?? "");
    response.end(issuing.der);
  });
  const authorityPort = await listening(authority);
  const leaf = issuing.issue("localhost", {
    key,
    extraExtensions: [authorityInfoAccess({ issuers: [`http://127.0.0.1:${authorityPort}/issuing.cer`] })],
  });
  const client = world.authority("Clients").issue("client", { subject: [["CN", "client"]] });
  world.write("home/.config/pinion/client.pem", client.chainPem + client.keyPem);
  world.write("home/.config/pinion/client-cert.pem", client.chainPem);
  world.write("home/.config/pinion/client-key.pem", client.keyPem);
  const log = join(world.directory, "keyring.log");
  world.script("programs/keyring", KEYRING.replace("LOG", log));

  const handshakes: string[] = [];
  const requests: string[] = [];
  const server = createServer(
    {
      cert: chain === "whole" ? leaf.chainPem : leaf.pem,
      key: leaf.keyPem,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    },
    (socket) => {
      socket.on("error", () => undefined);
      handshakes.push(describeHandshake(socket));
      let head = "";
      socket.on("data", (bytes) => {
        head += bytes.toString("latin1");
        if (!head.includes("\r\n\r\n")) return;
        requests.push(describeRequest(head));
        const isKnown = /^authorization:/im.test(head);
        head = "";
        socket.end(isKnown ? NOT_FOUND : UNAUTHORIZED);
      });
    },
  );
  server.on("tlsClientError", () => undefined);
  const port = await listening(server);
  const url = `https://localhost:${port}/simple/`;
  return {
    world,
    url,
    port,
    pin: `sha256:${parseCertificate(leaf.der).publicKey.fingerprint}`,
    base: `trust = "file:${root.writePem()}"\n[[index]]\nname = "corp"\nurl = "${url}"\ndefault = true\n`,
    take() {
      const keyring = existsSync(log) ? readFileSync(log, "utf8") : "";
      if (keyring !== "") writeFileSync(log, "");
      const sent = {
        handshakes: [...new Set(handshakes)].sort(),
        tunnels: [],
        request: requests.at(-1),
        keyring,
        issuers: [...new Set(issuers)],
      };
      for (const list of [handshakes, requests, issuers]) list.length = 0;
      return sent;
    },
  };
}

/** Takes tunnels wherever they lead, and notes what asked for them. */
async function startProxy(world: World): Promise<{ readonly port: number; take(): readonly string[] }> {
  const seen: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      const head = bytes.toString("latin1");
      seen.push(
        head
          .split("\r\n")
          .sort()
          .join("\n")
          .toLowerCase()
          .replace(/basic \S+/, (word) => originalOf(head, word)),
      );
      const [, host = "", port = ""] = /^CONNECT ([^:]+):(\d+) /.exec(head) ?? [];
      const upstream = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on("error", () => socket.destroy());
    });
  });
  const port = await listening(server);
  appendFileSync(join(world.directory, "proxy.port"), `${port}`);
  return {
    port,
    take() {
      return [...new Set(seen.splice(0))];
    },
  };
}

function originalOf(head: string, word: string): string {
  const at = head.toLowerCase().indexOf(word);
  return at === -1 ? word : head.slice(at, at + word.length);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function describeHandshake(socket: TLSSocket): string {
  const shown = socket.getPeerX509Certificate()?.subject ?? "no certificate";
  return `${String(socket.servername)} ${String(socket.alpnProtocol)} ${shown}`;
}

function describeRequest(head: string): string {
  const [line = "", ...headers] = head.split("\r\n");
  const kept = headers.filter((header) => /^(user-agent|authorization|accept-encoding|host):/i.test(header));
  return [line.replace(/ \/\S*/, " PATH"), ...kept.map((header) => header.trim()).sort()].join("\n");
}

/** Speaks the old protocol and the one with JSON, and notes what it was asked. */
const KEYRING = `echo "$*" >> "LOG"
case "$*" in
  *creds*) echo '{"username": "ada", "password": "from-keyring"}' ;;
  get*) printf 'ada\\nfrom-keyring\\n' ;;
  *) exit 2 ;;
esac
`;
const INSTALLED = "Metadata-Version: 2.1\nName: greeter\nVersion: 0.1\n";
const UNAUTHORIZED =
  'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
const NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
