// What a company's shared store is to whatever fetches files: it may have them, and may be offered them (`remote/`).

/** Names a file by the SHA-256 of its content. */
export interface SharedKey {
  readonly kind: "files" | "metadata";
  /** Hexadecimal, lower case. */
  readonly sha256: string;
}

export interface SharedRequest {
  /** Bytes, where the index gives the size. */
  readonly size?: number | undefined;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Gives memory for the bytes; what it gave may be larger than they are. By default new memory. */
  readonly allocate?: ((bytes: number) => Buffer) | undefined;
}

export interface SharedFiles {
  /** Bytes with the key's hash; undefined where the store cannot give them. @throws net/cancelled */
  read(key: SharedKey, request: SharedRequest): Promise<Buffer | undefined>;
  /** The same into a new file; its size in bytes. @throws net/cancelled */
  readToFile(key: SharedKey, path: string, request: SharedRequest): Promise<number | undefined>;
  /** Takes note of a verified file that the store may lack. */
  offer(key: SharedKey, body: Buffer | { readonly path: string; readonly size: number }): void;
}
