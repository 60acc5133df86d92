// Sources as requirements write them: programs hand over values, and they are read like everything else.

import type { Source } from "./source.ts";

/** What a requirement for a source says: `flask==3.0`, `flask @ git+https://…@commit#subdirectory=core`, or a URL. */
export function requirementTextOf(source: Source): string {
  const { name, version } = source;
  const isListed = source.kind === "index" || (source.kind === "sdist" && source.listing !== undefined);
  if (isListed && name !== undefined && version !== undefined) return `${name}==${version}`;
  const url = urlOf(source);
  // An editable is named only by its folder.
  return name === undefined || (source.kind === "directory" && source.isEditable) ? url : `${name} @ ${url}`;
}

function urlOf(source: Source): string {
  const hashes = "hashes" in source ? Object.entries(source.hashes) : [];
  const subdirectory = "subdirectory" in source ? source.subdirectory : undefined;
  const parts = [
    ...(subdirectory === undefined ? [] : [`subdirectory=${encodeURI(subdirectory)}`]),
    ...hashes.map(([algorithm, value]) => `${algorithm}=${value}`),
  ];
  const fragment = parts.length === 0 ? "" : `#${parts.join("&")}`;
  if (source.kind !== "git") return `${source.url}${fragment}`;
  const revision = source.commit ?? source.reference;
  return `git+${source.url}${revision === undefined ? "" : `@${encodeURI(revision)}`}${fragment}`;
}
