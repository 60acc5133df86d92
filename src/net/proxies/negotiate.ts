// Negotiate (RFC 4559) with the ticket of a Kerberos login, through the system's GSSAPI library. It is called through `koffi`,
// which brings its native part prebuilt. Nothing depends on it: it is used where the user has installed it.

import { ownRequire } from "../../base/files/own-require.ts";

/** A security context with a proxy that is being made. */
export interface NegotiateContext {
  /** The first message. */
  readonly token: Buffer;
  /** The next message for the proxy's answer, or why there is none. */
  step(answer: Buffer): Promise<Buffer | string>;
}

/** Opens a context with the proxy of a host name, or says why there is none: a statement without a full stop. */
export type OpenNegotiate = (host: string) => Promise<NegotiateContext | string>;

/** Opens a context with the ticket of the user who runs this. */
export const openNegotiate: OpenNegotiate = async (host) => {
  if (process.platform !== "linux") return "Negotiate is supported on Linux only";
  const koffi = loadKoffi();
  if (koffi === undefined)
    return "Negotiate needs the npm package `koffi`, which calls the system's GSSAPI: install it next to Pinion (`npm install -g koffi`)";
  const library = loadGssapi(koffi);
  if (library === undefined)
    return `Negotiate needs the system's GSSAPI library \`${LIBRARY}\` (Debian: \`libgssapi-krb5-2\`)`;
  const context = new GssContext(koffi, library);
  const named = await context.nameTarget(`HTTP@${host}`);
  if (named !== undefined) return named;
  const token = await context.step(undefined);
  return typeof token === "string" ? token : { token, step: (answer) => context.step(answer) };
};

/** What is used of `koffi` (version 3). */
interface Koffi {
  load(path: string): {
    func(name: string, result: string, parameters: readonly unknown[]): NativeFunction;
  };
  struct(members: Readonly<Record<string, string>>): unknown;
  pointer(type: unknown): unknown;
  out(type: unknown): unknown;
  inout(type: unknown): unknown;
  decode(pointer: unknown, type: string, length: number): unknown;
}

interface NativeFunction {
  (...args: readonly unknown[]): unknown;
  async(...args: readonly unknown[]): void;
}

interface Gssapi {
  readonly importName: NativeFunction;
  readonly initContext: NativeFunction;
  readonly releaseBuffer: NativeFunction;
  readonly displayStatus: NativeFunction;
}

/** `gss_buffer_desc` and `gss_OID_desc` (RFC 2744, appendix A). */
interface GssBuffer {
  readonly length: number | bigint;
  readonly value: unknown;
}

class GssContext {
  readonly #koffi: Koffi;
  readonly #library: Gssapi;
  #name: unknown = null;
  #context: unknown = null;

  constructor(koffi: Koffi, library: Gssapi) {
    this.#koffi = koffi;
    this.#library = library;
  }

  /** Names the service; gives the reason where that fails. */
  async nameTarget(service: string): Promise<string | undefined> {
    const minor = [0];
    const name: unknown[] = [null];
    const bytes = Buffer.from(service, "latin1");
    const type = { length: HOSTBASED_SERVICE.length, elements: HOSTBASED_SERVICE };
    const major = await call(
      this.#library.importName,
      minor,
      { length: bytes.length, value: bytes },
      type,
      name,
    );
    if (isFailure(major)) return await this.#reason(major, minor);
    this.#name = name[0];
    return undefined;
  }

