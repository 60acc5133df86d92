// One request as it is sent, and the answer to it before its status is judged.

import type { IncomingHttpHeaders } from "node:http";

import type { Credentials } from "../credentials/auth.ts";
import type { Pour } from "./http1.ts";
import type { Protection } from "../protection.ts";
import type { ProxyRoute } from "../proxies/proxy.ts";

/** A turn among requests of one run whose bodies are large: each of them waits for its own before more of it is held. */
export interface LargeBodyTurn {
  /** Resolves once it has come; at once where it has come already. */
  enter(): Promise<void>;
  /** Gives it back, for the next. */
  leave(): void;
}

/** Where the bodies of several requests of one run are put while they are read. */
export interface BodyMemory {
  /** Memory of so many bytes, as soon as there is room for them beside the other bodies. */
  take(bytes: number): Promise<Buffer>;
  /** Takes it back, for the next body; the memory of anything else is left as it is. */
  give(bytes: Buffer): void;
}

export interface OutgoingRequest {
  /** Without credentials. */
  readonly url: URL;
  readonly method: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials | undefined;
  readonly encoding: "identity" | "any";
  /** Of the decoded body. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Entered before a body that is read whole takes more than {@link LARGE_BODY_BYTES}, and left where reading it fails. */
  readonly largeBody?: LargeBodyTurn | undefined;
  /** Where a body that is read whole may be put; who has read it gives it back. */
  readonly memory?: BodyMemory | undefined;
}

/** Of a body, encoded or decoded. The pages of nearly all projects are smaller. */
export const LARGE_BODY_BYTES: number = 8 * 1024 ** 2;

export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  readonly protection: Protection;
  /**
   * The server demands a client certificate after the handshake (see `late-certificate.ts`): it was shown over TLS 1.2, or
   * may be what lacks.
   */
  readonly lateCertificate?: "shown" | "not-shown";
  /** The proxy that forwarded the request, and may have answered it. */
  readonly forwardedBy?: ProxyRoute | undefined;
  /** Decoded and bounded. Read it to its end, or `discard` it. */
  readonly body: AsyncIterable<Buffer>;
  /** Hands over all of the body, instead of it. */
  readonly pour: Pour;
  /** Reads it all; has the turn of {@link OutgoingRequest.largeBody} then, if it was large. */
  whole(): Promise<Buffer>;
  /** Ends a response whose body is not wanted; the connection is kept where that costs little. */
  discard(): Promise<void>;
}
