// The programs of the doctor's table of clients (`src/x509/clients/clients.ts`) that are on this machine, and how each of them
// asks a server: for measuring what the table predicts.

import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

import { findProgram } from "../support/world.ts";
import type { CliRun, World } from "../support/world.ts";
import { furtherTableClients } from "./further-table-clients.ts";
import { findPython, installedPeer } from "./programs.ts";

/** A server of a test, and what a client is given. */
export interface AskedServer {
  readonly port: number;
  /** PEM with the certificates that are trusted. */
  readonly bundle: string;
  /** PEM with a client's certificate and key. */
  readonly client?: string;
  /** PEM with the chain that the server sends, for a library that is asked without a connection. */
  readonly chain?: string;
}

export interface TableClient {
  /** As the table names it. */
  readonly name: string;
  /** The program, with the words that print its version. */
  readonly version: readonly [program: string, ...args: readonly string[]];
  ask(world: World, server: AskedServer): Promise<CliRun>;
}

/** What a client did: it took the server, or what it printed that tells most. */
export interface Measured {
  readonly verdict: "accept" | "refuse";
  readonly said: string;
}

/** Those that are installed; `peers` is the folder of pips, uvs and Nodes. */
export function tableClients(peers: string): readonly TableClient[] {
  const python = findPython(peers);
  return [
    ...UVS.flatMap((version) => uvClient(peers, version)),
    ...pipClient(peers),
    ...(python === undefined ? [] : [pythonClient("python-3.11 ssl (as pip)", python)]),
    ...[installedPeer(peers, "python-3.14", "python")].flatMap((program) =>
      program === undefined ? [] : [pythonClient("python-3.14 ssl (strict)", program)],
    ),
    ...clientOf("curl-7.88 (OpenSSL 3.0)", findProgram("curl"), ["--version"], curlArguments),
    ...clientOf("openssl-3.0 s_client", findProgram("openssl"), ["version"], opensslArguments),
    ...clientOf(
      "openssl-3.6 s_client",
      installedPeer(peers, "openssl-3.6", "openssl"),
      ["version"],
      opensslArguments,
    ),
    ...NODES.flatMap(([name, folder]) =>
      clientOf(name, installedPeer(peers, folder, "node"), ["-p", NODE_VERSION], nodeArguments),
    ),
    ...clientOf("gnutls-3.7", findProgram("gnutls-cli"), ["--version"], gnutlsArguments),
    ...clientOf(
      "gnutls-3.8",
      installedPeer(peers, "gnutls-3.8", "gnutls-cli"),
      ["--version"],
      gnutlsArguments,
    ),
    ...goClient(),
    ...javaClient(),
    ...furtherTableClients(peers),
  ];
}

/** Asks, and puts what happened in a word. */
export async function measure(client: TableClient, world: World, server: AskedServer): Promise<Measured> {
  const run = await client.ask(world, server);
  const text = `${run.stdout}\n${run.stderr}`;
  // Where a certificate is shown there is an index: a page that was not found was refused (uv 0.2 and pip say no more of a 403).
  const wasRead = server.client === undefined && READ_A_PAGE.test(text);
  const isRefused = FORBIDDEN.test(text) || (run.code !== 0 && (TLS_FAILED.test(text) || !wasRead));
  if (!isRefused) return { verdict: "accept", said: "" };
  const line = WORDS.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
  // Anything else is not a verdict: the program did not get as far as the server.
  if (line === undefined)
    throw new Error(`${client.name} failed for another reason: ${text.trim().slice(-500)}`);
  return { verdict: "refuse", said: line.replaceAll(/\s+/g, " ").slice(0, MAX_SAID).trim() };
}

/** The line in which a program names its version. */
export function versionOf({ version: [program, ...args] }: TableClient): string {
  const env = { ...process.env, GOTOOLCHAIN: "local" };
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env });
  return `${stdout}\n${stderr}`
    .trim()
    .split("\n", 1)[0]!
    .replace(/ from .*/, "");
}

function clientOf(
  name: string,
  program: string | undefined,
  versionArguments: readonly string[],
  argumentsFor: (server: AskedServer) => readonly string[],
): readonly TableClient[] {
  if (program === undefined) return [];
  return [
    {
      name,
      version: [program, ...versionArguments],
      ask: (world, server) =>
        world.program(program, argumentsFor(server), { input: REQUEST, timeoutMs: PATIENT_MS }),
    },
  ];
}

