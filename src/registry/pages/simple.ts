// A project's page of a package index as values: PEP 503 (HTML) and 691 (JSON) with what 592, 629, 658, 700,
// 708, 714, 740 and 792 added. This file distinguishes the formats; `simple-html.ts` and `simple-json.ts` read them.

import type { ProjectPage, PageSource } from "./project-page.ts";
import { inTurns, type Turns } from "../../base/work/turns.ts";
import { PinionError } from "../../errors.ts";
import { excerpt, redactUrl } from "../../net/url.ts";
import { parseJsonPage } from "./simple-json.ts";

/**
 * Reads a page by its content type, and by its first character where the type says nothing.
 *
 * @throws index/not-an-index, index/malformed-page, net/cancelled
 */
export async function parseSimplePage(body: Buffer, source: PageSource, turns: Turns): Promise<ProjectPage> {
  const format = pageFormat(body, source.contentType);
  if (format === "json") return inTurns(parseJsonPage(body, source), turns);
  if (format === "other") {
    const url = redactUrl(source.url);
    const type = excerpt(source.contentType ?? "none");
    throw new PinionError(
      "index/not-an-index",
      `\`${url}\` is not a page of a package index: its content type is \`${type}\``,
      {
        details: { url, contentType: type },
        hints: [
          "Check the URL: the page of a project is below the index, as in `https://pypi.org/simple/flask/`",
        ],
      },
    );
  }
  // The HTML reader is loaded only for the indexes that lack JSON.
  const { parseHtmlPage } = await import("./simple-html.ts");
  return inTurns(parseHtmlPage(body.toString("utf8"), source), turns);
}

/** What is sent with every request for a page (PEP 691, "Version + format selection"). */
export const PAGE_ACCEPT: string =
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

type PageFormat = "json" | "html" | "other";

// Mirrors and plain file servers answer with any type, so an unhelpful type gives way to the first character.
function pageFormat(body: Buffer, contentType: string | undefined): PageFormat {
  const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (JSON_TYPES.has(type)) return "json";
  if (HTML_TYPES.has(type)) return "html";
  if (!VAGUE_TYPES.has(type)) return "other";
  const start = formatOf(body.toString("utf8", 0, START_BYTES));
  return start === "other" ? formatOf(body.toString("utf8")) : start;
}

function formatOf(text: string): PageFormat {
  const first = /[^\s\uFEFF]/.exec(text)?.[0];
  if (first === "{") return "json";
  return first === "<" ? "html" : "other";
}

/** In which nearly every page has its first character. */
const START_BYTES = 4096;

const JSON_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.pypi.simple.v1+json",
  "application/vnd.pypi.simple.latest+json",
  "application/json",
]);
const HTML_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.pypi.simple.v1+html",
  "application/vnd.pypi.simple.latest+html",
  "text/html",
  "application/xhtml+xml",
]);
const VAGUE_TYPES: ReadonlySet<string> = new Set([
  "",
  "text/plain",
  "application/octet-stream",
  "binary/octet-stream",
  "application/xml",
  "text/xml",
]);
