// Reads a project's page in HTML (PEP 503, with 592, 629, 658, 714 and 792 as attributes and meta elements).

import { PinionError } from "../../errors.ts";
import { excerpt, redactUrl } from "../../net/url.ts";
import { hashesOfFragment } from "../../pep/hashes.ts";
import type { Pausing } from "../../base/work/turns.ts";
import { recognizeIndex } from "./index-recognition.ts";
import {
  AddressRoom,
  checkEntryCount,
  ENTRIES_PER_PAUSE,
  MAX_ADDRESS_LENGTH,
  MAX_TEXT_LENGTH,
  shortReason,
  UnreadableEntries,
} from "./page-bounds.ts";
import { PageLinks } from "./page-link.ts";
import { checkApiVersion, knownStatus } from "./simple-json.ts";
import type { DistributionFile, PageSource, ProjectPage } from "./project-page.ts";
import { readStartTags, type Attributes } from "./start-tags.ts";

/**
 * Reads a page in HTML: each anchor with a usable `href` is a file.
 *
 * @throws index/malformed-page, index/not-an-index (a login form)
 */
export function* parseHtmlPage(body: string, source: PageSource): Pausing<ProjectPage> {
  const found = yield* readElements(body, source.url);
  const apiVersion = checkApiVersion(found.metas.get(API_VERSION) ?? "1.0", source.url);
  const projectStatus = knownStatus(found.metas.get(STATUS), found.metas.get(STATUS_REASON));
  const links = new PageLinks(source.url, baseUrl(found.base, source.url));
  const anchors = projectStatus?.status === "quarantined" ? [] : found.anchors;
  const files: DistributionFile[] = [];
  const unreadable = new UnreadableEntries(source.url);
  const room = new AddressRoom(source.url);
  for (const [index, anchor] of anchors.entries()) {
    if (index % ENTRIES_PER_PAUSE === 0) yield;
    const overlong = overlongIn(anchor);
    const file = overlong === undefined ? fileOf(anchor, links) : undefined;
    if (overlong !== undefined) unreadable.add(`a[${index}].${overlong}`);
    if (file === undefined) continue;
    room.add(file);
    files.push(file);
  }
  if (!files.some((file) => DISTRIBUTION.test(file.filename))) {
    const title = titleOf(body);
    if (found.hasLoginForm) throw loginPage(source, title);
    if (title !== undefined && isForPeople(body, title, source)) throw otherPage(source, title);
  }
  const tracks = found.tracks;
  const alternateLocations = found.alternateLocations;
  return {
    files,
    apiVersion,
    ...(projectStatus === undefined ? {} : { projectStatus }),
    ...(tracks.length === 0 ? {} : { tracks }),
    ...(alternateLocations.length === 0 ? {} : { alternateLocations }),
    skipped: anchors.length - files.length,
    ...unreadable.found,
  };
}

interface Elements {
  readonly anchors: Anchor[];
  readonly metas: Map<string, string>;
  readonly tracks: string[];
  readonly alternateLocations: string[];
  base: string | undefined;
  hasLoginForm: boolean;
}

/** What an anchor says of its file; a later `base` may say to what its URL is relative. */
interface Anchor {
  readonly href: string;
  readonly requiresPython: string | undefined;
  readonly yanked: string | undefined;
  readonly metadata: string | undefined;
  readonly signature: string | undefined;
  readonly provenance: string | undefined;
}

function* readElements(body: string, pageUrl: string): Pausing<Elements> {
  const elements: Elements = {
    anchors: [],
    metas: new Map(),
    tracks: [],
    alternateLocations: [],
    base: undefined,
    hasLoginForm: false,
  };
  yield* readStartTags(body, {
    elements: ELEMENTS,
    attributes: ATTRIBUTES,
    // One more than is read, by which it is seen to be too long.
    longestValue: MAX_ADDRESS_LENGTH + 1,
    onTag(name, attributes) {
      if (name === "a") {
        const anchor = anchorOf(attributes);
        if (anchor.href !== "") elements.anchors.push(anchor);
      } else if (name === "base") {
        // HTML: of several base elements the first with an href counts.
        elements.base ??= attributes.get("href");
      } else if (name === "meta") {
        readMeta(attributes, elements);
      } else if (attributes.get("type")?.toLowerCase() === "password") {
        elements.hasLoginForm = true;
      }
      const { anchors, tracks, alternateLocations } = elements;
      checkEntryCount(anchors.length + tracks.length + alternateLocations.length, pageUrl);
    },
  });
  return elements;
}

function anchorOf(attributes: Attributes): Anchor {
  return {
    href: attributes.get("href") ?? "",
    requiresPython: attributes.get("data-requires-python"),
    yanked: attributes.get("data-yanked"),
    metadata: attributes.get("data-core-metadata") ?? attributes.get("data-dist-info-metadata"),
    signature: attributes.get("data-gpg-sig"),
    provenance: attributes.get("data-provenance"),
  };
}

