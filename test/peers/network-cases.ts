// What is measured for docs/network.md, and tested with the real command: proxies of every kind, and servers of every
// strangeness, each as a way to one package.

import type { IndexOptions, Oddity, RunningIndex } from "../../src/lab/index/index-server.ts";
import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import type { TestAuthority, World } from "../support/world.ts";
import { findProgram } from "../support/world.ts";
import { missingFor, PACKAGER, startIndexServer, type RealIndexServer } from "./index-servers.ts";
import { DONE, type Way } from "./network-clients.ts";
import { findProxy, startProxy, type RealProxy } from "./proxies.ts";

export interface NetworkCase {
  readonly group: "proxies" | "real proxies" | "servers" | "real servers";
  readonly name: string;
  /** What Pinion has to say: the installed version, or the code of its error in backquotes. */
  readonly expected: string;
  /** Whether every client has to install through it, because nothing is wrong. */
  readonly isHarmless?: boolean;
  /** What is missing here, from the folder of installed peers. */
  readonly missing?: (peers: string) => string | undefined;
  /** Starts everything in the world. */
  open(world: World, peers: string): Promise<Way>;
}

const AUTH = { username: "ada", password: "s3cret-of-ada" };
type Answer = "open" | "right" | "none" | "wrong";

/** Every kind of proxy of the laboratory, by what it wants of its clients, before indexes with and without TLS. */
function proxyCases(): readonly NetworkCase[] {
  const kinds = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"] as const;
  const schemes = ["http", "https"] as const;
  return kinds.flatMap((kind) => {
    // SOCKS 4 knows no passwords.
    const answers: readonly Answer[] = kind.startsWith("socks4")
      ? ["open"]
      : ["open", "right", "none", "wrong"];
    return answers.flatMap((answer) =>
      schemes.map((scheme): NetworkCase => {
        const isSocks = kind.startsWith("socks");
        return {
          group: "proxies",
          name: `${kind} proxy, ${WANTED[answer]}, ${scheme} index`,
          expected: answer === "none" || answer === "wrong" ? "`net/proxy-auth-required`" : DONE,
          open: async (world) => {
            const authority = world.authority();
            const index = await openIndex(world, scheme === "https" ? { authority } : {});
            const auth = answer === "open" ? {} : { auth: AUTH };
            const { chainPem, keyPem } = authority.issue("localhost");
            const proxy = isSocks
              ? await world.socksProxy(auth)
              : await world.proxy({ ...auth, ...(kind === "https" && { tls: { chainPem, keyPem } }) });
            const { host } = new URL(proxy.url.replace("socks5h:", "http:"));
            return {
              indexUrl: index.url,
              bundle: authority.writePem(),
              proxy: `${kind}://${userFor(answer)}${host}`,
            };
          },
        };
      }),
    );
  });
}

const WANTED: Readonly<Record<Answer, string>> = {
  open: "open",
  right: "right password",
  none: "no password",
  wrong: "wrong password",
};

function userFor(answer: Answer): string {
  if (answer === "open" || answer === "none") return "";
  return `${AUTH.username}:${answer === "right" ? AUTH.password : "guessed"}@`;
}

