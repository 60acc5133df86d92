// One request as it is sent, and the answer to it before its status is judged.

import type { IncomingHttpHeaders } from "node:http";

import type { Credentials } from "../credentials/auth.ts";
import type { Pour } from "./http1.ts";
import type { Protection } from "../protection.ts";
import type { ProxyRoute } from "../proxies/proxy.ts";

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
}

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
  /** Reads it all. */
  whole(): Promise<Buffer>;
  /** Ends a response whose body is not wanted; the connection is kept where that costs little. */
  discard(): Promise<void>;
}
