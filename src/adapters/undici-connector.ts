// A connector for undici's dispatchers, whichever version a program has: undici itself is not loaded.
// https://undici.nodejs.org/#/docs/api/Client?id=parameter-clientoptions, `connect`

import type { Socket } from "node:net";

import { bareHost } from "../net/url.ts";
import { asError, openVerifiedSocket, type AdapterOptions } from "./verified-socket.ts";

/** What undici says about a connection that it needs. */
export interface ConnectorTarget {
  readonly hostname: string;
  readonly protocol: string;
  /** Empty for the scheme's own port. */
  readonly port: string;
}

export type Connector = (
  target: ConnectorTarget,
  callback: (...result: [null, Socket] | [Error, null]) => void,
) => void;

/**
 * Makes the `connect` option of undici's `Agent`, `Pool` and `Client`. HTTP/2 is not offered.
 *
 * @example
 * const dispatcher = new Agent({ connect: createUndiciConnector({ trust }) });
 * await fetch("https://pypi.corp.example/simple/", { dispatcher });
 */
export function createUndiciConnector(options: AdapterOptions): Connector {
  return ({ hostname, protocol, port }, callback) => {
    const isTls = protocol === "https:";
    const defaultPort = isTls ? 443 : 80;
    const endpoint = { host: bareHost(hostname), port: port === "" ? defaultPort : Number(port), isTls };
    openVerifiedSocket(endpoint, options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(asError(error), null),
    );
  };
}
