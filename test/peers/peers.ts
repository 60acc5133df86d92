// The real programs that serve as witnesses. CI installs releases of pip and uv below `PINION_PEERS`.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { ServedShape } from "../../src/lab/serve.ts";
import { findProgram } from "../support/world.ts";
import type { CliRun, World } from "../support/world.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of installed peers, or nothing. */
    readonly peers: string;
  }
}

export interface Peer {
  readonly name: string;
  /** Undefined where it is not on this machine. */
  readonly program: string | undefined;
  /** Asks for the index of a shape, with the shape's bundle and client certificate; exit code 0 means accepted. */
  ask(world: World, served: ServedShape): Promise<CliRun>;
}

export const NGINX: string | undefined = findProgram("nginx");
export const OPENSSL: string | undefined = findProgram("openssl");
/** A Python that has pip. */
export const PYTHON: string | undefined = installedPeer("pip", "python") ?? findProgram("python3");

export const CURL: Peer = {
  name: "curl",
  program: findProgram("curl"),
  ask: (world, { bundlePath, clientPath, url }) => {
    const client = clientPath === undefined ? [] : ["--cert", clientPath];
    const args = ["-sS", "-o", "/dev/null", "--max-time", "10", "--cacert", bundlePath, ...client, url];
    return world.program("curl", args);
  },
};

/** Python's `ssl` as pip uses it; strictness, which Python 3.13 added to its default, switched off as there. */
export const PYTHON_SSL: Peer = {
  name: "python",
  program: PYTHON,
  ask: (world, { built, port, bundlePath, clientPath }) =>
    world.program(PYTHON ?? "python3", [
      "-c",
      PYTHON_CLIENT,
      built.host,
      `${port}`,
      bundlePath,
      ...(clientPath === undefined ? [] : [clientPath]),
    ]),
};

/** One release of uv. */
export function uv(version: string): Peer {
  const program = installedPeer(`uv-${version}`, "uv");
  return {
    name: `uv ${version}`,
    program,
    ask: (world, { url, bundlePath, clientPath }) => {
      const target = join(world.directory, "uv-target");
      const args = [
        "--dry-run",
        "--no-cache",
        "--no-deps",
        "--target",
        target,
        "--index-url",
        url,
        "wordlist",
      ];
      const env = { SSL_CERT_FILE: bundlePath, SSL_CLIENT_CERT: clientPath, UV_HTTP_RETRIES: "0" };
      return world.program(program ?? "uv", ["pip", "install", ...args], { env });
    },
  };
}

function installedPeer(environment: string, program: string): string | undefined {
  const path = join(inject("peers"), environment, "bin", program);
  return inject("peers") !== "" && existsSync(path) ? path : undefined;
}

const PYTHON_CLIENT = `
import socket, ssl, sys

host, port, bundle, *client = sys.argv[1:]
context = ssl.create_default_context(cafile=bundle)
context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST
if client:
    context.load_cert_chain(client[0])
with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as plain:
    with context.wrap_socket(plain, server_hostname=host) as secured:
        secured.sendall(b"GET /simple/ HTTP/1.0\\r\\n\\r\\n")
        if not secured.recv(12):
            sys.exit("no answer")
`;
