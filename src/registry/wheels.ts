// Brings wheels into the store: bounded in number and in memory, and never before every stated digest was checked.

import { createReadStream, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { PinionError, systemCode } from "../errors.ts";
import type { Client } from "../net/client.ts";
import { downloadToBuffer, downloadToFile } from "../net/download.ts";
import { redactUrl } from "../net/url.ts";
import type { WheelFilename } from "../pep/filename.ts";
import { parseWheelFilename } from "../pep/filename.ts";
import type { Store, UnpackedWheel } from "../store/store.ts";
import {
  statedDigests,
  statedSha256,
  startDigestCheck,
  type Promises,
  type StatedDigest,
} from "./digests.ts";
import { Limit } from "./limit.ts";

/** A wheel that an address names: one of a page, of a lock file, or of a direct requirement. */
export interface LinkedWheel {
  /** Without credentials. */
  readonly url: string;
  /** As `url`, with credentials for the request; absent means `url`. */
  readonly requestUrl?: string;
  readonly filename: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly size?: number;
  /** Who stated the digests: "the index", "the address", "`pylock.toml`". */
  readonly statedBy?: string;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Of a requirement: `sha256:ab…`. One of them must match (pip's `--hash`). */
  readonly hashes?: readonly string[];
  /** Bytes that have come, and all that will, where that is known. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

/** What happens to wheels, for progress. */
export type FetchEvent =
  | { readonly kind: "download-started"; readonly filename: string; readonly size: number | undefined }
  | {
      readonly kind: "download-progress";
      readonly filename: string;
      readonly received: number;
      readonly size: number | undefined;
    }
  | { readonly kind: "download-finished"; readonly filename: string; readonly size: number };
