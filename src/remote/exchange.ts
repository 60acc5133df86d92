// One HTTP exchange with a shared store. What is read comes as downloads from an index do (`net/http/send.ts`); requests with
// bodies, which that does not have, go through the runtime's client over the same proxies and trust (`adapters/agent.ts`).
// Redirects and retries are the caller's.

import { createReadStream } from "node:fs";
import { request as httpRequest, type Agent, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

import { PinionError } from "../errors.ts";
import type { ClientSettings } from "../net/client-settings.ts";
import { rememberingLookup } from "../net/connections/dial.ts";
import type { RawResponse } from "../net/http/exchange.ts";
import { createSender, type Sender } from "../net/http/send.ts";
import { redactUrl } from "../net/url.ts";
import type { RemoteBody, RemoteObject, RemoteStore } from "./remote-store.ts";

export interface FetchRequest {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface ExchangeRequest extends Omit<FetchRequest, "method"> {
  readonly method: "GET" | "PUT" | "POST";
  readonly body?: RemoteBody;
}

/** What is looked at of an answer; its body is poured or discarded. */
export type FetchAnswer = Pick<RawResponse, "status" | "headers" | "pour" | "discard">;

export interface Exchanger {
  /** Asks for something that may be large. @throws `net/reset`, `net/cancelled`, and what opening a connection throws */
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  /** Sends, and reads a short answer whole. @throws as {@link fetch}, `net/too-large` */
  sendForText(request: ExchangeRequest): Promise<TextAnswer>;
  close(): void;
}

export interface TextAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export interface ExchangerOptions {
  /** For what is read. */
  readonly settings: ClientSettings;
  /** Makes an agent that verifies, for what is written; plain HTTP goes without it. */
  readonly agent: () => Agent;
}

/** Makes an exchanger. Nothing is opened before the first request, and the runtime's client not before one with a body. */
export function createExchanger({ settings, agent }: ExchangerOptions): Exchanger {
  const lookup = rememberingLookup(settings.lookup);
  let overTls: Sender | undefined;
  // Plain HTTP is spoken with this machine only, where no proxy is between.
  let plain: Sender | undefined;
  let made: Agent | undefined;
  return {
    fetch({ method, url, headers = {}, signal }) {
      const sender =
        url.protocol === "https:"
          ? (overTls ??= createSender({ ...settings, lookup }))
          : (plain ??= createSender({ ...settings, lookup, proxy: {} }));
      const wanted = { credentials: undefined, encoding: "identity", maxBytes: Infinity } as const;
      return sender.send({ ...wanted, method, url, headers, signal });
    },
    async sendForText(request) {
      const response = await exchange(request, () => (made ??= agent()));
      return { status: response.statusCode ?? 0, headers: response.headers, text: await readText(response) };
    },
    close() {
      overTls?.close();
      plain?.close();
      made?.destroy();
    },
  };
}

/** The object that an answer with the status 200 carries. */
export function objectOf({ headers, pour, discard }: FetchAnswer): RemoteObject {
  const length = headers["content-length"];
  const size = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  return { pour, discard, size };
}

/** The error of an answer with a status that is not expected. */
export function refused(
  { name }: Pick<RemoteStore, "name">,
  action: "read" | "write",
  status: number,
): PinionError {
  return new PinionError("cache/remote", `The shared cache \`${name}\` answered ${status} to a ${action}`, {
    details: { store: name, status },
  });
}

function exchange(request: ExchangeRequest, agent: () => Agent): Promise<IncomingMessage> {
  const { method, url, body, signal } = request;
  const isTls = url.protocol === "https:";
  const size = body === undefined ? 0 : Buffer.isBuffer(body) ? body.length : body.size;
  const hasLength = body !== undefined || method === "PUT" || method === "POST";
  const headers = { ...request.headers, ...(hasLength ? { "content-length": String(size) } : {}) };
  return new Promise((resolve, reject) => {
    const send = isTls ? httpsRequest : httpRequest;
    const outgoing = send(url, { method, headers, signal, ...(isTls ? { agent: agent() } : {}) });
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
