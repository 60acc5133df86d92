// An index as a settings file describes it: `[[index]]` of pinion.toml, `[[tool.uv.index]]`.

import type { Origin } from "../origin.ts";
import type { Distance } from "../files/distance.ts";

export interface IndexTable {
  readonly name: string | undefined;
  /** As written, made absolute where it was relative to its file. May hold credentials. */
  readonly url: string;
  readonly isDefault: boolean;
  readonly isExplicit: boolean;
  readonly format: "simple" | "flat";
  readonly authenticate: "auto" | "always" | "never";
  readonly ignoreErrorCodes: readonly number[];
  readonly cacheControl: { readonly api: string | undefined; readonly files: string | undefined };
  /** `--exclude-newer` for this index: as written, `false` for no limit; undefined leaves the general one. */
  readonly excludeNewer: string | false | undefined;
  /** Paths, absolute. */
  readonly cert: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  readonly proxy: string | undefined;
  /** Its server is not verified. */
  readonly isInsecure: boolean;
  /** SHA-256 of public keys, lower-case hexadecimal digits; one of them must be in the server's chain. */
  readonly pins: readonly string[];
  readonly origin: Origin;
  readonly distance: Distance;
}
