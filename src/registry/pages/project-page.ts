// A project's page of a package index as values, whichever format it came in.

/** One file of a page, as the index states it; nothing of it is verified yet. */
export interface DistributionFile {
  /** The decoded last segment of the path; holds no separator and no control character. */
  readonly filename: string;
  /** Absolute, without fragment. */
  readonly url: string;
  /** Digests in lower-case hexadecimal by algorithm, as the page or the link's fragment states them. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython?: string;
  /** PEP 592: false, or the reason, which may be empty. */
  readonly yanked: false | string;
  readonly size?: number;
  /** As the index wrote it (RFC 3339). */
  readonly uploadTime?: string;
  /** PEP 658 and 714: whether `<url>.metadata` exists, and its digests where they are stated. */
  readonly metadata: false | true | Readonly<Record<string, string>>;
  readonly hasSignature?: boolean;
  /** PEP 740: the URL of the attestations. Not verified at install. */
  readonly provenance?: string;
}

export interface ProjectPage {
  /** The project's name as the page states it. */
  readonly name?: string;
  readonly files: readonly DistributionFile[];
  /** PEP 700: every version, also those without files. */
  readonly versions?: readonly string[];
  /** PEP 629, `1.0` where the page is silent. */
  readonly apiVersion: string;
  /** PEP 792. */
  readonly projectStatus?: ProjectStatus;
  /** PEP 708: addresses of projects that this one continues or mirrors. */
  readonly tracks?: readonly string[];
  readonly alternateLocations?: readonly string[];
  /** Entries that the reader passed over because they cannot be a distribution. */
  readonly skipped: number;
  /** How many entries are malformed, which were left out, and where the first few are: `files[3].hashes`. */
  readonly unreadable?: { readonly count: number; readonly first: readonly string[] };
}

export interface ProjectStatus {
  readonly status: "active" | "archived" | "quarantined" | "deprecated";
  readonly reason?: string;
}

export interface PageSource {
  readonly contentType: string | undefined;
  /** The final URL, after redirects: links are relative to it. */
  readonly url: string;
}
