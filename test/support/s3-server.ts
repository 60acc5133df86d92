// A small object store with S3's requests on loopback, which checks what it is sent, and can misbehave as a test wants.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { listen } from "../../src/lab/servers/listen.ts";

/** Answers a request instead of the store; false leaves it to the store. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface S3Server extends AsyncDisposable {
  /** As `--shared-cache` takes it. */
  readonly location: string;
  /** By path: `/bucket/prefix/files/…`. */
  readonly objects: Map<string, Buffer>;
  /** `GET /bucket/…` each. */
  readonly requests: string[];
  misbehave: Misbehaviour;
}

export const S3_KEYS = { AWS_ACCESS_KEY_ID: "AKIDPINION", AWS_SECRET_ACCESS_KEY: "not-a-secret" } as const;

export async function startS3Server(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const store: { misbehave: Misbehaviour } = { misbehave: () => false };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(`${request.method} ${path}`);
    if (store.misbehave(request, response)) return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isSigned = /^AWS4-HMAC-SHA256 Credential=AKIDPINION\/\d{8}\/[\w-]+\/s3\/aws4_request/.test(
        request.headers.authorization ?? "",
      );
      if (!isSigned) return void response.writeHead(403).end();
      const known = objects.get(path);
      if (request.method === "PUT") {
        const body = Buffer.concat(chunks);
        const isWhole =
          createHash("sha256").update(body).digest("hex") === request.headers["x-amz-content-sha256"];
        if (isWhole) objects.set(path, body);
        return void response.writeHead(isWhole ? 200 : 400).end();
      }
      if (known === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { "content-length": known.length });
      response.end(request.method === "HEAD" ? undefined : known);
    });
  });
  const { port, close } = await listen(server);
  return {
    location: `s3://wheels/pinion?endpoint=http://127.0.0.1:${port}`,
    objects,
    requests,
    get misbehave() {
      return store.misbehave;
    },
    set misbehave(misbehaviour) {
      store.misbehave = misbehaviour;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await close();
    },
  };
}
