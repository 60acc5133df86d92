// The ways on which a line can harm a run: plain and TLS, directly and through each kind of proxy, pages in each form.

import { randomBytes } from "node:crypto";

import type { IndexOptions, Oddity, RunningIndex } from "../../src/lab/index/index-server.ts";
import { startIndex } from "../../src/lab/index/index-server.ts";
import { createAuthority } from "../../src/lab/certificates/mint.ts";
import { startConnectProxy, startSocksProxy } from "./loopback-proxies.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import type { ProxySettings } from "../../src/net/proxies/proxy.ts";
import { loadTrust, type TrustStore } from "../../src/trust/store.ts";

export interface Dialogue {
  readonly name: string;
  /** Whether TLS protects it from end to end. */
  readonly isAuthentic: boolean;
  /** Where the relay leads: to the index, or to the proxy before it. */
  readonly port: number;
  readonly trust: TrustStore;
  indexUrl(relayPort: number): string;
  proxySettings(relayPort: number): ProxySettings;
}

export interface Dialogues extends AsyncDisposable {
  readonly list: readonly Dialogue[];
}

/** What a run installs: three packages that depend on each other, and one of several segments. */
export const REQUIREMENTS: readonly string[] = ["greeter[color]", "bulky"];

/** Starts the servers of all dialogues. */
export async function openDialogues(): Promise<Dialogues> {
  const authority = createAuthority("Corp Root");
  const { chainPem, keyPem } = authority.issue("localhost");
  const trust = loadTrust({
    env: {},
    home: "/nonexistent",
    trust: { value: "given", origin: "test" },
    anchors: [authority.root.pem],
  });
  const bulky = makeWheel({ name: "bulky", version: "1.0", files: { "bulky.bin": randomBytes(40_000) } });
  const packages = [...sampleWheels(), bulky];
  const open = (options: IndexOptions): Promise<RunningIndex> => startIndex({ packages, ...options });

  const plain = await open({ formats: ["json"] });
  const strange = await open({ formats: ["html"], oddities: STRANGE });
  const ranged = await open({ packages: packages.map((file) => ({ ...file, metadata: undefined })) });
  const fresh = await open({ cacheControl: "max-age=600", oddities: [{ kind: "validators", form: "weak" }] });
  const modern = await open({ tls: { chainPem, keyPem } });
  const older = await open({ tls: { chainPem, keyPem, maxVersion: "TLSv1.2" }, formats: ["html"] });
  const connectProxy = await startConnectProxy({ auth: AUTH });
  const secureProxy = await startConnectProxy({ tls: { chainPem, keyPem } });
  const socksProxy = await startSocksProxy({ auth: AUTH });
  const servers = [plain, strange, ranged, fresh, modern, older, connectProxy, secureProxy, socksProxy];

  const direct = (name: string, { port, origin }: RunningIndex): Dialogue => ({
    name,
    isAuthentic: origin.startsWith("https:"),
    port,
    trust,
    indexUrl: (relayPort) => `${origin.replace(`:${port}`, `:${relayPort}`)}/simple/`,
    proxySettings: () => ({}),
  });
  const proxied = (name: string, index: RunningIndex, proxy: { port: number; scheme: string }): Dialogue => ({
    name,
    isAuthentic: index.origin.startsWith("https:"),
    port: proxy.port,
    trust,
    indexUrl: () => index.url,
    proxySettings: (relayPort) => ({
      all: { value: `${proxy.scheme}://ada:s3cret@localhost:${relayPort}`, origin: "--proxy" },
    }),
  });
  const list = [
    direct("http, JSON", plain),
    direct("http, HTML, compressed, chunked", strange),
    direct("http, metadata by ranges", ranged),
    direct("http, weak validators, fresh for ten minutes", fresh),
    direct("TLS 1.3", modern),
    direct("TLS 1.2", older),
    proxied("http through a proxy", plain, { ...connectProxy, scheme: "http" }),
    proxied("CONNECT, TLS 1.3", modern, { ...connectProxy, scheme: "http" }),
    proxied("CONNECT over TLS, TLS 1.2", older, { ...secureProxy, scheme: "https" }),
    proxied("SOCKS 5, TLS 1.3", modern, { ...socksProxy, scheme: "socks5h" }),
  ];
  return {
    list,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server.close();
    },
  };
}

const AUTH = { username: "ada", password: "s3cret" };

const STRANGE: readonly Oddity[] = [
  { kind: "gzip", on: "pages" },
  { kind: "chunked", on: "pages" },
  { kind: "chunked", on: "metadata" },
];
