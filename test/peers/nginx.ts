// A real nginx: in front of an index of the laboratory, or serving a plain folder, configured as an administrator would.

import { findProgram } from "../support/world.ts";
import type { World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";

export interface NginxOptions {
  readonly chainPem: string;
  readonly keyPem: string;
  readonly protocol: "TLSv1.2" | "TLSv1.3";
  /** Where it passes requests on to. */
  readonly upstream: string;
  /** Asks for client certificates of this authority: `on` demands one, `optional` does not. */
  readonly clients?: { readonly authorityPem: string; readonly verify: "on" | "optional" };
}

export interface RunningNginx {
  /** Of the Simple index, or of the folder. */
  readonly url: string;
  readonly port: number;
}

/** Starts nginx and resolves once it listens; it ends with the world. */
export async function startNginx(world: World, options: NginxOptions): Promise<RunningNginx> {
  const port = await freePort();
  const chain = world.write(`nginx-${port}/chain.pem`, options.chainPem);
  const key = world.write(`nginx-${port}/key.pem`, options.keyPem);
  await start(world, port, [
    `listen 127.0.0.1:${port} ssl`,
    "server_name localhost",
    `ssl_certificate ${chain}`,
    `ssl_certificate_key ${key}`,
    `ssl_protocols ${options.protocol}`,
    ...clientLines(world, `nginx-${port}/clients.pem`, options.clients),
    `location / { proxy_set_header Host $http_host; proxy_pass ${options.upstream}; }`,
  ]);
  return { url: `https://localhost:${port}/simple/`, port };
}

function clientLines(world: World, path: string, clients: NginxOptions["clients"]): readonly string[] {
  if (clients === undefined) return [];
  return [
    `ssl_client_certificate ${world.write(path, clients.authorityPem)}`,
    `ssl_verify_client ${clients.verify}`,
  ];
}

/** Serves a folder with nginx's own lists of files, compressed; a `passwordFile` lets in only whom it names. */
export async function startNginxFolder(
  world: World,
  folder: string,
  passwordFile?: string,
): Promise<RunningNginx> {
  const port = await freePort();
  await start(world, port, [
    `listen 127.0.0.1:${port}`,
    `root ${folder}`,
    "autoindex on",
    "gzip on",
    "gzip_min_length 1",
    "gzip_types *",
    ...(passwordFile === undefined ? [] : ['auth_basic "packages"', `auth_basic_user_file ${passwordFile}`]),
  ]);
  return { url: `http://localhost:${port}/`, port };
}

async function start(world: World, port: number, server: readonly string[]): Promise<void> {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const lines = [
    "daemon off;",
    "pid nginx.pid;",
    "worker_processes 1;",
    // Started by root, it would work as a user who cannot read the test's folders.
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    "events {}",
    "http {",
    "access_log off;",
    ...temporary.map((name) => `${name}_temp_path ${name};`),
    "server {",
    ...server.map((line) => (line.endsWith("}") ? line : `${line};`)),
    "}}",
  ];
  const configuration = world.write(`nginx-${port}/nginx.conf`, `${lines.join("\n")}\n`);
  const folder = configuration.slice(0, -"/nginx.conf".length);
  await startListening(
    world,
    [findProgram("nginx") ?? "nginx", "-e", "stderr", "-p", folder, "-c", configuration],
    port,
  );
}