function uvClient(peers: string, version: string): readonly TableClient[] {
  const program = installedPeer(peers, `uv-${version}`, "uv");
  if (program === undefined) return [];
  // uv 0.2 finds none by itself in the clean environment.
  const python = findPython(peers);
  return [
    {
      name: `uv-${version}`,
      version: [program, "--version"],
      ask: (world, { port, bundle, client }) =>
        world.program(
          program,
          [
            "pip",
            "install",
            "--no-cache",
            "--dry-run",
            "--no-deps",
            "--target",
            join(world.directory, "to"),
          ].concat(python === undefined ? [] : ["--python", python], [
            "--index-url",
            `https://localhost:${port}/simple/`,
            "tiny",
          ]),
          {
            env: { SSL_CERT_FILE: bundle, SSL_CLIENT_CERT: client, UV_HTTP_RETRIES: "0" },
            timeoutMs: PATIENT_MS,
          },
        ),
    },
  ];
}

function pipClient(peers: string): readonly TableClient[] {
  const program = installedPeer(peers, "pip", "python");
  if (program === undefined) return [];
  return [
    {
      name: "pip-26.3",
      version: [program, "-m", "pip", "--version"],
      ask: (world, { port, bundle, client }) =>
        world.program(
          program,
          ["-m", "pip", "download", "--retries", "0", "--no-cache-dir", "--disable-pip-version-check"].concat(
            ["--no-deps", "--dest", join(world.directory, "pip-to"), "--cert", bundle],
            client === undefined ? [] : ["--client-cert", client],
            ["--index-url", `https://localhost:${port}/simple/`, "tiny"],
          ),
          { timeoutMs: PATIENT_MS },
        ),
    },
  ];
}

function pythonClient(name: string, program: string): TableClient {
  return {
    name,
    version: [program, "-c", "import ssl, sys; print(sys.version.split()[0], ssl.OPENSSL_VERSION)"],
    ask: (world, { port, bundle, client }) =>
      world.program(program, [
        "-c",
        PYTHON_CLIENT,
        `${port}`,
        bundle,
        ...(client === undefined ? [] : [client]),
      ]),
  };
}

/** Go's client is compiled where it is asked; releases before 1.27 are not in the table. */
function goClient(): readonly TableClient[] {
  const program = findProgram("go");
  if (program === undefined) return [];
  return [
    {
      name: "go-1.27",
      version: [program, "version"],
      ask: (world, { port, bundle, client }) =>
        world.program(
          program,
          ["run", world.write("go/client.go", GO_CLIENT), `${port}`, bundle, client ?? ""],
          {
            // The user's own cache: without it, Go compiles its whole library first.
            env: { GOFLAGS: "", GOTOOLCHAIN: "local", GOCACHE: join(homedir(), ".cache", "go-build") },
            timeoutMs: COMPILE_MS,
          },
        ),
    },
  ];
}

function javaClient(): readonly TableClient[] {
  const program = findProgram("java");
  if (program === undefined) return [];
  return [
    {
      name: "java-17",
      version: [program, "-version"],
      // Always without a client certificate.
      ask: (world, { port, bundle }) =>
        world.program(program, [world.write("java/Client.java", JAVA_CLIENT), `${port}`, bundle], {
          timeoutMs: PATIENT_MS,
        }),
    },
  ];
}

const curlArguments = ({ port, bundle, client }: AskedServer): readonly string[] => [
  "-sS",
  "--fail",
  "--max-time",
  "20",
  "--cacert",
  bundle,
  ...(client === undefined ? [] : ["--cert", client]),
  `https://localhost:${port}/simple/tiny/`,
];

const opensslArguments = ({ port, bundle, client }: AskedServer): readonly string[] => [
  "s_client",
  "-connect",
  `127.0.0.1:${port}`,
  "-servername",
  "localhost",
  "-verify_hostname",
  "localhost",
  "-CAfile",
  bundle,
  "-verify_return_error",
  ...(client === undefined ? [] : ["-cert", client, "-key", client]),
];

const gnutlsArguments = ({ port, bundle }: AskedServer): readonly string[] => [
  "--x509cafile",
  bundle,
  "--port",
  `${port}`,
  "localhost",
];

const nodeArguments = ({ port, bundle, client }: AskedServer): readonly string[] => [
  "-e",
  NODE_CLIENT,
  `https://localhost:${port}/simple/tiny/`,
  bundle,
  client ?? "",
];

