// Reads what a TLS server sent during the handshake, from the raw bytes and the key log (RFC 8446, RFC 5246).
// The runtime shows a chain that it rebuilt; to explain a failure one needs the chain as it was sent.

import { createDecipheriv, createHmac, type DecipherCCM, type DecipherGCM } from "node:crypto";

/** What the server said. Everything is as far as it could be read; hostile bytes give less, never an error. */
export interface ServerFlight {
  /** The version that the server chose, `0x0303` for TLS 1.2; undefined where it sent no ServerHello. */
  readonly version: number | undefined;
  readonly cipherSuite: number | undefined;
  readonly group: number | undefined;
  readonly signatureScheme: number | undefined;
  readonly hadRetryRequest: boolean;
  /** The server chose TLS 1.2 without renegotiation_info (RFC 5746); false under TLS 1.3, which has no renegotiation. */
  readonly lacksSecureRenegotiation: boolean;
  /** DER, in the order of the Certificate message. */
  readonly certificates: readonly Uint8Array[];
  readonly requestedClientCertificate: boolean;
  readonly alerts: readonly { readonly isFatal: boolean; readonly description: number }[];
  /** The server finished its side, as far as that can be seen: always false under TLS 1.2. */
  readonly isFinished: boolean;
  /** The first bytes are not a TLS record: another protocol is spoken there. */
  readonly isPlaintext: boolean;
}

/** The secrets that Node's `keylog` event reports, by their label. */
export type KeyLog = ReadonlyMap<string, Buffer>;

/** Reads one line of the key log (`LABEL client-random secret`, all hexadecimal) into a label and its secret. */
export function parseKeyLogLine(line: Buffer): readonly [string, Buffer] | undefined {
  const [label, , secret] = line.toString("latin1").trim().split(" ");
  if (label === undefined || secret === undefined) return undefined;
  return [label, Buffer.from(secret, "hex")];
}

/** Reads the server's flight from all bytes that came in. */
export function readServerFlight(bytes: Buffer, keyLog: KeyLog): ServerFlight {
  const state = new FlightReader(keyLog);
  state.read(bytes);
  return state.flight;
}

class FlightReader {
  readonly #keyLog: KeyLog;
  readonly #certificates: Uint8Array[] = [];
  readonly #alerts: { isFatal: boolean; description: number }[] = [];
  #version: number | undefined;
  #cipherSuite: number | undefined;
  #group: number | undefined;
  #signatureScheme: number | undefined;
  #hadRetryRequest = false;
  #hasRenegotiationInfo = false;
  #requestedClientCertificate = false;
  #isFinished = false;
  #isPlaintext = false;
  /** Handshake bytes that do not make a whole message yet. */
  #pending: Buffer = Buffer.alloc(0);
  #opener: RecordOpener | undefined;
  /** Under TLS 1.2 everything after ChangeCipherSpec is encrypted with keys that the key log does not hold directly. */
  #isOpaque = false;

  constructor(keyLog: KeyLog) {
    this.#keyLog = keyLog;
  }

  get flight(): ServerFlight {
    return {
      version: this.#version,
      cipherSuite: this.#cipherSuite,
      group: this.#group,
      signatureScheme: this.#signatureScheme,
      hadRetryRequest: this.#hadRetryRequest,
      lacksSecureRenegotiation:
        this.#version !== undefined && this.#version !== TLS_1_3 && !this.#hasRenegotiationInfo,
      certificates: this.#certificates,
      requestedClientCertificate: this.#requestedClientCertificate,
      alerts: this.#alerts,
      isFinished: this.#isFinished,
      isPlaintext: this.#isPlaintext,
    };
  }

  read(bytes: Buffer): void {
    for (let offset = 0; offset + RECORD_HEADER_BYTES <= bytes.length && !this.#isOpaque;) {
      const type = bytes.readUInt8(offset);
      const length = bytes.readUInt16BE(offset + 3);
      if (!isRecordHeader(bytes, offset)) {
        this.#isPlaintext ||= offset === 0;
        return;
      }
      const end = offset + RECORD_HEADER_BYTES + length;
      if (end > bytes.length) return;
      this.#readRecord(type, bytes.subarray(offset, end));
      offset = end;
    }
    if (bytes.length > 0 && bytes.length < RECORD_HEADER_BYTES)
      this.#isPlaintext = !isRecordType(bytes.readUInt8(0));
  }

