// `--refresh`: what is fetched again, whatever the cache holds.

export type RefreshPolicy =
  | { readonly kind: "all" }
  /** Normalised names of projects. */
  | { readonly kind: "projects"; readonly names: ReadonlySet<string> };

/** Whether a project, or for undefined a page with many, is fetched again. */
export function isRefreshed(refresh: RefreshPolicy | undefined, name: string | undefined): boolean {
  return refresh?.kind === "all" || (name !== undefined && refresh?.names.has(name) === true);
}
