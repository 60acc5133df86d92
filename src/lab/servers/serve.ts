// Serves a shape: a private index behind its TLS, and the bundle that its clients trust.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPackageFolder } from "../index/package-folder.ts";
import { startIndex } from "../index/index-server.ts";
import type { IndexFile, RunningIndex } from "../index/index-server.ts";
import { listen } from "./listen.ts";
import type { Listener } from "./listen.ts";
import type { KeyRing } from "../certificates/mint.ts";
import { startRawServer } from "./raw-server.ts";
import { sampleWheels } from "../index/sample-wheels.ts";
import { buildShape } from "../shapes/shapes.ts";
import type { BuiltShape } from "../shapes/shapes.ts";

export interface ServeOptions {
  /** The name that clients use. Default: the shape's own, or `localhost`. */
  readonly host?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Address to listen on. Default: 127.0.0.1. */
  readonly address?: string;
  /** A folder of distributions, or distributions. Default: small real wheels of the laboratory's own. */
  readonly packages?: string | readonly IndexFile[];
  /** Keys to share with other shapes. Default: fresh ones. */
  readonly keys?: KeyRing;
}

export interface ServedShape extends AsyncDisposable {
  readonly built: BuiltShape;
  /** Of the Simple index, always with `https:`. */
  readonly url: string;
  readonly port: number;
  /** The bundle that clients trust, as a file. */
  readonly bundlePath: string;
  /** Certificate and key that a client shows, in one file, where the shape has them. */
  readonly clientPath: string | undefined;
  /** The index behind the TLS; undefined where the endpoint never gets that far. */
  readonly index: RunningIndex | undefined;
  /** Ends the server and removes its files. */
  close(): Promise<void>;
}

/**
 * Starts a server of the named shape on loopback.
 *
 * @example
 * await using served = await serveShape("ec-p384-sha512");
 * // served.url, served.bundlePath
 * @throws `lab/unknown-shape`, `lab/port-in-use`, `index/unreadable-directory`
 */
export async function serveShape(name: string, options: ServeOptions = {}): Promise<ServedShape> {
  let issuerFile: Buffer | undefined;
  const issuerServer = await serveIssuer(() => issuerFile);
  try {
    const built = buildShape(name, {
      ...(options.host !== undefined && { host: options.host }),
      ...(options.keys !== undefined && { keys: options.keys }),
      issuerUrl: `http://127.0.0.1:${issuerServer.port}/issuer.cer`,
    });
    issuerFile = built.issuerFile;
    const { listener, index } = await startEndpoint(built, options);
    const folder = mkdtempSync(join(tmpdir(), "pinion-lab-"));
    const bundlePath = join(folder, "bundle.pem");
    writeFileSync(bundlePath, built.bundlePem);
    const clientPath = built.client === undefined ? undefined : join(folder, "client.pem");
    if (built.client !== undefined && clientPath !== undefined)
      writeFileSync(clientPath, built.client.chainPem + built.client.keyPem, { mode: 0o600 });
    const url = `https://${built.host}:${listener.port}/simple/`;
    const close = async () => {
      await Promise.all([listener.close(), issuerServer.close()]);
      rmSync(folder, { recursive: true, force: true });
    };
    return {
      built,
      url,
      port: listener.port,
      bundlePath,
      clientPath,
      index,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await issuerServer.close();
    throw error;
  }
}

/** Authority Information Access points to plain HTTP (RFC 5280 4.2.2.1), here on loopback. */
function serveIssuer(file: () => Buffer | undefined): Promise<Listener> {
  const server = createServer((_request, response) => {
    const body = file();
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/pkix-cert" }).end(body);
  });
  return listen(server);
}

async function startEndpoint(
  built: BuiltShape,
  options: ServeOptions,
): Promise<{ readonly listener: Listener; readonly index: RunningIndex | undefined }> {
  const endpoint = built.endpoint ?? { kind: "tls" };
  const place = { address: options.address ?? "127.0.0.1", port: options.port ?? 0 };
  switch (endpoint.kind) {
    case "alert":
    case "closes":
      return { listener: await startRawServer(endpoint, place), index: undefined };
    case "plaintext":
    case "tls": {
      const tls = { chainPem: built.chainPem, keyPem: built.keyPem };
      const index = await startIndex({
        ...place,
        host: built.host,
        packages: packagesOf(options),
        ...(endpoint.kind === "tls" && { tls: { ...tls, ...endpoint.options } }),
      });
      return { listener: index, index };
    }
  }
}

function packagesOf({ packages }: ServeOptions): readonly IndexFile[] {
  if (packages === undefined) return sampleWheels();
  return typeof packages === "string" ? readPackageFolder(packages) : packages;
}