/** Those of the doctor's table. */
const UVS: readonly string[] = ["0.2.15", "0.8.3", "0.8.4", "0.10.0", "0.12.5", "0.13.9"];

/** The table's names, and the folders of the peers. */
const NODES: readonly (readonly [name: string, folder: string])[] = [
  ["node-20 (OpenSSL 3.0)", "node-20.19.0"],
  ["node-22", "node-22"],
  ["node-24 (OpenSSL 3.5)", "node-24"],
  ["node-26", "node-26"],
];
const NODE_VERSION = "`Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`";
const NODE_CLIENT = `
const [url, bundle, client] = process.argv.slice(1);
const { readFileSync } = require("node:fs");
const shown = client === "" ? {} : { cert: readFileSync(client), key: readFileSync(client) };
const request = require("node:https").get(url, { ca: readFileSync(bundle), timeout: 20000, ...shown }, (answer) => {
  answer.resume();
  if (answer.statusCode !== 200) console.error("status", answer.statusCode);
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

port, bundle, *client = sys.argv[1:]
context = ssl.create_default_context(cafile=bundle)
context.post_handshake_auth = True
if client:
    context.load_cert_chain(client[0])
with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as plain:
    with context.wrap_socket(plain, server_hostname="localhost") as secured:
        secured.sendall(b"GET /simple/tiny/ HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")
        answer = secured.recv(12)
        if b" 200" not in answer:
            sys.exit("status " + answer.decode())
`;
const GO_CLIENT = `package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

func main() {
	bundle, _ := os.ReadFile(os.Args[2])
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	configuration := &tls.Config{RootCAs: roots}
	if os.Args[3] != "" {
		pair, err := tls.LoadX509KeyPair(os.Args[3], os.Args[3])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		configuration.Certificates = []tls.Certificate{pair}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: configuration}}
	answer, err := client.Get("https://localhost:" + os.Args[1] + "/simple/tiny/")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if answer.StatusCode != 200 {
		fmt.Println("status", answer.StatusCode)
		os.Exit(1)
	}
}
`;
const JAVA_CLIENT = `
import java.io.FileInputStream;
import java.net.URL;
import java.security.KeyStore;
import java.security.cert.*;
import javax.net.ssl.*;

public class Client {
  public static void main(String[] args) throws Exception {
    KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(new FileInputStream(args[1])))
      roots.setCertificateEntry("root" + roots.size(), root);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    HttpsURLConnection connection = (HttpsURLConnection) new URL("https://localhost:" + args[0] + "/simple/tiny/").openConnection();
    connection.setSSLSocketFactory(context.getSocketFactory());
    if (connection.getResponseCode() != 200) System.exit(1);
  }
}
`;
/** Programs that only make a connection send this, so that the server answers and ends it. */
const REQUEST = "GET /simple/tiny/ HTTP/1.0\r\nHost: localhost\r\n\r\n";
/** A server that wants a certificate which it does not get. */
const FORBIDDEN = /\b403\s+Forbidden|status 403/;
/** pip tries for long, and then says that there is no distribution. */
const TLS_FAILED = /\bSSLError\b|ssl certificate|CERTIFICATE_VERIFY_FAILED|\bSSL: /i;
/** A page that is not an index was read from a server that was accepted. */
const READ_A_PAGE =
  /no versions of tiny|not found in the package registry|No matching distribution found for tiny\s*$/;
const WORDS: readonly RegExp[] = [
  /invalid peer certificate:\s+\S.*/,
  /received fatal alert: \w+/,
  /certificate verify failed: [^(\n]*/,
  /\[SSL: \w+\][^(\n]*/,
  /unsafe legacy renegotiation disabled/,
  /alert handshake failure/,
  /curl: \(\d+\) .*/,
  /403\s+Forbidden|status 403/,
  /verify error:.*/,
  /- Status: .*/,
  /\*\*\* (?:Fatal error|Received alert).*/,
  /\w+Exception: (?!.*\w+Exception: ).*/,
  /was not found in the package registry/,
  /No matching distribution found for tiny/,
  /(?:tls|remote error): .*/,
  /^(?:E[A-Z]+_|EPROTO|CERT_|UNABLE_|INVALID_|DEPTH_|PATH_|UNSPECIFIED|HOSTNAME_|UNHANDLED_|status ).*/m,
];
const MAX_SAID = 200;
const PATIENT_MS = 180_000;
const COMPILE_MS = 540_000;
