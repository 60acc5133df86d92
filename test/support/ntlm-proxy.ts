// A proxy on loopback that demands NTLMv2 and verifies it strictly, written from MS-NLMP and without Pinion's own code: it knows
// the account by the hash of its password, binds a login to its connection, and checks the integrity code.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";

import { listen } from "../../src/lab/servers/listen.ts";

export interface NtlmProxyOptions {
  /** `Proxy-Authenticate` of the first refusal, one value each; default: `NTLM`. */
  readonly offers?: readonly string[];
  /** Closes the connection after the refusal that names the schemes. */
  readonly closesFirst?: boolean;
  /** States the time in the challenge, which makes the integrity code mandatory. */
  readonly statesTime?: boolean;
  /** Under which name the messages go; default: NTLM. */
  readonly scheme?: "NTLM" | "Negotiate";
}

export interface NtlmProxy extends AsyncDisposable {
  readonly port: number;
  /** Each request line with what it was answered: "CONNECT localhost:1 407". */
  readonly log: readonly string[];
  /** Every `Proxy-Authorization`, as it came. */
  readonly headers: readonly string[];
  readonly connections: number;
}

/** The account of MS-NLMP section 4.2.1: its password is `Password`, and this is the MD4 of it. */
export const NTLM_ACCOUNT = {
  domain: "Domain",
  user: "User",
  passwordHash: "a4f49c406510bdcab6824ee7c30fd852",
};

export async function startNtlmProxy(options: NtlmProxyOptions = {}): Promise<NtlmProxy> {
  const log: string[] = [];
  const headers: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    serve(socket, { options, log, headers });
  });
  const { port, close } = await listen(server);
  return {
    port,
    log,
    headers,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Context {
  readonly options: NtlmProxyOptions;
  readonly log: string[];
  readonly headers: string[];
}

/** The login of one connection. */
interface Login {
  negotiate?: Buffer;
  challenge?: Buffer;
  isDone: boolean;
}

function serve(socket: Socket, context: Context): void {
  const login: Login = { isDone: false };
  let pending = "";
  const onData = (chunk: Buffer): void => {
    pending += chunk.toString("latin1");
    const end = pending.indexOf("\r\n\r\n");
    if (end === -1) return;
    const [line = "", ...fields] = pending.slice(0, end).split("\r\n");
    pending = pending.slice(end + 4);
    const header = fields.find((field) => /^proxy-authorization:/i.test(field));
    answer(line, fields, header?.slice(header.indexOf(":") + 1).trim());
  };
  const answer = (line: string, fields: readonly string[], header: string | undefined): void => {
    if (header !== undefined) context.headers.push(header);
    const demand = login.isDone ? undefined : judge(header, login, context.options);
    context.log.push(`${line.replace(/ HTTP.*/, "")} ${demand === undefined ? 200 : 407}`);
    if (demand === undefined) {
      if (line.startsWith("CONNECT ")) socket.off("data", onData);
      return forward(socket, line, fields);
    }
    const closes = context.options.closesFirst === true && header === undefined;
    const page = "<h1>Log in</h1>";
    socket.write(
      [
        "HTTP/1.1 407 Proxy Authentication Required",
        ...demand.map((value) => `Proxy-Authenticate: ${value}`),
        `Content-Length: ${page.length}`,
        `Connection: ${closes ? "close" : "keep-alive"}`,
        "",
        page,
      ].join("\r\n"),
    );
    if (closes) socket.end();
  };
  socket.on("data", onData);
}

/** The challenges of a refusal; undefined where the login is complete. */
function judge(
  header: string | undefined,
  login: Login,
  options: NtlmProxyOptions,
): readonly string[] | undefined {
  const { scheme = "NTLM", offers = [scheme] } = options;
  const [name = "", token = ""] = (header ?? "").split(" ");
  const message = Buffer.from(token, "base64");
  if (name !== scheme || message.toString("latin1", 0, 8) !== "NTLMSSP\0") return offers;
  if (message.readUInt32LE(8) === 1) {
    login.negotiate = message;
    login.challenge = makeChallenge(options.statesTime === true);
    return [`${scheme} ${login.challenge.toString("base64")}`];
  }
  const isRight = login.negotiate !== undefined && login.challenge !== undefined && verify(message, login);
  delete login.challenge;
  if (!isRight) return offers;
  login.isDone = true;
  return undefined;
}

function makeChallenge(statesTime: boolean): Buffer {
  const pair = (id: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([id, 0, value.length, 0]), value]);
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n);
  const info = Buffer.concat([
    pair(2, Buffer.from("DOMAIN", "utf16le")),
    pair(1, Buffer.from("PROXY", "utf16le")),
    ...(statesTime ? [pair(7, time)] : []),
    Buffer.alloc(4),
  ]);
  const head = Buffer.alloc(56);
  head.write("NTLMSSP\0", "latin1");
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(0xa2_8a_82_05, 20);
  randomBytes(8).copy(head, 24);
  head.writeUInt16LE(info.length, 40);
  head.writeUInt16LE(info.length, 42);
  head.writeUInt32LE(56, 44);
  return Buffer.concat([head, info]);
}

/** Section 3.2.5.1.2: the proof over challenge and blob, and the integrity code where the blob promises one. */
function verify(message: Buffer, { negotiate, challenge }: Login): boolean {
  if (negotiate === undefined || challenge === undefined) return false;
  const field = (offset: number): Buffer => {
    const [length, at] = [message.readUInt16LE(offset), message.readUInt32LE(offset + 4)];
    return message.subarray(at, at + length);
  };
  const [domain, user] = [field(28).toString("utf16le"), field(36).toString("utf16le")];
  if (domain !== NTLM_ACCOUNT.domain || user !== NTLM_ACCOUNT.user) return false;
  const nt = field(20);
  const [proof, blob] = [nt.subarray(0, 16), nt.subarray(16)];
  const key = hmac(
    Buffer.from(NTLM_ACCOUNT.passwordHash, "hex"),
    Buffer.from(user.toUpperCase() + domain, "utf16le"),
  );
  const expected = hmac(key, challenge.subarray(24, 32), blob);
  if (proof.length !== 16 || !timingSafeEqual(proof, expected)) return false;
  const hasTime = challenge.includes(Buffer.from("07000800", "hex"), 56);
  if (!hasTime) return true;
  const promisesCode = blob.includes(Buffer.from("0600040002000000", "hex"));
  const code = Buffer.from(message.subarray(72, 88));
  const without = Buffer.from(message);
  without.fill(0, 72, 88);
  const isLmEmpty = field(12).equals(Buffer.alloc(24));
  return (
    promisesCode && isLmEmpty && timingSafeEqual(code, hmac(hmac(key, proof), negotiate, challenge, without))
  );
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  return createHmac("md5", key).update(Buffer.concat(parts)).digest();
}

/** Opens the tunnel, or passes one request without a body on and its answer back. */
function forward(socket: Socket, line: string, fields: readonly string[]): void {
  const [method = "", target = ""] = line.split(" ");
  const url = method === "CONNECT" ? new URL(`http://${target}`) : new URL(target);
  const upstream = connect(Number(url.port), "127.0.0.1", () => {
    if (method === "CONNECT") {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
      return;
    }
    const kept = fields.filter((field) => !/^(proxy-|connection:)/i.test(field));
    upstream.write([`${method} ${url.pathname} HTTP/1.1`, ...kept, "", ""].join("\r\n"));
    upstream.on("data", (chunk: Buffer) => void socket.write(chunk));
    socket.on("close", () => upstream.destroy());
  });
  upstream.on("error", () => socket.destroy());
  socket.on("error", () => upstream.destroy());
}
