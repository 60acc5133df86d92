// Binds a laboratory's server, to loopback by default, and ends it with all its connections.

import type { Server, Socket } from "node:net";
import { PinionError, systemCode } from "../../errors.ts";

export interface Listener {
  readonly port: number;
  /** Ends the server and every connection; resolves when nothing is left. */
  readonly close: () => Promise<void>;
}

/** @throws `lab/port-in-use` */
export async function listen(
  server: Server,
  { address = LOOPBACK, port = 0 }: { readonly address?: string; readonly port?: number } = {},
): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that cuts its connection must not end the laboratory.
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, address, port)));
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  let closing: Promise<void> | undefined;
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    close: () => {
      closing ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closing;
    },
  };
}

function listenError(error: Error, address: string, port: number): Error {
  if (systemCode(error) !== "EADDRINUSE") return error;
  return new PinionError(
    "lab/port-in-use",
    `Another program is already listening on \`${address}:${port}\``,
    {
      cause: error,
      hints: [{ kind: "any-port" }],
    },
  );
}

const LOOPBACK = "127.0.0.1";