/** Proxies that refuse, inspect, or are not there. */
function oddProxyCases(): readonly NetworkCase[] {
  const refusing = (name: string, refusal: Parameters<World["proxy"]>[0], expected: string): NetworkCase => ({
    group: "proxies",
    name,
    expected,
    open: async (world) => {
      const authority = world.authority();
      const index = await openIndex(world, { authority });
      return { indexUrl: index.url, bundle: authority.writePem(), proxy: (await world.proxy(refusal)).url };
    },
  });
  const inspecting = (name: string, isTrusted: boolean, expected: string): NetworkCase => ({
    group: "proxies",
    name,
    expected,
    open: async (world) => {
      const authority = world.authority();
      const inspector = world.authority("O=Zscaler Inc., CN=Zscaler Root CA");
      const index = await openIndex(world, { authority });
      const proxy = await world.inspectingProxy(inspector);
      const bundle = (isTrusted ? inspector : authority).writePem();
      return { indexUrl: index.url, bundle, proxy: proxy.url };
    },
  });
  const negotiate = {
    status: 407,
    headers: { "proxy-authenticate": "Negotiate" },
    body: "Sign in to the domain",
  };
  return [
    refusing(
      "proxy that answers 403",
      { refusal: { status: 403, body: "Blocked by policy" } },
      "`net/proxy-refused`",
    ),
    refusing("proxy that answers 503", { refusal: { status: 503 } }, "`net/proxy-refused`"),
    refusing("proxy that wants Negotiate", { refusal: negotiate }, "`net/proxy-auth-required`"),
    inspecting("inspecting proxy, its authority trusted", true, DONE),
    inspecting("inspecting proxy, its authority not trusted", false, "`tls/tls-inspection`"),
    {
      group: "proxies",
      name: "https proxy whose certificate is not trusted",
      expected: "`tls/unknown-issuer`",
      open: async (world) => {
        const authority = world.authority();
        const index = await openIndex(world, { authority });
        const { chainPem, keyPem } = world.authority("Stranger").issue("localhost");
        const proxy = await world.proxy({ tls: { chainPem, keyPem } });
        return { indexUrl: index.url, bundle: authority.writePem(), proxy: proxy.url };
      },
    },
    {
      group: "proxies",
      name: "proxy script (`pac+file:`)",
      expected: DONE,
      open: async (world) => {
        const authority = world.authority();
        const index = await openIndex(world, { authority });
        const { port } = await world.proxy();
        const script = `function FindProxyForURL(url, host) { return "PROXY 127.0.0.1:1; PROXY 127.0.0.1:${port}"; }`;
        const path = world.write("proxy.pac", script);
        return { indexUrl: index.url, bundle: authority.writePem(), proxy: `pac+file://${path}` };
      },
    },
    {
      group: "proxies",
      name: "proxy that is not there",
      expected: "`net/proxy-unreachable`",
      open: async (world) => {
        const index = await openIndex(world, {});
        const proxy = await world.proxy();
        await proxy.close();
        return { indexUrl: index.url, proxy: proxy.url };
      },
    },
  ];
}

function realProxyCases(): readonly NetworkCase[] {
  const through = (
    name: RealProxy,
    answer: Answer,
    { scheme, expected }: { readonly scheme: "http" | "https"; readonly expected: string },
  ): NetworkCase => ({
    group: "real proxies",
    name: `${name}, ${WANTED[answer]}, ${scheme} index`,
    expected,
    isHarmless: expected === DONE,
    missing: (peers) => (findProxy(name, peers) === undefined ? name : undefined),
    open: async (world, peers) => {
      const authority = world.authority();
      const index = await openIndex(world, {
        address: "127.0.0.1",
        ...(scheme === "https" && { authority }),
      });
      const proxy = await startProxy(world, name, {
        peers,
        ...(answer === "open" ? {} : { credentials: AUTH }),
      });
      return {
        indexUrl: index.url.replace("localhost", scheme === "https" ? "localhost" : "127.0.0.1"),
        bundle: authority.writePem(),
        proxy: proxy.url.replace("://", `://${userFor(answer)}`),
      };
    },
  });
  const inspected = (isTrusted: boolean, expected: string): NetworkCase => ({
    group: "real proxies",
    name: `mitmproxy, its authority ${isTrusted ? "" : "not "}trusted`,
    expected,
    isHarmless: isTrusted,
    missing: (peers) => (findProxy("mitmdump", peers) === undefined ? "mitmdump" : undefined),
    open: async (world, peers) => {
      const authority = world.authority();
      const index = await openIndex(world, { authority });
      const proxy = await startProxy(world, "mitmdump", { peers });
      const bundle = isTrusted ? proxy.authorityPath : authority.writePem();
      return { indexUrl: index.url, proxy: proxy.url, ...(bundle === undefined ? {} : { bundle }) };
    },
  });
  return [
    ...(["squid", "tinyproxy"] as const).flatMap((name) => [
      through(name, "open", { scheme: "https", expected: DONE }),
      through(name, "open", { scheme: "http", expected: DONE }),
      through(name, "right", { scheme: "https", expected: DONE }),
      through(name, "wrong", { scheme: "https", expected: "`net/proxy-auth-required`" }),
    ]),
    through("danted", "open", { scheme: "https", expected: DONE }),
    through("danted", "open", { scheme: "http", expected: DONE }),
    through("microsocks", "open", { scheme: "https", expected: DONE }),
    through("microsocks", "right", { scheme: "https", expected: DONE }),
    through("microsocks", "wrong", { scheme: "https", expected: "`net/proxy-auth-required`" }),
    inspected(true, DONE),
    inspected(false, "`tls/tls-inspection`"),
  ];
}

