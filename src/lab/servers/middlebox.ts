// Boxes before a TLS server: one that resets connections whose greeting it cannot bear, as old firewalls do, and one
// that turns away clients for their certificate, with an alert that Node's own server never sends.

import { createServer } from "node:net";
import type { Server } from "node:net";
import { duplexPair } from "node:stream";
import { fatalAlert } from "./fatal-alert.ts";

/** What the box cannot bear in a ClientHello: a server name, TLS 1.3, or more than one segment's worth of it. */
export type Intolerance = "server-name" | "tls-1.3" | "large-hello";

/** A server to listen with instead of the given one, which never sees the greetings that the box cannot bear. */
export function placeBefore(server: Server, intolerance: Intolerance): Server {
  return createServer((socket) => {
    socket.once("readable", () => {
      const greeting: Buffer | null = socket.read();
      if (greeting === null || isUnbearable(greeting, intolerance)) {
        socket.resetAndDestroy();
        return;
      }
      socket.unshift(greeting);
      server.emit("connection", socket);
    });
  });
}

/**
 * A server to listen with instead of the given one, which answers whatever a client says after its greeting, its
 * certificate above all, with an alert. Over TLS 1.2 the server has not begun to encrypt by then (RFC 5246 7.3).
 */
export function rejectClients(server: Server, alert: number): Server {
  return createServer((socket) => {
    const [outside, inside] = duplexPair();
    server.emit("connection", inside);
    outside.pipe(socket, { end: false });
    socket.on("close", () => outside.destroy());
    socket.once("data", (greeting) => {
      outside.write(greeting);
      socket.once("data", () => {
        outside.unpipe(socket);
        socket.end(fatalAlert(alert));
      });
    });
  });
}

function isUnbearable(greeting: Buffer, intolerance: Intolerance): boolean {
  switch (intolerance) {
    case "large-hello":
      return greeting.length > MAX_GREETING_OCTETS;
    case "server-name":
      return extensionTypes(greeting).includes(EXTENSION_SERVER_NAME);
    case "tls-1.3":
      return extensionTypes(greeting).includes(EXTENSION_SUPPORTED_VERSIONS);
  }
}

/** The extension types of a ClientHello in one record (RFC 8446 4.1.2); what cannot be read has none. */
function extensionTypes(record: Buffer): readonly number[] {
  try {
    // Record header, handshake header, version, random.
    let at = 5 + 4 + 2 + 32;
    at += 1 + record.readUInt8(at);
    at += 2 + record.readUInt16BE(at);
    at += 1 + record.readUInt8(at);
    const end = Math.min(record.length, at + 2 + record.readUInt16BE(at));
    const types: number[] = [];
    for (at += 2; at + 4 <= end; at += 4 + record.readUInt16BE(at + 2)) types.push(record.readUInt16BE(at));
    return types;
  } catch {
    return [];
  }
}

const EXTENSION_SERVER_NAME = 0;
const EXTENSION_SUPPORTED_VERSIONS = 43;

// A greeting with a hybrid key share is 1.5 kB and more; without it, less than 700 octets.
const MAX_GREETING_OCTETS = 1_000;
