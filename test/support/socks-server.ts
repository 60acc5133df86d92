// The server's side of SOCKS 4, 4a and 5 (RFC 1928, 1929), only CONNECT.

import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

export interface SocksOptions {
  /** Wanted of SOCKS 5 clients; SOCKS 4 has no passwords and is refused then. */
  readonly auth?: { readonly username: string; readonly password: string };
  readonly open: (host: string, port: number) => Socket;
  readonly join: (client: Socket, upstream: Socket) => void;
}

/** A server that has yet to listen. */
export function createSocksServer(options: SocksOptions): Server {
  return createServer((socket) => {
    serveClient(socket, options).catch(() => socket.destroy());
  });
}

async function serveClient(socket: Socket, options: SocksOptions): Promise<void> {
  const [version = 0] = await read(socket, 1);
  const target = version === 4 ? await readVersion4(socket, options) : await readVersion5(socket, options);
  if (target === undefined) {
    socket.end();
    return;
  }
  const upstream = options.open(target.host, target.port);
  upstream.once("error", () => socket.end(target.failure));
  upstream.once("connect", () => {
    socket.write(target.success);
    options.join(socket, upstream);
  });
}

interface Target {
  readonly host: string;
  readonly port: number;
  /** The replies of the client's own version. */
  readonly success: Buffer;
  readonly failure: Buffer;
}

async function readVersion4(socket: Socket, { auth }: SocksOptions): Promise<Target | undefined> {
  const request = await read(socket, 7);
  await readText(socket);
  const failure = Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]);
  if (auth !== undefined || request[0] !== COMMAND_CONNECT) {
    socket.write(failure);
    return undefined;
  }
  const address = [...request.subarray(3, 7)];
  // SOCKS 4a: the IP address 0.0.0.x means that the name follows.
  const isNamed = address.slice(0, 3).every((octet) => octet === 0) && address[3] !== 0;
  const host = isNamed ? await readText(socket) : address.join(".");
  return { host, port: request.readUInt16BE(1), success: Buffer.from([0, 90, 0, 0, 0, 0, 0, 0]), failure };
}

async function readVersion5(socket: Socket, options: SocksOptions): Promise<Target | undefined> {
  const [count = 0] = await read(socket, 1);
  const methods = await read(socket, count);
  const method = options.auth === undefined ? METHOD_NONE : METHOD_PASSWORD;
  if (!methods.includes(method)) {
    socket.write(Buffer.from([5, METHOD_REFUSED]));
    return undefined;
  }
  socket.write(Buffer.from([5, method]));
  if (options.auth !== undefined && !(await readPassword(socket, options.auth))) return undefined;
  const [, command, , kind] = await read(socket, 4);
  const host = await readAddress(socket, kind ?? 0);
  const port = (await read(socket, 2)).readUInt16BE();
  const reply = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (command !== COMMAND_CONNECT) {
    socket.write(reply(7));
    return undefined;
  }
  return { host, port, success: reply(0), failure: reply(5) };
}

/** Username/password authentication (RFC 1929). */
async function readPassword(socket: Socket, auth: NonNullable<SocksOptions["auth"]>): Promise<boolean> {
  const [, nameLength = 0] = await read(socket, 2);
  const name = await read(socket, nameLength);
  const [passwordLength = 0] = await read(socket, 1);
  const password = await read(socket, passwordLength);
  const isRight = name.toString() === auth.username && password.toString() === auth.password;
  socket.write(Buffer.from([1, isRight ? 0 : 1]));
  return isRight;
}

async function readAddress(socket: Socket, kind: number): Promise<string> {
  if (kind === ADDRESS_IPV4) return [...(await read(socket, 4))].join(".");
  if (kind === ADDRESS_IPV6) return (await read(socket, 16)).toString("hex").match(/.{4}/g)?.join(":") ?? "";
  const [length = 0] = await read(socket, 1);
  return (await read(socket, length)).toString();
}

/** Text up to a zero octet. */
async function readText(socket: Socket): Promise<string> {
  let text = "";
  for (;;) {
    const [octet = 0] = await read(socket, 1);
    if (octet === 0) return text;
    text += String.fromCharCode(octet);
    if (text.length > MAX_TEXT) throw new Error("A SOCKS text is too long");
  }
}

/** Exactly so many octets; rejects where the connection ends before. */
async function read(socket: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let missing = count; missing > 0;) {
    // What is there is taken at once: `readable` is emitted again and again as long as something waits.
    const chunk: Buffer | null = socket.read(Math.min(missing, socket.readableLength));
    if (chunk !== null) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (socket.destroyed || socket.readableEnded) throw new Error("A SOCKS client hung up");
    else await nextReadEvent(socket);
  }
  return Buffer.concat(chunks);
}

function nextReadEvent(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const proceed = () => {
      for (const event of READ_EVENTS) socket.off(event, proceed);
      resolve();
    };
    for (const event of READ_EVENTS) socket.on(event, proceed);
  });
}

const READ_EVENTS = ["readable", "end", "close", "error"];

const COMMAND_CONNECT = 1;
const METHOD_NONE = 0;
const METHOD_PASSWORD = 2;
const METHOD_REFUSED = 0xff;
const ADDRESS_IPV4 = 1;
const ADDRESS_IPV6 = 4;

// RFC 1929 and 1035 both end at 255 octets.
const MAX_TEXT = 255;