  #readRecord(type: number, record: Buffer): void {
    const content = record.subarray(RECORD_HEADER_BYTES);
    if (type === CONTENT.changeCipherSpec) {
      // In TLS 1.3 a dummy record for middleboxes (RFC 8446 appendix D.4), in TLS 1.2 the switch to encryption.
      this.#isOpaque = this.#version !== TLS_1_3;
    } else if (type === CONTENT.applicationData) {
      const opened = this.#opener?.open(record);
      if (opened !== undefined) this.#readContent(opened.type, opened.content);
    } else {
      this.#readContent(type, content);
    }
  }

  #readContent(type: number, content: Buffer): void {
    if (type === CONTENT.alert && content.length >= 2) {
      this.#alerts.push({ isFatal: content.readUInt8(0) === 2, description: content.readUInt8(1) });
    }
    if (type !== CONTENT.handshake) return;
    this.#pending = this.#pending.length === 0 ? content : Buffer.concat([this.#pending, content]);
    while (this.#pending.length >= 4) {
      const length = this.#pending.readUIntBE(1, 3);
      if (this.#pending.length < 4 + length) return;
      const message = this.#pending.readUInt8(0);
      const body = this.#pending.subarray(4, 4 + length);
      this.#pending = this.#pending.subarray(4 + length);
      this.#readMessage(message, new Reader(body));
    }
  }

  #readMessage(type: number, body: Reader): void {
    switch (type) {
      case MESSAGE.serverHello:
        return this.#readServerHello(body);
      case MESSAGE.certificate:
        return this.#readCertificates(body);
      case MESSAGE.serverKeyExchange:
        return this.#readServerKeyExchange(body);
      case MESSAGE.certificateRequest:
        this.#requestedClientCertificate = true;
        return;
      case MESSAGE.certificateVerify:
        this.#signatureScheme = body.number(2);
        return;
      case MESSAGE.finished:
        this.#isFinished = true;
        this.#openWith("SERVER_TRAFFIC_SECRET_0");
        return;
    }
  }

  /** RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3. */
  #readServerHello(body: Reader): void {
    const legacyVersion = body.number(2);
    const isRetryRequest = body.bytes(32)?.equals(RETRY_REQUEST_RANDOM) === true;
    body.vector(1);
    const cipherSuite = body.number(2);
    body.number(1);
    this.#version = legacyVersion;
    for (const [extension, value] of extensionsOf(body.vector(2))) {
      if (extension === EXTENSION.supportedVersions) this.#version = value.number(2);
      if (extension === EXTENSION.renegotiationInfo) this.#hasRenegotiationInfo = true;
      if (extension === EXTENSION.keyShare) this.#group = value.number(2);
    }
    this.#cipherSuite = cipherSuite;
    this.#hadRetryRequest ||= isRetryRequest;
    if (!isRetryRequest && this.#version === TLS_1_3) this.#openWith("SERVER_HANDSHAKE_TRAFFIC_SECRET");
  }

  #openWith(label: string): void {
    const secret = this.#keyLog.get(label);
    const suite = this.#cipherSuite === undefined ? undefined : SUITES.get(this.#cipherSuite);
    this.#opener = secret === undefined || suite === undefined ? undefined : new RecordOpener(suite, secret);
    this.#pending = Buffer.alloc(0);
  }

  /** RFC 8446 section 4.4.2; without request context and extensions in RFC 5246 section 7.4.2. */
  #readCertificates(body: Reader): void {
    const hasExtensions = this.#version === TLS_1_3;
    if (hasExtensions) body.vector(1);
    const list = body.vector(3);
    if (list === undefined) return;
    while (!list.isEmpty && this.#certificates.length < MAX_CERTIFICATES) {
      const der = list.vector(3);
      if (der === undefined) return;
      this.#certificates.push(Uint8Array.from(der.rest()));
      if (hasExtensions && list.vector(2) === undefined) return;
    }
  }

  /** RFC 8422 section 5.4; finite-field groups are not named in TLS 1.2. */
  #readServerKeyExchange(body: Reader): void {
    if (body.number(1) !== NAMED_CURVE) return;
    this.#group = body.number(2);
    body.vector(1);
    this.#signatureScheme = body.number(2);
  }
}

/** Opens the protected records of one traffic secret (RFC 8446 sections 5.2, 5.3 and 7.3). */
class RecordOpener {
  readonly #suite: Suite;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0n;

  constructor(suite: Suite, secret: Buffer) {
    this.#suite = suite;
    this.#key = expandLabel(suite.hash, secret, { label: "key", length: suite.keyBytes });
    this.#iv = expandLabel(suite.hash, secret, { label: "iv", length: 12 });
  }

