// NTLM (MS-NLMP): the three messages of a login, with NTLMv2 responses only. Older responses reveal the password to anyone
// who reads them, and are never made.

import { createHmac, randomBytes } from "node:crypto";

import { md4 } from "./md4.ts";

export interface NtlmAccount {
  /** Empty where the user is `name@realm`, or of the server itself. */
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

/** What a server's challenge says. */
export interface NtlmChallenge {
  readonly flags: number;
  /** Eight bytes. */
  readonly serverChallenge: Buffer;
  /** Attribute-value pairs (section 2.2.2.1), empty where the server sent none. */
  readonly targetInfo: Buffer;
}

/** What is different in every response; for tests. */
export interface NtlmFreshness {
  /** Eight bytes. */
  readonly clientChallenge: Buffer;
  /** In units of 100 ns since 1601; the server's own time comes before it. */
  readonly time: bigint;
}

/** Reads `DOMAIN\user`; everything else is a user without a domain. */
export function parseNtlmAccount(username: string, password: string): NtlmAccount {
  const backslash = username.indexOf("\\");
  return backslash === -1
    ? { domain: "", user: username, password }
    : { domain: username.slice(0, backslash), user: username.slice(backslash + 1), password };
}

/** NEGOTIATE_MESSAGE (section 2.2.1.1): what this client can do, and nothing about the user or the machine. */
export function ntlmNegotiate(): Buffer {
  const message = Buffer.alloc(32);
  SIGNATURE.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(FLAGS, 12);
  message.writeUInt32LE(32, 20);
  message.writeUInt32LE(32, 28);
  return message;
}

/** Reads CHALLENGE_MESSAGE (section 2.2.1.2); undefined where it is malformed. */
export function parseNtlmChallenge(message: Buffer): NtlmChallenge | undefined {
  if (message.length < 32 || message.length > MAX_MESSAGE_BYTES) return undefined;
  if (!message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 2) return undefined;
  const flags = message.readUInt32LE(20);
  const serverChallenge = message.subarray(24, 32);
  if ((flags & NEGOTIATE_TARGET_INFO) === 0 || message.length < 48)
    return { flags, serverChallenge, targetInfo: Buffer.alloc(0) };
  const [length, offset] = [message.readUInt16LE(40), message.readUInt32LE(44)];
  if (offset + length > message.length) return undefined;
  const targetInfo = message.subarray(offset, offset + length);
  return readPairs(targetInfo) === undefined ? undefined : { flags, serverChallenge, targetInfo };
}

/**
 * AUTHENTICATE_MESSAGE (section 2.2.1.3), which answers a challenge.
 *
 * @param messages the two messages before it, which its integrity code covers
 */
export function ntlmAuthenticate(
  account: NtlmAccount,
  messages: { readonly negotiate: Buffer; readonly challenge: Buffer; readonly parsed: NtlmChallenge },
  freshness: NtlmFreshness = { clientChallenge: randomBytes(8), time: now() },
): Buffer {
  const { parsed } = messages;
  const response = ntlmV2Response(account, parsed, freshness);
  const isUnicode = (parsed.flags & NEGOTIATE_UNICODE) !== 0;
  const encode = (text: string): Buffer => Buffer.from(text, isUnicode ? "utf16le" : "latin1");
  const parts = [
    response.lm,
    response.nt,
    encode(account.domain),
    encode(account.user),
    encode(""),
    Buffer.alloc(0),
  ];
  const head = Buffer.alloc(HEAD_BYTES);
  SIGNATURE.copy(head);
  head.writeUInt32LE(3, 8);
  let offset = HEAD_BYTES;
  parts.forEach((part, at) => {
    head.writeUInt16LE(part.length, 12 + at * 8);
    head.writeUInt16LE(part.length, 14 + at * 8);
    head.writeUInt32LE(offset, 16 + at * 8);
    offset += part.length;
  });
  head.writeUInt32LE((parsed.flags & FLAGS) >>> 0, 60);
  const message = Buffer.concat([head, ...parts]);
  if (!response.hasIntegrity) return message;
  const code = hmacMd5(response.sessionKey, Buffer.concat([messages.negotiate, messages.challenge, message]));
  code.copy(message, INTEGRITY_OFFSET);
  return message;
}

export interface NtlmResponse {
  readonly lm: Buffer;
  readonly nt: Buffer;
  readonly sessionKey: Buffer;
  /** Whether the message must carry an integrity code: the server stated its time (section 3.1.5.1.2). */
  readonly hasIntegrity: boolean;
}

/** The responses of NTLMv2 (section 3.3.2). */
export function ntlmV2Response(
  account: NtlmAccount,
  { serverChallenge, targetInfo }: NtlmChallenge,
  { clientChallenge, time }: NtlmFreshness,
): NtlmResponse {
  const key = ntlmV2Key(account);
  const pairs = readPairs(targetInfo) ?? [];
  const stated = pairs.find(({ id }) => id === AV_TIMESTAMP)?.value;
  const hasIntegrity = stated?.length === 8;
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64LE(time);
  const temporary = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    hasIntegrity ? stated : timestamp,
    clientChallenge,
    Buffer.alloc(4),
    hasIntegrity ? withIntegrityFlag(pairs) : targetInfo,
    Buffer.alloc(4),
  ]);
  const proof = hmacMd5(key, Buffer.concat([serverChallenge, temporary]));
  const lm = Buffer.concat([
    hmacMd5(key, Buffer.concat([serverChallenge, clientChallenge])),
    clientChallenge,
  ]);
  return {
    lm: hasIntegrity ? Buffer.alloc(24) : lm,
    nt: Buffer.concat([proof, temporary]),
    sessionKey: hmacMd5(key, proof),
    hasIntegrity,
  };
}

