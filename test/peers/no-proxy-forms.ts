// Every form of an entry in NO_PROXY, and whether an address that is asked then goes past the proxy.

import { startIndex } from "../../src/lab/index/index-server.ts";
import type { RunningProxy } from "../support/loopback-proxies.ts";
import { World } from "../support/world.ts";
import type { NetworkClient, Way } from "./network-clients.ts";

export interface NoProxyForm {
  /** `PORT` stands for the port of the index. */
  readonly entry: string;
  readonly host: string;
  readonly expected: Decision;
}

export type Decision = "direct" | "proxy";

/** One client's decision for a form, by the kinds of proxy and index: one word where they all agree. */
export type Decisions = Readonly<Record<string, Decision>>;

const DIRECT = "direct";
const PROXY = "proxy";

/** Names below `corp.example` may be looked up, so they are only measured where nothing leads out of the machine. */
export const NO_PROXY_FORMS: readonly NoProxyForm[] = [
  { entry: "*", host: "localhost", expected: DIRECT },
  { entry: "localhost", host: "localhost", expected: DIRECT },
  { entry: "LocalHost", host: "localhost", expected: DIRECT },
  { entry: ".localhost", host: "localhost", expected: DIRECT },
  { entry: "localhost.", host: "localhost", expected: DIRECT },
  { entry: "localhost:PORT", host: "localhost", expected: DIRECT },
  { entry: "localhost:1", host: "localhost", expected: PROXY },
  { entry: "*:PORT", host: "localhost", expected: DIRECT },
  { entry: "other.example,localhost", host: "localhost", expected: DIRECT },
  { entry: "other.example, localhost", host: "localhost", expected: DIRECT },
  { entry: "other.example localhost", host: "localhost", expected: DIRECT },
  { entry: "<local>", host: "localhost", expected: DIRECT },
  { entry: "ocalhost", host: "localhost", expected: PROXY },
  { entry: "127.0.0.1", host: "localhost", expected: PROXY },
  { entry: "127.0.0.1", host: "127.0.0.1", expected: DIRECT },
  { entry: "127.0.0.1:PORT", host: "127.0.0.1", expected: DIRECT },
  { entry: "127.0.0.0/8", host: "127.0.0.1", expected: DIRECT },
  { entry: "10.0.0.0/8", host: "127.0.0.1", expected: PROXY },
  { entry: "0.0.1", host: "127.0.0.1", expected: PROXY },
  { entry: "*", host: "127.0.0.1", expected: DIRECT },
  { entry: "::1", host: "[::1]", expected: DIRECT },
  { entry: "[::1]", host: "[::1]", expected: DIRECT },
  { entry: "[::1]:PORT", host: "[::1]", expected: DIRECT },
  { entry: "::/64", host: "[::1]", expected: DIRECT },
  { entry: "corp.example", host: "pypi.corp.example", expected: DIRECT },
  { entry: ".corp.example", host: "pypi.corp.example", expected: DIRECT },
  { entry: "*.corp.example", host: "pypi.corp.example", expected: DIRECT },
  { entry: "*.corp.example", host: "corp.example", expected: PROXY },
  { entry: "corp.example", host: "notcorp.example", expected: PROXY },
  { entry: "corp.example:PORT", host: "pypi.corp.example", expected: DIRECT },
];

/** Tells whether asking for a host may send its name to a name server. */
export function isLookedUp({ host }: NoProxyForm): boolean {
  return host.endsWith(".example");
}

/** Asks with each kind of proxy in force, and looks whether the proxy saw the request. */
export async function decide(client: NetworkClient, form: NoProxyForm): Promise<Decisions> {
  const decisions = COMBINATIONS.map(async ({ proxy: kind, index }) => {
    await using world = await World.create();
    const authority = world.authority();
    await using server = await startIndex({
      packages: [],
      address: form.host === "[::1]" ? "::1" : "127.0.0.1",
      ...(index === "https" && { tls: authority.issue(form.host.replaceAll(/[[\]]/g, "")) }),
    });
    const proxy = kind === "socks5h" ? await world.socksProxy() : await world.proxy();
    const way: Way = {
      indexUrl: `${index}://${form.host}:${server.port}/simple/`,
      bundle: authority.writePem(),
      proxy: proxy.url,
      noProxy: form.entry.replace("PORT", `${server.port}`),
    };
    await client.ask(world, way);
    return [`${kind} proxy, ${index} index`, decisionOf(proxy)] as const;
  });
  return Object.fromEntries(await Promise.all(decisions));
}

function decisionOf({ targets }: RunningProxy): Decision {
  return targets.length > 0 ? PROXY : DIRECT;
}

const COMBINATIONS = [
  { proxy: "http", index: "http" },
  { proxy: "http", index: "https" },
  { proxy: "socks5h", index: "https" },
] as const;
