// Sources as messages name them: `flask==3.0`, `flask @ git+https://…@commit`, or a URL while there is no name.

import { redactUrl } from "../net/url.ts";
import type { BuildableSource } from "./source.ts";

/** Without credentials. */
export function showSource(source: BuildableSource): string {
  const { name, version } = source;
  if (source.kind === "sdist" && source.listing !== undefined && name !== undefined && version !== undefined)
    return `${name}==${version}`;
  const url = urlOf(source);
  return name === undefined ? url : `${name} @ ${url}`;
}

function urlOf(source: BuildableSource): string {
  const fragment = source.subdirectory === undefined ? "" : `#subdirectory=${source.subdirectory}`;
  const url = redactUrl(source.url);
  if (source.kind !== "git") return `${url}${fragment}`;
  const revision = source.commit ?? source.reference;
  return `git+${url}${revision === undefined ? "" : `@${revision}`}${fragment}`;
}
