// Real proxies on loopback, as Debian and PyPI have them, with the least configuration that makes them one.

import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../support/world.ts";
import type { World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";
import { installedPeer } from "./programs.ts";

export type RealProxy = "squid" | "tinyproxy" | "danted" | "microsocks" | "mitmdump";

export interface StartedProxy {
  /** Without credentials. */
  readonly url: string;
  /** The authority that it signs with, of an inspecting proxy. */
  readonly authorityPath?: string;
}

export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
}

/** Where a proxy is; undefined where it is not on this machine. `peers` is the folder of what PyPI has. */
export function findProxy(name: RealProxy, peers: string): string | undefined {
  return name === "mitmdump" ? installedPeer(peers, "mitmproxy", name) : findProgram(name);
}

/** Starts a proxy and resolves once it listens; it ends with the world. `danted` knows the machine's users alone. */
export async function startProxy(
  world: World,
  name: RealProxy,
  { peers, credentials }: { readonly peers: string; readonly credentials?: ProxyCredentials },
): Promise<StartedProxy> {
  const program = findProxy(name, peers) ?? name;
  const port = await freePort();
  switch (name) {
    case "squid":
      await startListening(world, [program, "-N", "-f", squidConfiguration(world, port, credentials)], port);
      return { url: `http://127.0.0.1:${port}` };
    case "tinyproxy": {
      const users =
        credentials === undefined ? "" : `BasicAuth ${credentials.username} ${credentials.password}\n`;
      const path = world.write("tinyproxy.conf", `Port ${port}\nListen 127.0.0.1\nTimeout 60\n${users}`);
      await startListening(world, [program, "-d", "-c", path], port);
      return { url: `http://127.0.0.1:${port}` };
    }
    case "danted": {
      const path = world.write("danted.conf", DANTE_CONFIGURATION.replace("PORT", `${port}`));
      await startListening(world, [program, "-f", path, "-p", join(world.directory, "danted.pid")], port);
      return { url: `socks5h://127.0.0.1:${port}` };
    }
    case "microsocks": {
      const users = credentials === undefined ? [] : ["-u", credentials.username, "-P", credentials.password];
      await startListening(world, [program, "-i", "127.0.0.1", "-p", `${port}`, ...users], port);
      return { url: `socks5h://127.0.0.1:${port}` };
    }
    case "mitmdump":
      return startInspector(world, program, { port, credentials });
  }
}

async function startInspector(
  world: World,
  program: string,
  { port, credentials }: { readonly port: number; readonly credentials: ProxyCredentials | undefined },
): Promise<StartedProxy> {
  const folder = join(world.directory, `mitmproxy-${port}`);
  const users =
    credentials === undefined ? [] : ["--set", `proxyauth=${credentials.username}:${credentials.password}`];
  const place = ["--listen-host", "127.0.0.1", "--listen-port", `${port}`, "--set", `confdir=${folder}`];
  // What the proxy itself trusts is not the question here.
  await startListening(world, [program, "--quiet", "--ssl-insecure", ...place, ...users], port);
  const authorityPath = join(folder, "mitmproxy-ca-cert.pem");
  if (!existsSync(authorityPath)) throw new Error("mitmdump made no authority");
  return { url: `http://127.0.0.1:${port}`, authorityPath };
}

function squidConfiguration(world: World, port: number, credentials: ProxyCredentials | undefined): string {
  // Started by root, squid runs as another user, who must get at its files.
  chmodSync(world.directory, 0o755);
  const helper =
    credentials === undefined
      ? ""
      : world.write(
          "squid/users.sh",
          `#!/bin/sh\nwhile read -r user; do\n  if [ "$user" = "${credentials.username} ${encodeURIComponent(credentials.password)}" ]; then echo OK; else echo ERR; fi\ndone\n`,
        );
  const rules =
    credentials === undefined
      ? ["http_access allow all"]
      : [
          `auth_param basic program /bin/sh ${helper}`,
          "auth_param basic realm packages",
          ...ONLY_KNOWN_USERS,
        ];
  return writeSquidConfiguration(world, port, rules);
}

/** @param rules who may use the proxy */
export function writeSquidConfiguration(world: World, port: number, rules: readonly string[]): string {
  const lines = [
    `http_port 127.0.0.1:${port}`,
    ...rules,
    "cache deny all",
    "access_log none",
    "cache_log /dev/null",
    "pid_filename none",
    "pinger_enable off",
    "shutdown_lifetime 0 seconds",
    "visible_hostname localhost",
  ];
  return world.write("squid/squid.conf", `${lines.join("\n")}\n`);
}

/** Squid's rules for a proxy that demands a login. */
export const ONLY_KNOWN_USERS: readonly string[] = [
  "acl known proxy_auth REQUIRED",
  "http_access allow known",
  "http_access deny all",
];

const DANTE_CONFIGURATION = `logoutput: stderr
internal: 127.0.0.1 port = PORT
external: 127.0.0.1
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
`;