/** NTOWFv2 (section 3.3.2). */
export function ntlmV2Key({ domain, user, password }: NtlmAccount): Buffer {
  return hmacMd5(md4(Buffer.from(password, "utf16le")), Buffer.from(user.toUpperCase() + domain, "utf16le"));
}

interface Pair {
  readonly id: number;
  readonly value: Buffer;
}

/** The pairs before the one that ends them; undefined where they are malformed. An empty list is accepted. */
function readPairs(bytes: Buffer): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const [id, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (id === AV_END) return pairs;
    if (at + 4 + length > bytes.length) return undefined;
    pairs.push({ id, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return bytes.length === 0 ? pairs : undefined;
}

/** The pairs with MsvAvFlags, which says that an integrity code is there. */
function withIntegrityFlag(pairs: readonly Pair[]): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(AV_FLAG_INTEGRITY);
  const known = pairs.find(({ id }) => id === AV_FLAGS)?.value;
  if (known?.length === 4) flags.writeUInt32LE((known.readUInt32LE() | AV_FLAG_INTEGRITY) >>> 0);
  const others = pairs.filter(({ id }) => id !== AV_FLAGS);
  return Buffer.concat([...[...others, { id: AV_FLAGS, value: flags }].map(formatPair), Buffer.alloc(4)]);
}

function formatPair({ id, value }: Pair): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function hmacMd5(key: Buffer, message: Buffer): Buffer {
  return createHmac("md5", key).update(message).digest();
}

/** The time as Windows counts it (section 2.2.2.7: FILETIME). */
function now(): bigint {
  return (BigInt(Date.now()) + UNIX_EPOCH_MS) * 10_000n;
}

const SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");
const NEGOTIATE_UNICODE = 0x0000_0001;
const NEGOTIATE_TARGET_INFO = 0x0080_0000;
// Section 2.2.2.5: Unicode, the server's target, NTLM, always sign, extended session security, 128 and 56 bits.
const FLAGS =
  (0x0000_0001 | 0x0000_0004 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000 | 0x2000_0000 | 0x8000_0000) >>> 0;
const AV_END = 0;
const AV_FLAGS = 6;
const AV_TIMESTAMP = 7;
const AV_FLAG_INTEGRITY = 2;
/** Up to the integrity code and with it: eight bytes of a version stand before that, zero as in section 2.2.2.10. */
const HEAD_BYTES = 88;
const INTEGRITY_OFFSET = 72;
/** From 1601 to 1970. */
const UNIX_EPOCH_MS = 11_644_473_600_000n;
// A header of 16 KiB would hold more than any real challenge.
const MAX_MESSAGE_BYTES = 12 * 1024;
