// The real programs that serve as witnesses, and how each is asked for the index of a shape.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServedShape } from "../../src/lab/servers/serve.ts";
import { findProgram } from "../support/world.ts";
import type { CliRun, World } from "../support/world.ts";

export interface Peer {
  readonly name: string;
  /** Undefined where it is not on this machine. */
  readonly program: string | undefined;
  /** Asks for the index of a shape, with the shape's bundle and client certificate; exit code 0 means accepted. */
  ask(world: World, served: ServedShape): Promise<CliRun>;
}

/** A program installed by the machine's user below a folder of peers: `FOLDER/uv-0.8.3/bin/uv`. */
export function installedPeer(folder: string, environment: string, program: string): string | undefined {
  const path = join(folder, environment, "bin", program);
  return folder !== "" && existsSync(path) ? path : undefined;
}

/** A Python that has pip. */
export function findPython(folder: string): string | undefined {
  return installedPeer(folder, "pip", "python") ?? findProgram("python3");
}

/** A build of Pinion's command, on this runtime or another. */
export function pinion(command: string, node: string = process.execPath): Peer {
  return {
    name: "Pinion",
    program: node,
    ask: (world, { url, bundlePath, clientPath }) => {
      const client = clientPath === undefined ? [] : ["--client-cert", clientPath];
      const args = ["--cert", bundlePath, ...client, "--index-url", url, ...dryRun(world, "pinion")];
      return world.program(node, [command, "pip", "install", "--json", "--retries", "0", ...args], PATIENT);
    },
  };
}

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
export function pythonSsl(folder: string): Peer {
  const program = findPython(folder);
  return {
    name: "python",
    program,
    ask: (world, { built, port, bundlePath, clientPath }) =>
      world.program(program ?? "python3", [
        "-c",
        PYTHON_CLIENT,
        built.host,
        `${port}`,
        bundlePath,
        ...(clientPath === undefined ? [] : [clientPath]),
      ]),
  };
}

/** pip itself, which trusts the bundle beside the machine's store. */
export function pip(folder: string): Peer {
  const program = installedPeer(folder, "pip", "python");
  return {
    name: "pip",
    program,
    ask: (world, { url, bundlePath, clientPath }) => {
      const client = clientPath === undefined ? [] : ["--client-cert", clientPath];
      const quiet = [
        "--retries",
        "0",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--only-binary",
        ":all:",
      ];
      const args = ["--cert", bundlePath, ...client, "--index-url", url, ...quiet, ...dryRun(world, "pip")];
      return world.program(program ?? "python3", ["-m", "pip", "install", ...args], PATIENT);
    },
  };
}

/** `node:https` with the bundle as its only trust, and nothing else changed. */
export const NODE_ALONE: Peer = {
  name: "Node alone",
  program: process.execPath,
  ask: (world, { url, bundlePath, clientPath }) =>
    world.program(process.execPath, ["-e", NODE_CLIENT, url, bundlePath, clientPath ?? ""]),
};

/** One release of uv. */
export function uv(folder: string, version: string): Peer {
  const program = installedPeer(folder, `uv-${version}`, "uv");
  return {
    name: `uv ${version}`,
    program,
    ask: (world, { url, bundlePath, clientPath }) => {
      const args = ["--no-cache", "--index-url", url, ...dryRun(world, "uv")];
      const env = { SSL_CERT_FILE: bundlePath, SSL_CLIENT_CERT: clientPath, UV_HTTP_RETRIES: "0" };
      return world.program(program ?? "uv", ["pip", "install", ...args], { env, ...PATIENT });
    },
  };
}

function dryRun(world: World, name: string): readonly string[] {
  return ["--dry-run", "--no-deps", "--target", join(world.directory, `${name}-target`), "wordlist"];
}

/** Seven programs at once on a busy machine take their time. */
const PATIENT = { timeoutMs: 180_000 };

const NODE_CLIENT = `
const [url, bundle, client] = process.argv.slice(1);
const { readFileSync } = require("node:fs");
const shown = client === "" ? {} : { cert: readFileSync(client), key: readFileSync(client) };
const request = require("node:https").get(url, { ca: readFileSync(bundle), timeout: 10000, ...shown }, (answer) => {
  answer.resume();
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
});
request.on("timeout", () => request.destroy(new Error("no answer")));
request.on("error", (error) => {
  console.error(error.code ?? "", error.message);
  process.exitCode = 1;
});
`;

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
