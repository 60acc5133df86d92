// The certificate that a client shows to servers, with its key.

/** A client certificate that has been read and fits its key, as the TLS engine takes it; see `client-certificate.ts`. */
export type ClientIdentity =
  | {
      /** Differs for different certificates; says nothing about the key. */
      readonly id: string;
      readonly cert: string;
      readonly key: string;
    }
  | { readonly id: string; readonly pfx: Buffer; readonly passphrase: string };