  /** Makes the next message. The library may ask the network for a ticket: that runs on another thread. */
  async step(answer: Buffer | undefined): Promise<Buffer | string> {
    const minor = [0];
    const context = [this.#context];
    const output: Partial<GssBuffer>[] = [{}];
    const input = answer === undefined ? null : { length: answer.length, value: answer };
    const mechanism = { length: SPNEGO.length, elements: SPNEGO };
    const arguments_ = [
      minor,
      null,
      context,
      this.#name,
      mechanism,
      0,
      0,
      null,
      input,
      null,
      output,
      null,
      null,
    ];
    const major = await call(this.#library.initContext, ...arguments_);
    this.#context = context[0];
    if (isFailure(major)) return await this.#reason(major, minor);
    const token = await this.#take(output);
    return token ?? "the proxy's answer ends the login";
  }

  async #take(output: readonly Partial<GssBuffer>[]): Promise<Buffer | undefined> {
    const { length = 0, value } = output[0] ?? {};
    if (Number(length) === 0 || value === null || value === undefined) return undefined;
    const bytes = this.#koffi.decode(value, "uint8_t", Number(length));
    const token = bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined;
    await call(this.#library.releaseBuffer, [0], output);
    return token;
  }

  async #reason(major: number, [minor = 0]: readonly number[]): Promise<string> {
    const words: string[] = [];
    for (const [status, kind] of [
      [minor, MECHANISM_CODE],
      [major, GSS_CODE],
    ] as const) {
      if (status === 0) continue;
      const text: Partial<GssBuffer>[] = [{}];
      await call(this.#library.displayStatus, [0], status, kind, null, [0], text);
      const bytes = await this.#take(text);
      if (bytes !== undefined) words.push(bytes.toString("utf8").slice(0, MAX_REASON_LENGTH));
      if (words.length > 0) break;
    }
    return `GSSAPI gives no ticket for the proxy: ${words[0] ?? `status ${major}`}`;
  }
}

function call(native: NativeFunction, ...args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    native.async(...args, (error: Error | null, result: unknown) =>
      error === null || error === undefined ? resolve(Number(result)) : reject(error),
    );
  });
}

/** Errors are in the upper half of the word, calling errors included (RFC 2744 section 3.9.1). */
function isFailure(major: number): boolean {
  return (major & 0xffff_0000) !== 0;
}

function loadKoffi(): Koffi | undefined {
  try {
    const loaded: Koffi = ownRequire()("koffi");
    return loaded;
  } catch {
    return undefined;
  }
}

/** The functions with the prototypes of RFC 2744, appendix A. */
function loadGssapi(koffi: Koffi): Gssapi | undefined {
  try {
    const library = koffi.load(LIBRARY);
    const buffer = koffi.pointer(koffi.struct({ length: "size_t", value: "void *" }));
    const oid = koffi.pointer(koffi.struct({ length: "uint32_t", elements: "void *" }));
    const handle = koffi.pointer("void *");
    const minor = koffi.out(koffi.pointer("uint32_t"));
    const declare = (name: string, ...parameters: readonly unknown[]): NativeFunction =>
      library.func(name, "uint32_t", [minor, ...parameters]);
    return {
      importName: declare("gss_import_name", buffer, oid, koffi.out(handle)),
      initContext: declare(
        "gss_init_sec_context",
        "void *",
        koffi.inout(handle),
        "void *",
        oid,
        "uint32_t",
        "uint32_t",
        "void *",
        buffer,
        "void *",
        koffi.out(buffer),
        "void *",
        "void *",
      ),
      releaseBuffer: declare("gss_release_buffer", koffi.inout(buffer)),
      displayStatus: declare(
        "gss_display_status",
        "uint32_t",
        "int",
        "void *",
        koffi.inout(koffi.pointer("uint32_t")),
        koffi.out(buffer),
      ),
    };
  } catch {
    return undefined;
  }
}

const LIBRARY = "libgssapi_krb5.so.2";
/** GSS_C_NT_HOSTBASED_SERVICE, 1.2.840.113554.1.2.1.4, and SPNEGO (RFC 4178), 1.3.6.1.5.5.2: DER without the head. */
const HOSTBASED_SERVICE = Buffer.from("2a864886f71201020104", "hex");
const SPNEGO = Buffer.from("2b0601050502", "hex");
const GSS_CODE = 1;
const MECHANISM_CODE = 2;
const MAX_REASON_LENGTH = 200;
