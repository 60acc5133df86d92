// `--refresh`: what is asked for again, whatever the cache says.

export type RefreshPolicy =
  | { readonly kind: "all" }
  /** Normalised names of projects. */
  | { readonly kind: "projects"; readonly names: ReadonlySet<string> };

/** Whether a project, or for undefined a page with many, is asked for again. */
export function isRefreshed(refresh: RefreshPolicy | undefined, name: string | undefined): boolean {
  return refresh?.kind === "all" || (name !== undefined && refresh?.names.has(name) === true);
}
