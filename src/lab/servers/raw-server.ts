// Servers that are not TLS servers: they answer a ClientHello with an alert, or hang up.

import { createServer } from "node:net";
import type { Socket } from "node:net";
import { fatalAlert } from "./fatal-alert.ts";
import { listen } from "./listen.ts";
import type { Listener } from "./listen.ts";
import type { Endpoint } from "./endpoint.ts";

/** Starts a server that treats every client's first octets as the endpoint says. */
export function startRawServer(
  endpoint: Extract<Endpoint, { kind: "alert" | "closes" }>,
  options: { readonly address?: string; readonly port?: number } = {},
): Promise<Listener> {
  const greet = (socket: Socket) => {
    switch (endpoint.kind) {
      case "alert":
        socket.end(fatalAlert(endpoint.description));
        return;
      case "closes":
        socket.end();
        return;
    }
  };
  return listen(
    createServer((socket) => {
      socket.once("data", () => greet(socket));
    }),
    options,
  );
}