/** The attribute for which the file is left out: what is cut may be the part that matters. */
function overlongIn({ href, requiresPython, metadata }: Anchor): string | undefined {
  if (href.length > MAX_ADDRESS_LENGTH) return "href";
  if (requiresPython !== undefined && requiresPython.length > MAX_TEXT_LENGTH) return "data-requires-python";
  return metadata !== undefined && metadata.length > MAX_TEXT_LENGTH ? "data-core-metadata" : undefined;
}

function readMeta(attributes: Attributes, elements: Elements): void {
  const name = attributes.get("name")?.toLowerCase() ?? "";
  const content = attributes.get("content") ?? "";
  if (name === "pypi:tracks") elements.tracks.push(content);
  else if (name === "pypi:alternate-locations") elements.alternateLocations.push(content);
  else if (META_NAMES.has(name)) elements.metas.set(name, content.trim());
}

function fileOf(anchor: Anchor, links: PageLinks): DistributionFile | undefined {
  const { href, requiresPython, yanked, metadata, signature, provenance } = anchor;
  const link = links.resolve(href);
  if (link?.filename === undefined || link.filename === "") return undefined;
  return {
    filename: link.filename,
    url: link.url,
    hashes: link.hashes,
    ...(requiresPython === undefined || requiresPython === "" ? {} : { requiresPython }),
    // PEP 592: the attribute by itself yanks; its value is the reason.
    yanked: yanked === undefined ? false : shortReason(yanked),
    metadata: metadataOf(metadata),
    ...(signature === undefined ? {} : { hasSignature: signature === "true" }),
    ...(provenance === undefined || provenance.length > MAX_ADDRESS_LENGTH ? {} : { provenance }),
  };
}

// PEP 658: `true`, or `<algorithm>=<digest>`.
function metadataOf(value: string | undefined): DistributionFile["metadata"] {
  if (value === undefined || value === "false") return false;
  const hashes = hashesOfFragment(value.trim());
  return Object.keys(hashes).length === 0 ? true : hashes;
}

/** What a page says that its links are relative to; a page from the network cannot move them to another scheme. */
function baseUrl(text: string | undefined, pageUrl: string): string {
  if (text === undefined || !URL.canParse(text.trim(), pageUrl)) return pageUrl;
  const base = new URL(text.trim(), pageUrl);
  const isLocal = pageUrl.startsWith("file:");
  return isLocal || base.protocol === "https:" || base.protocol === new URL(pageUrl).protocol
    ? base.href
    : pageUrl;
}

/** A page of a gateway or a portal: it has a title, and nothing of an index. A list of a folder does not count. */
function isForPeople(body: string, title: string, { contentType }: PageSource): boolean {
  return !FOLDER.test(title) && recognizeIndex(body.slice(0, BEGINNING_LENGTH), contentType) === undefined;
}

function titleOf(body: string): string | undefined {
  const title = /<title[^>]{0,100}>([^<]{1,200})/i.exec(body.slice(0, BEGINNING_LENGTH))?.[1];
  return title === undefined || title.trim() === "" ? undefined : excerpt(title);
}

function loginPage(source: PageSource, title: string | undefined): PinionError {
  const url = redactUrl(source.url);
  const named = title === undefined ? "" : `, the page \`${title}\`,`;
  return new PinionError(
    "index/not-an-index",
    `\`${url}\` is a login form${named} instead of a page of files`,
    {
      details: { url, title },
      hints: [
        "Give credentials for the index, or check whether a captive portal or proxy answers in its place",
      ],
    },
  );
}

function otherPage(source: PageSource, title: string): PinionError {
  const url = redactUrl(source.url);
  return new PinionError(
    "index/not-an-index",
    `\`${url}\` answers with the page \`${title}\` instead of a page of files`,
    {
      details: { url, title },
      hints: [
        "A proxy, a web filter or a captive portal may answer in place of the index, or the URL of the index is wrong: most end in `/simple/`",
      ],
    },
  );
}

/** How Apache, nginx and Python head the list of a folder. */
const FOLDER = /^\s*(?:index of|directory listing)\b/i;
const BEGINNING_LENGTH = 64 * 1024;
const DISTRIBUTION = /\.(whl|tar\.gz|zip|tgz|tar\.bz2)$/i;

const ELEMENTS: ReadonlySet<string> = new Set(["a", "base", "meta", "input"]);
const ATTRIBUTES: ReadonlySet<string> = new Set([
  "href",
  "data-requires-python",
  "data-yanked",
  "data-core-metadata",
  "data-dist-info-metadata",
  "data-gpg-sig",
  "data-provenance",
  "name",
  "content",
  "type",
]);
const API_VERSION = "pypi:repository-version";
const STATUS = "pypi:project-status";
const STATUS_REASON = "pypi:project-status-reason";
const META_NAMES: ReadonlySet<string> = new Set([API_VERSION, STATUS, STATUS_REASON]);