  open(record: Buffer): { readonly type: number; readonly content: Buffer } | undefined {
    const header = record.subarray(0, RECORD_HEADER_BYTES);
    const sealed = record.subarray(RECORD_HEADER_BYTES);
    const tagStart = sealed.length - this.#suite.tagBytes;
    if (tagStart < 1) return undefined;
    const nonce = Buffer.from(this.#iv);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#sequence, 4);
    let plain: Buffer;
    try {
      const decipher = decipherFor(this.#suite, this.#key, nonce);
      decipher.setAuthTag(sealed.subarray(tagStart));
      decipher.setAAD(header, { plaintextLength: tagStart });
      plain = Buffer.concat([decipher.update(sealed.subarray(0, tagStart)), decipher.final()]);
    } catch {
      // A record of another epoch, or a forgery: what cannot be authenticated is not read.
      return undefined;
    }
    this.#sequence += 1n;
    let end = plain.length;
    while (end > 0 && plain[end - 1] === 0) end--;
    return end === 0 ? undefined : { type: plain.readUInt8(end - 1), content: plain.subarray(0, end - 1) };
  }
}

function decipherFor({ cipher, tagBytes }: Suite, key: Buffer, nonce: Buffer): DecipherCCM | DecipherGCM {
  const options = { authTagLength: tagBytes };
  // One call each, because the types have an overload for each.
  if (cipher === "aes-128-ccm") return createDecipheriv(cipher, key, nonce, options);
  if (cipher === "chacha20-poly1305") return createDecipheriv(cipher, key, nonce, options);
  return createDecipheriv(cipher, key, nonce, options);
}

/** HKDF-Expand-Label with an empty context, for lengths up to one hash (RFC 8446 section 7.1, RFC 5869). */
function expandLabel(hash: string, secret: Buffer, output: { label: string; length: number }): Buffer {
  const label = Buffer.from(`tls13 ${output.label}`, "latin1");
  const information = Buffer.concat([
    Buffer.from([0, output.length, label.length]),
    label,
    Buffer.from([0, 1]),
  ]);
  return createHmac(hash, secret).update(information).digest().subarray(0, output.length);
}

/** Takes fields from the front of a message; where a field is cut, it and all after it are undefined. */
class Reader {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  number(size: 1 | 2 | 3): number | undefined {
    return this.bytes(size)?.readUIntBE(0, size);
  }

  bytes(length: number): Buffer | undefined {
    if (this.#rest.length < length) {
      this.#rest = Buffer.alloc(0);
      return undefined;
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  /** A vector with its length in front, in so many bytes. */
  vector(lengthBytes: 1 | 2 | 3): Reader | undefined {
    const length = this.number(lengthBytes);
    const content = length === undefined ? undefined : this.bytes(length);
    return content === undefined ? undefined : new Reader(content);
  }

  rest(): Buffer {
    return this.#rest;
  }
}

function* extensionsOf(list: Reader | undefined): Generator<readonly [number, Reader]> {
  if (list === undefined) return;
  while (!list.isEmpty) {
    const type = list.number(2);
    const value = list.vector(2);
    if (type === undefined || value === undefined) return;
    yield [type, value];
  }
}

function isRecordHeader(bytes: Buffer, offset: number): boolean {
  const isKnownVersion = bytes.readUInt8(offset + 1) === 3 && bytes.readUInt8(offset + 2) <= 4;
  return (
    isRecordType(bytes.readUInt8(offset)) &&
    isKnownVersion &&
    bytes.readUInt16BE(offset + 3) <= MAX_RECORD_BYTES
  );
}

function isRecordType(type: number): boolean {
  return type >= CONTENT.changeCipherSpec && type <= CONTENT.applicationData;
}

interface Suite {
  readonly cipher: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305" | "aes-128-ccm";
  readonly hash: "sha256" | "sha384";
  readonly keyBytes: number;
  readonly tagBytes: number;
}

const TLS_1_3 = 0x0304;
const NAMED_CURVE = 3;
const RECORD_HEADER_BYTES = 5;

// RFC 5246 section 6.2.3: 2^14 + 2048, the larger of the two versions' bounds.
const MAX_RECORD_BYTES = 18_432;

// OpenSSL stops at a certificate list of 100 KB; no list of usable certificates is longer than this.
const MAX_CERTIFICATES = 100;

const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

const MESSAGE = {
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  certificateVerify: 15,
  finished: 20,
} as const;

const EXTENSION = { supportedVersions: 43, keyShare: 51, renegotiationInfo: 0xff01 } as const;

// RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest".
const RETRY_REQUEST_RANDOM = Buffer.from(
  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c",
  "hex",
);

// RFC 8446 appendix B.4.
const SUITES: ReadonlyMap<number, Suite> = new Map<number, Suite>([
  [0x1301, { cipher: "aes-128-gcm", hash: "sha256", keyBytes: 16, tagBytes: 16 }],
  [0x1302, { cipher: "aes-256-gcm", hash: "sha384", keyBytes: 32, tagBytes: 16 }],
  [0x1303, { cipher: "chacha20-poly1305", hash: "sha256", keyBytes: 32, tagBytes: 16 }],
  [0x1304, { cipher: "aes-128-ccm", hash: "sha256", keyBytes: 16, tagBytes: 16 }],
  [0x1305, { cipher: "aes-128-ccm", hash: "sha256", keyBytes: 16, tagBytes: 8 }],
]);