/** Indexes that misbehave in one way each. */
function serverCases(): readonly NetworkCase[] {
  const strange = (name: string, expected: string, options: OpenIndexOptions): NetworkCase => ({
    group: "servers",
    name,
    expected,
    open: async (world) => {
      const authority = options.isSecure === true ? world.authority() : undefined;
      const index = await openIndex(world, { ...options, ...(authority && { authority }) });
      return {
        indexUrl: index.url.replace("://", `://${options.user ?? ""}`),
        ...(authority && { bundle: authority.writePem() }),
      };
    },
  });
  const odd = (name: string, expected: string, ...oddities: readonly Oddity[]): NetworkCase =>
    strange(name, expected, { oddities });
  const html = (name: string, expected: string, ...oddities: readonly Oddity[]): NetworkCase =>
    strange(name, expected, { oddities, formats: ["html"] });
  const pages = "/simple/wordlist/";
  return [
    odd("no `Content-Type`", DONE, { kind: "content-type", value: undefined }),
    html("no `Content-Type`, HTML", DONE, { kind: "content-type", value: undefined }),
    html("`text/plain`, HTML", DONE, { kind: "content-type", value: "text/plain" }),
    html("`application/octet-stream`, HTML", DONE, {
      kind: "content-type",
      value: "application/octet-stream",
    }),
    odd("weak entity tags", DONE, { kind: "validators", form: "weak" }),
    odd("neither entity tag nor date", DONE, { kind: "validators", form: "none" }),
    odd("304 to every question", "`index/not-an-index`", { kind: "not-modified" }),
    odd("HEAD refused", DONE, { kind: "head-refused" }),
    odd("ranges passed over", DONE, { kind: "range", answer: "ignored" }),
    odd("ranges from another offset", DONE, { kind: "range", answer: "wrong-offset" }),
    odd("416 to every range", DONE, { kind: "range", answer: "refused" }),
    odd("pages compressed", DONE, { kind: "gzip", on: "pages" }),
    odd("wheels compressed unasked", DONE, { kind: "gzip", on: "files" }),
    odd("pages in chunks", DONE, { kind: "chunked" }),
    html("page whose gzip trailer is cut off", "`net/malformed-response`", {
      kind: "gzip",
      on: pages,
      damaged: true,
    }),
    html("page cut before its length", "`net/malformed-response`", { kind: "cut", after: 700, on: pages }),
    html(
      "page cut between its chunks",
      "`net/malformed-response`",
      { kind: "chunked", on: pages },
      { kind: "cut", after: 700, on: pages },
    ),
    odd("wheel cut once", DONE, { kind: "cut", after: 300, on: "files", times: 1 }),
    odd("wheel cut after every 300 octets", DONE, { kind: "cut", after: 300, on: "files" }),
    odd("wheel cut after every octet", "`net/malformed-response`", { kind: "cut", after: 1, on: "files" }),
    odd("page that falls silent", "`net/timeout`", { kind: "stall", after: 10, on: pages }),
    odd("wheel that falls silent once", DONE, { kind: "stall", after: 300, on: "files", times: 1 }),
    odd("wheel that falls silent after every octet", "`net/timeout`", {
      kind: "stall",
      after: 1,
      on: "files",
    }),
    odd("page that trickles", "`net/timeout`", { kind: "slow", octetsPerSecond: 20, on: pages }),
    odd("page without end", "`net/too-large`", { kind: "endless", on: pages }),
    html("page with 20 MB of blanks", DONE, { kind: "padding", octets: 20_000_000, on: pages }),
    odd("wheel that is not the stated one", "`wheel/hash-mismatch`", {
      kind: "body",
      body: "PK",
      on: "files",
    }),
    odd("page that is not JSON", "`index/malformed-page`", { kind: "body", body: "{", on: pages }),
    html("login form instead of a page", "`index/not-an-index`", {
      kind: "body",
      body: LOGIN_FORM,
      on: pages,
    }),
    odd("401, no password known", "`index/auth-required`", { kind: "status", status: 401, on: pages }),
    odd("403", "`index/forbidden`", { kind: "status", status: 403, on: pages }),
    odd("404", "`resolve/no-solution`", { kind: "status", status: 404, on: pages }),
    odd("500", "`net/http-status`", { kind: "status", status: 500, on: pages }),
    odd("503 once, `Retry-After: 1`", DONE, {
      kind: "status",
      status: 503,
      times: 1,
      on: pages,
      headers: { "retry-after": "1" },
    }),
    odd("429 once", DONE, { kind: "status", status: 429, times: 1, on: pages }),
    strange("password in the URL", DONE, { auth: AUTH, user: `${AUTH.username}:${AUTH.password}@` }),
    strange("wrong password in the URL", "`index/auth-required`", { auth: AUTH, user: "ada:guessed@" }),
    strange("CodeArtifact: 404 to an expired token", "`resolve/no-solution`", {
      oddities: [{ kind: "status", status: 404, on: pages }],
      user: "aws:expired@",
    }),
    odd("redirect without end", "`net/redirect-loop`", {
      kind: "status",
      status: 302,
      headers: { location: "/simple/wordlist/" },
      on: pages,
    }),
    odd("redirect to a `file:` address", "`net/redirect-loop`", {
      kind: "status",
      status: 302,
      headers: { location: "file:///etc/passwd" },
      on: pages,
    }),
    {
      group: "servers",
      name: "files redirected to another host, with a password of the index",
      expected: DONE,
      open: async (world) => {
        const files = await world.index({ packages: PACKAGES });
        const to = files.origin.replace("localhost", "127.0.0.1");
        const index = await world.index({
          packages: PACKAGES,
          auth: AUTH,
          oddities: [{ kind: "redirect", to, on: "/files/" }],
        });
        return { indexUrl: index.url.replace("://", `://${AUTH.username}:${AUTH.password}@`) };
      },
    },
    {
      group: "servers",
      name: "redirect from https to http, with a password",
      expected: "`net/redirect-loop`",
      open: async (world) => {
        const authority = world.authority();
        const plain = await world.index({ packages: PACKAGES });
        const index = await openIndex(world, {
          authority,
          auth: AUTH,
          oddities: [{ kind: "redirect", to: plain.origin, on: pages }],
        });
        return {
          indexUrl: index.url.replace("://", `://${AUTH.username}:${AUTH.password}@`),
          bundle: authority.writePem(),
        };
      },
    },
  ];
}

