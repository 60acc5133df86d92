// What a person may point the doctor at: the name of an index, a URL, a host with or without a port.

import { withoutTrailingSlashes } from "../../base/text/trailing-slashes.ts";
import { PinionError } from "../../errors.ts";
import { bareUrl, excerpt, parseHttpUrl, redactUrl, shownValue } from "../../net/url.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { TargetReport } from "./examination.ts";

export interface Target extends TargetReport {
  /** With the credentials that were written into it. */
  readonly address: URL;
}

/** The index of a configuration as a target; undefined for a folder on this machine. */
export function indexTarget(location: IndexLocation): Target | undefined {
  const address = new URL(location.url);
  if (address.protocol === "file:") return undefined;
  if (location.kind === "simple" && !address.pathname.endsWith("/")) address.pathname += "/";
  const url = redactUrl(address);
  return {
    text: location.name ?? url,
    kind: location.kind === "simple" ? "index" : "address",
    url,
    address,
    ...(location.name === undefined ? {} : { name: location.name }),
    origin: location.origin,
  };
}

/**
 * Reads `NAME` of a configured index, `HOST`, `HOST:PORT`, `[IPV6]:PORT` or an `http(s)` address.
 *
 * @throws `net/invalid-url`
 */
export function parseTarget(text: string, indexes: readonly IndexLocation[] = []): Target {
  const named = indexes.find((index) => index.name === text);
  const target = named === undefined ? undefined : indexTarget(named);
  if (target !== undefined) return target;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    if (/^[\w-]+$/.test(text) && text.toLowerCase() !== "localhost") throw noSuchIndex(text, indexes);
    return hostTarget(text);
  }
  const address = parseHttpUrl(text);
  const known = indexes.find((index) => isSamePage(index.url, address));
  const configured = known === undefined ? undefined : indexTarget(known);
  if (configured !== undefined) return { ...configured, text: redactUrl(text), address };
  const isIndex = /\/simple\/?$/.test(address.pathname);
  if (isIndex && !address.pathname.endsWith("/")) address.pathname += "/";
  return { text: redactUrl(text), kind: isIndex ? "index" : "address", url: shown(address), address };
}

/** A single word is the name of an index; no name server is asked about a typing mistake. */
function noSuchIndex(text: string, indexes: readonly IndexLocation[]): PinionError {
  const names = indexes.flatMap(({ name }) => (name === undefined ? [] : [`\`${name}\``]));
  const known =
    names.length === 0 ? "no configured index has a name" : `the named ones are ${names.join(", ")}`;
  return new PinionError("net/invalid-url", `\`${excerpt(text)}\` is neither a configured index nor a URL`, {
    hints: [known, `for the host of that name, write \`https://${excerpt(text)}/\``],
  });
}

function hostTarget(text: string): Target {
  const isBareAddress = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(text);
  const written = `https://${isBareAddress ? `[${text}]` : text}/`;
  const address = URL.canParse(written) ? new URL(written) : undefined;
  const isHost = address !== undefined && address.pathname === "/" && address.search === "";
  if (!isHost || address.hostname === "" || address.username !== "" || address.hash !== "") {
    throw new PinionError("net/invalid-url", `Cannot examine \`${shownValue(text)}\`: it is not a host`, {
      hints: ["name a host, `HOST:PORT`, an `https://` address, or an index of your configuration"],
    });
  }
  return { text: redactUrl(text), kind: "host", url: address.href, address };
}

function isSamePage(url: string, address: URL): boolean {
  const plain = (other: URL): string => withoutTrailingSlashes(bareUrl(other).href);
  return URL.canParse(url) && plain(new URL(url)) === plain(address);
}

function shown(address: URL): string {
  return redactUrl(bareUrl(address));
}
