// Renders the pages of a Simple index: PEP 503 HTML and PEP 691 JSON with the fields of PEP 592, 658, 700 and 714.

import { hash } from "node:crypto";

/** A distribution as the laboratory's index offers it. A field that lies is how a page is made to lie. */
export interface IndexFile {
  readonly filename: string;
  readonly bytes: Buffer;
  /** Normalised name of the project. */
  readonly name: string;
  readonly version: string;
  readonly requiresPython?: string | undefined;
  /** The digest that the page states. */
  readonly sha256: string;
  /** METADATA that is served beside the file; undefined where the index offers none. */
  readonly metadata?: string | undefined;
  readonly yanked?: boolean | string;
  /** ISO 8601. */
  readonly uploadTime?: string;
}

export type PageFormat = "html" | "json";

export const PAGE_TYPES: Readonly<Record<PageFormat, string>> = {
  html: "text/html; charset=utf-8",
  json: "application/vnd.pypi.simple.v1+json",
};

/** The list of all projects. */
export function renderProjectList(names: readonly string[], format: PageFormat): string {
  if (format === "json") {
    return JSON.stringify({ meta: META, projects: names.map((name) => ({ name })) });
  }
  return document(
    "Simple index",
    names.map((name) => `<a href="${name}/">${name}</a><br>`),
  );
}

/** One project's page; `fileUrl` gives the URL of a file. */
export function renderProjectPage(
  name: string,
  files: readonly IndexFile[],
  options: { readonly format: PageFormat; readonly fileUrl: (file: IndexFile) => string },
): string {
  const { format, fileUrl } = options;
  if (format === "html") {
    return document(
      `Links for ${name}`,
      files.map((file) => link(file, fileUrl(file))),
    );
  }
  return JSON.stringify({
    meta: META,
    name,
    versions: [...new Set(files.map(({ version }) => version))],
    files: files.map((file) => ({
      filename: file.filename,
      url: fileUrl(file),
      hashes: { sha256: file.sha256 },
      size: file.bytes.length,
      "upload-time": file.uploadTime ?? UPLOADED,
      yanked: file.yanked ?? false,
      ...(file.requiresPython !== undefined && { "requires-python": file.requiresPython }),
      ...(file.metadata !== undefined && { "core-metadata": { sha256: metadataDigest(file.metadata) } }),
    })),
  });
}

function link(file: IndexFile, url: string): string {
  const attributes = [`href="${escapeHtml(`${url}#sha256=${file.sha256}`)}"`];
  if (file.requiresPython !== undefined)
    attributes.push(`data-requires-python="${escapeHtml(file.requiresPython)}"`);
  if (file.yanked !== undefined && file.yanked !== false)
    attributes.push(`data-yanked="${file.yanked === true ? "" : escapeHtml(file.yanked)}"`);
  if (file.metadata !== undefined) {
    const digest = `sha256=${metadataDigest(file.metadata)}`;
    attributes.push(`data-core-metadata="${digest}"`, `data-dist-info-metadata="${digest}"`);
  }
  return `<a ${attributes.join(" ")}>${escapeHtml(file.filename)}</a><br>`;
}

function document(title: string, lines: readonly string[]): string {
  return `<!DOCTYPE html>
<html>
  <head><meta name="pypi:repository-version" content="1.1"><title>${escapeHtml(title)}</title></head>
  <body>
    <h1>${escapeHtml(title)}</h1>
    ${lines.join("\n    ")}
  </body>
</html>
`;
}

function metadataDigest(metadata: string): string {
  return hash("sha256", metadata, "hex");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const META = { "api-version": "1.1" };
const UPLOADED = "2026-01-02T03:04:05.000000Z";