function realServerCases(): readonly NetworkCase[] {
  const served = (server: RealIndexServer, isPrivate: boolean, user: "right" | "none"): NetworkCase => {
    const isRefused = isPrivate && user === "none";
    return {
      group: "real servers",
      name: `${TITLES[server]}${isPrivate ? `, private, ${user === "right" ? "right" : "no"} password` : ""}`,
      expected: isRefused ? "`index/auth-required`" : DONE,
      isHarmless: !isRefused,
      missing: (peers) =>
        missingFor(server, peers) ?? (findProgram("openssl") === undefined ? "openssl" : undefined),
      open: async (world, peers) => {
        const index = await startIndexServer(world, server, { peers, isPrivate });
        const userinfo = user === "right" ? `${PACKAGER.username}:${PACKAGER.password}@` : "";
        return { indexUrl: index.url.replace("://", `://${userinfo}`) };
      },
    };
  };
  return [
    served("pypiserver", false, "none"),
    served("pypiserver", true, "right"),
    served("pypiserver", true, "none"),
    served("devpi", false, "none"),
    served("nginx", false, "none"),
    served("nginx", true, "right"),
    served("nginx", true, "none"),
  ];
}

const TITLES: Readonly<Record<RealIndexServer, string>> = {
  pypiserver: "pypiserver, filled by `twine upload`",
  devpi: "devpi, filled by `devpi upload`",
  nginx: "nginx, folders with `autoindex`",
};

interface OpenIndexOptions extends Omit<IndexOptions, "tls"> {
  /** Serves with TLS, by a certificate of this authority. */
  readonly authority?: TestAuthority;
  readonly isSecure?: boolean;
  readonly user?: string;
}

function openIndex(world: World, { authority, ...options }: OpenIndexOptions): Promise<RunningIndex> {
  const issued = authority?.issue("localhost");
  return world.index({ packages: PACKAGES, ...options, ...(issued && { tls: issued }) });
}

const PACKAGES = [...sampleWheels(), makeWheel({ name: "other", version: "1.0" })];

const LOGIN_FORM =
  '<!DOCTYPE html><html><body><form action="/login"><input type="password" name="p"></form></body></html>';

export const NETWORK_CASES: readonly NetworkCase[] = [
  ...proxyCases(),
  ...oddProxyCases(),
  ...realProxyCases(),
  ...serverCases(),
  ...realServerCases(),
];
