// One HTTP exchange with a shared store, bodies in both directions as streams. `net/client` reads indexes and has no
// requests with bodies; connections, proxies and trust are the same (`adapters/agent.ts`). Redirects are the caller's.

import { createReadStream } from "node:fs";
import { request as httpRequest, type Agent, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import type { RemoteBody, RemoteObject } from "./remote-store.ts";

export interface ExchangeRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RemoteBody;
  readonly signal: AbortSignal;
}

export interface Exchanger {
  /** @throws `net/reset`, `net/cancelled`, and what opening a connection throws */
  send(request: ExchangeRequest): Promise<IncomingMessage>;
  /** Sends, and reads a short answer whole. @throws as {@link send}, `net/too-large` */
  sendForText(request: ExchangeRequest): Promise<TextAnswer>;
  close(): void;
}

export interface TextAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** Makes an exchanger over an agent that verifies; plain HTTP goes without it. */
export function createExchanger(agent: Agent): Exchanger {
  const send = (request: ExchangeRequest): Promise<IncomingMessage> => exchange(request, agent);
  return {
    send,
    async sendForText(request) {
      const response = await send(request);
      return { status: statusOf(response), headers: response.headers, text: await readText(response) };
    },
    close: () => agent.destroy(),
  };
}

/** The status of an answer; the runtime's type leaves it open because it also describes requests. */
export function statusOf(response: IncomingMessage): number {
  return response.statusCode ?? 0;
}

/** The object that an answer with the status 200 carries. */
export function objectOf(response: IncomingMessage): RemoteObject {
  const length = Number(response.headers["content-length"]);
  return { body: response, size: Number.isSafeInteger(length) ? length : undefined };
}

/** Ends an answer whose body is not needed, and frees its connection. */
export async function drain(response: IncomingMessage): Promise<void> {
  await readText(response);
}

function exchange(request: ExchangeRequest, agent: Agent): Promise<IncomingMessage> {
  const { method, url, body, signal } = request;
  const isTls = url.protocol === "https:";
  const size = body === undefined ? 0 : Buffer.isBuffer(body) ? body.length : body.size;
  const hasLength = body !== undefined || method === "PUT" || method === "POST";
  const headers = { ...request.headers, ...(hasLength ? { "content-length": String(size) } : {}) };
  return new Promise((resolve, reject) => {
    const send = isTls ? httpsRequest : httpRequest;
    const outgoing = send(url, { method, headers, signal, ...(isTls ? { agent } : {}) });
    outgoing.on("response", resolve);
    outgoing.on("error", (cause) => reject(asPinionError(cause, url)));
    if (body === undefined || Buffer.isBuffer(body)) {
      outgoing.end(body);
      return;
    }
    const file = createReadStream(body.path);
    file.on("error", (cause) => outgoing.destroy(cause));
    file.pipe(outgoing);
  });
}

function asPinionError(cause: Error, url: URL): PinionError {
  if (cause instanceof PinionError) return cause;
  const shown = redactUrl(url);
  if (cause.name === "AbortError")
    return new PinionError("net/cancelled", `The request was cancelled: ${shown}`, { cause });
  return new PinionError("net/reset", `The connection failed: ${shown}`, { details: { url: shown }, cause });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const received: AsyncIterable<Buffer> = response;
  for await (const bytes of received) {
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) {
      response.destroy();
      throw new PinionError("net/too-large", "The shared cache sent an answer that is too large", {
        details: { maxBytes: MAX_ANSWER_BYTES },
      });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Errors and tokens of stores take a few kilobytes. */
const MAX_ANSWER_BYTES = 1024 ** 2;
