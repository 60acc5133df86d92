// What a source reaches, and who may name it. Authority belongs to the origin of an entry, not to its format or spelling: what
// came over the network speaks for its server, and names only what is on the network.

import { PinionError } from "../errors.ts";
import { redactUrl } from "../net/url.ts";
import type { Source } from "./source.ts";

/**
 * Whether a source is on the network. Everything else is on this machine: folders, `file:` URLs, repositories that git
 * reaches in a way that is not listed here.
 */
export function isOnNetwork(source: Source): boolean {
  if (source.kind === "directory" || !URL.canParse(source.url)) return false;
  const { protocol, hostname } = new URL(source.url);
  return hostname !== "" && (source.kind === "git" ? REPOSITORIES : FILES).has(protocol);
}

/**
 * Refuses a source that is not on the network.
 *
 * @param namedBy what came over the network and names it, as messages show it
 * @throws requirement/local-path
 */
export function refuseLocalSource(source: Source, namedBy: string): void {
  if (isOnNetwork(source)) return;
  const url = redactUrl(source.url);
  throw new PinionError(
    "requirement/local-path",
    `\`${namedBy}\` comes from the network and must not name the local path \`${url}\``,
    {
      details: { namedBy, url },
      hints: ["Download the file that names it, and install from the local copy"],
    },
  );
}

const FILES: ReadonlySet<string> = new Set(["http:", "https:"]);
const REPOSITORIES: ReadonlySet<string> = new Set([...FILES, "ssh:", "git:"]);
