// The TLS of a server of the laboratory.

import type { SecureVersion } from "node:tls";

import type { Intolerance } from "./middlebox.ts";

export interface ServerTls {
  /** The server's certificate and those that it sends after it. */
  readonly chainPem: string;
  readonly keyPem: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** OpenSSL cipher list, TLS 1.3 names included. */
  readonly ciphers?: string;
  /** Key exchange groups, `:` between them. */
  readonly groups?: string;
  /** Stands behind a middlebox that cannot bear something. */
  readonly intolerance?: Intolerance;
  readonly clients?: ClientDemand;
}

/** Whether and how clients show a certificate. */
export interface ClientDemand {
  /** PEM of the authorities that may have issued it. */
  readonly authorities: readonly string[];
  /** Refuses clients that have none. */
  readonly isRequired: boolean;
  /** Refuses every client with this alert once it has shown what it has; needs a server of only TLS 1.2. */
  readonly alert?: number;
}
