// What is installed in an environment, read from its folders alone (PEP 376, 610, 627; setuptools' eggs).

import type { DirectUrl } from "../pep/direct-url.ts";
import type { Metadata } from "../pep/metadata.ts";
import type { Version } from "../pep/version.ts";

/** A distribution that is installed. Everything but name and version is read when it is asked for. */
export interface InstalledDistribution {
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
  readonly kind: "dist-info" | "egg-info" | "egg-link";
  /** The `.dist-info` or `.egg-info`, a folder but for old `.egg-info` files. */
  readonly directory: string;
  /** The site-packages folder that it was found in. */
  readonly location: string;
  /** Who installed it, such as `pip`; undefined where nobody said. */
  readonly installer: string | undefined;
  readonly directUrl: DirectUrl | undefined;
  readonly isEditable: boolean;
  readonly isRequested: boolean;
  /** @throws PinionError `index/invalid-metadata` */
  metadata(): Metadata;
}
