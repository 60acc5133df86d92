// How the port of a shape behaves.

import type { ServerTls } from "./server-tls.ts";

/** How the port behaves. */
export type Endpoint =
  | { readonly kind: "tls"; readonly options?: Omit<ServerTls, "chainPem" | "keyPem"> }
  /** HTTP without TLS. */
  | { readonly kind: "plaintext" }
  /** Answers every ClientHello with a fatal alert of this number (RFC 8446 6). */
  | { readonly kind: "alert"; readonly description: number }
  /** Ends the connection once the ClientHello has come. */
  | { readonly kind: "closes" };
