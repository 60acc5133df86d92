// Whether the beginning of an answer is a page of a package index (PEP 503, 629, 691), so that a login page or a page of
// a web filter is not taken for one because it has a link.

import { isValidName, normalizeName } from "../../pep/name.ts";

export interface RecognizedIndex {
  readonly format: "json" | "html";
  /** PEP 629; absent where the page does not say. */
  readonly apiVersion?: string;
}

/** What kind of page of an index begins like this; undefined for any other answer. */
export function recognizeIndex(
  beginning: string,
  contentType: string | undefined,
): RecognizedIndex | undefined {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const start = beginning.trimStart();
  if (start.startsWith("{")) return recognizeJson(start, type);
  const apiVersion = REPOSITORY_VERSION.exec(start)?.[1];
  const isIndex = HTML_TYPE.test(type) || apiVersion !== undefined || isPlainList(start);
  return isIndex ? { format: "html", ...(apiVersion === undefined ? {} : { apiVersion }) } : undefined;
}

function recognizeJson(start: string, type: string): RecognizedIndex | undefined {
  const apiVersion = /"api-version"\s*:\s*"(\d+\.\d+)"/.exec(start)?.[1];
  if (apiVersion === undefined && !JSON_TYPE.test(type)) return undefined;
  return { format: "json", ...(apiVersion === undefined ? {} : { apiVersion }) };
}

/** PEP 503 asks for links to projects or files and for nothing else; a page for people has forms, scripts or frames. */
function isPlainList(start: string): boolean {
  if (/<(?:form|script|iframe|input)\b/i.test(start)) return false;
  if (HEADING.test(start)) return true;
  return Array.from(start.matchAll(LINK)).some(([, attributes = "", text = ""]) => {
    const href = HREF.exec(attributes)?.[1];
    return href !== undefined && isIndexLink(href, text.trim());
  });
}

/** A link to a distribution, or one to a project whose text is its name; such a URL ends with `/` (PEP 503). */
function isIndexLink(href: string, text: string): boolean {
  const path = href.split(/[?#]/, 1)[0] ?? "";
  if (DISTRIBUTION.test(path)) return true;
  const last = path.split("/").at(-2) ?? "";
  return (
    path.endsWith("/") &&
    isValidName(text) &&
    isValidName(last) &&
    normalizeName(last) === normalizeName(text)
  );
}

const REPOSITORY_VERSION =
  /<meta[^>]{0,100}name=["']pypi:repository-version["'][^>]{0,100}content=["'](\d+\.\d+)/i;
/** As pypi.org, devpi, pypiserver, Artifactory and Nexus head their pages. */
const HEADING = /<(?:title|h1)[^>]{0,100}>\s*(?:Links for\b|Simple index\b)/i;
// In two steps, so that what looks like the start of many links is looked at once.
const LINK = /<a(\s[^<>]{0,3000})>([^<]{0,300})/gi;
const HREF = /href=["']?([^"'\s]{1,2000})/i;
const DISTRIBUTION = /\.(?:whl|tar\.gz|zip|tgz|tar\.bz2)$/i;
const JSON_TYPE = /^application\/vnd\.pypi\.simple\.\w+\+json$/;
const HTML_TYPE = /^application\/vnd\.pypi\.simple\.\w+\+html$/;
