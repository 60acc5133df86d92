// Distributions named by an address or a path instead of a name (PEP 508 `name @ url`, PEP 610): what they point at,
// and what is recorded about where they came from.

import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import type { DirectUrl } from "../pep/direct-url.ts";
import { parseWheelFilename, type WheelFilename } from "../pep/filename.ts";
import { filePathOf, fragmentHashes, lastSegment } from "./page-link.ts";

/** A wheel somewhere else than on an index. */
export interface DirectWheel {
  readonly filename: WheelFilename;
  /** Absolute, http(s) or file, without credentials and fragment: fit for messages, keys and records. */
  readonly url: string;
  /** As `url`, with the credentials that were given: only for the request, never shown or stored. */
  readonly requestUrl: string;
  /** The path of a local wheel. */
  readonly path: string | undefined;
  /** Digests that the fragment states. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly subdirectory: string | undefined;
}

/**
 * Reads an address or a path that must lead to a wheel.
 *
 * @throws build/unsupported for repositories, folders and source distributions; net/invalid-url; wheel/invalid-filename
 *
 * @example
 * parseDirectWheel("https://files.example/flask-3.0.0-py3-none-any.whl#sha256=ab…", { directory: "/home/ada" })
 */
export function parseDirectWheel(text: string, options: { readonly directory: string }): DirectWheel {
  const url = parseTarget(text.trim(), options.directory);
  const fragment = url.hash;
  const requestUrl = new URL(url);
  requestUrl.hash = "";
  const shown = new URL(requestUrl);
  shown.username = "";
  shown.password = "";
  const segment = lastSegment(url.pathname);
  if (segment === undefined || !segment.endsWith(".whl")) throw notAWheel(url, segment ?? "");
  const subdirectory = new URLSearchParams(fragment.slice(1)).get("subdirectory") ?? undefined;
  return {
    filename: parseWheelFilename(segment),
    url: shown.href,
    requestUrl: requestUrl.href,
    path: url.protocol === "file:" ? filePathOf(url.href) : undefined,
    hashes: fragmentHashes(fragment),
    subdirectory,
  };
}

/** What `direct_url.json` says about an installed direct wheel; `sha256` is that of its verified bytes. */
export function directUrlOf(wheel: Pick<DirectWheel, "url" | "subdirectory">, sha256: string): DirectUrl {
  return {
    kind: "archive",
    url: wheel.url,
    ...(wheel.subdirectory === undefined ? {} : { subdirectory: wheel.subdirectory }),
    hashes: { sha256 },
  };
}

function parseTarget(text: string, directory: string): URL {
  const scheme = isAbsolute(text) ? undefined : SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return pathToFileURL(resolve(directory, text));
  if (VERSION_CONTROL.test(scheme)) throw unsupported(text, "it is a repository");
  if (!SUPPORTED.has(scheme) || !URL.canParse(text))
    throw new PinionError(
      "net/invalid-url",
      `Cannot install from \`${redactUrl(text)}\`: the address is not usable`,
      {
        details: { scheme },
        hints: ["Name an `https://` or `file://` address, or a path"],
      },
    );
  // RFC 8089 knows no relative addresses, but people write them.
  if (RELATIVE_FILE.test(text))
    return new URL(text.slice("file:".length), `${pathToFileURL(directory).href}/`);
  const url = new URL(text);
  if (scheme === "file" && url.host !== "") throw unsupported(text, "it is on another machine");
  return url;
}

function notAWheel(url: URL, segment: string): PinionError {
  if (SOURCE_ARCHIVE.test(segment)) return unsupported(url.href, "it is a source distribution");
  return unsupported(
    url.href,
    url.protocol === "file:" ? "it is not a wheel" : "its name does not end in `.whl`",
  );
}

function unsupported(text: string, reason: string): PinionError {
  return new PinionError(
    "build/unsupported",
    `Cannot install from \`${redactUrl(withoutFragment(text))}\`: ${reason}`,
    {
      details: { url: redactUrl(withoutFragment(text)), reason },
      hints: ["Pinion installs wheels; build one with `python -m build --wheel` and name it instead"],
    },
  );
}

function withoutFragment(text: string): string {
  return text.split("#", 1)[0]!;
}

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;
const RELATIVE_FILE = /^file:[^/\\]/i;
const SUPPORTED: ReadonlySet<string> = new Set(["http", "https", "file"]);
// pip's `vcs+scheme`, and bare schemes that only repositories have.
const VERSION_CONTROL = /^(git|hg|svn|bzr)(\+|$)/;
const SOURCE_ARCHIVE = /\.(tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz|tar\.zst|tar|zip)$/i;
