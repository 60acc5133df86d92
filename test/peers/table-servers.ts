// Servers that the programs of the doctor's table of clients are asked about: a chain of the matrix, served by the
// newest Node among the peers, and a gnutls-serv without secure renegotiation (RFC 5746).

import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import { findProgram } from "../support/world.ts";
import type { World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";
import { installedPeer } from "./programs.ts";
import type { AskedServer } from "./table-clients.ts";

export const GNUTLS_SERV: string | undefined = findProgram("gnutls-serv");

export interface MatrixChain {
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  /** DER in base64. */
  readonly peer_certificate_key_pkcs8: string;
}

/** A Node that can serve with any key of the matrix, ML-DSA among them. */
export function servingNode(peers: string): string | undefined {
  return installedPeer(peers, "node-26", "node") ?? installedPeer(peers, "node-24", "node");
}

/** Serves the chain with a small index below `/simple/`. It ends with the world. */
export async function serveMatrixChain(
  world: World,
  node: string,
  served: MatrixChain,
): Promise<AskedServer> {
  const port = await freePort();
  const {
    peer_certificate,
    untrusted_intermediates,
    trusted_certs,
    peer_certificate_key_pkcs8: key,
  } = served;
  const chain = world.write("matrix/chain.pem", [peer_certificate, ...untrusted_intermediates].join("\n"));
  const pem = `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
  const wheel = world.write("matrix/wheel", makeWheel({ name: "tiny", version: "1.0" }).bytes);
  const script = ["-e", SERVER, chain, world.write("matrix/key.pem", pem), wheel, `${port}`];
  await startListening(world, [node, ...script], port);
  return { port, chain, bundle: world.write("matrix/bundle.pem", trusted_certs.join("\n")) };
}

/** Starts gnutls-serv over TLS 1.2 without RFC 5746; its pages are not those of an index. */
export async function serveWithoutSecureRenegotiation(world: World): Promise<AskedServer> {
  const port = await freePort();
  const root = world.authority("Corp Root");
  const server = root.issue("localhost");
  const files = [
    "--x509certfile",
    world.write("gnutls/chain.pem", server.chainPem),
    "--x509keyfile",
    world.write("gnutls/key.pem", server.keyPem),
  ];
  const priority = "NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION";
  const args = ["--http", "--port", `${port}`, "--priority", priority, ...files];
  await startListening(world, [GNUTLS_SERV ?? "gnutls-serv", ...args], port);
  return { port, bundle: root.writePem() };
}

const SERVER = `
const [chain, key, wheel, port] = process.argv.slice(1);
const { readFileSync } = require("node:fs");
const name = "tiny-1.0-py3-none-any.whl";
const options = { cert: readFileSync(chain), key: readFileSync(key), ciphers: "DEFAULT:@SECLEVEL=0" };
const server = require("node:https").createServer(options, (request, answer) => {
  if (request.url.endsWith(".whl")) return answer.end(readFileSync(wheel));
  answer.setHeader("content-type", "text/html");
  answer.end('<!DOCTYPE html><title>Links for tiny</title><a href="' + name + '">' + name + "</a>");
});
server.on("tlsClientError", () => {});
server.listen(Number(port), "127.0.0.1");
`;
