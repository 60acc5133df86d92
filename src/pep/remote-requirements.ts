// What a requirements file that came over the network may say: it has the authority of its server, not of this machine. It
// names no file, folder or variable of this machine.

import type { LineOptions } from "./requirements-options.ts";

/** Whether a requirements file was fetched. */
export function isRemoteFile(file: string): boolean {
  return NETWORK.test(file);
}

/** A line of a requirements file, as far as it may reach for this machine. */
export interface ReachingLine {
  /** Its whole text, before variables are filled in. */
  readonly text: string;
  readonly requirement: string;
  /** What it includes, resolved. */
  readonly included: string | undefined;
  readonly options: LineOptions;
}

/** Why a file from the network must not have this line; undefined where it may. */
export function localReach({ text, requirement, included, options }: ReachingLine): string | undefined {
  if (included !== undefined && !NETWORK.test(included))
    return `${SUBJECT} includes the local file \`${included}\``;
  const variable = VARIABLE.exec(text)?.[0];
  if (variable !== undefined) return `${SUBJECT} uses the environment variable \`${variable}\``;
  const places = [...options.findLinks, ...options.extraIndexUrls, options.indexUrl];
  const local = places.find((place) => place !== undefined && !NETWORK.test(place));
  if (local !== undefined) return `${SUBJECT} names the local folder \`${local}\``;
  return isLocal(requirement, options) ? `${SUBJECT} names the local path \`${requirement}\`` : undefined;
}

function isLocal(requirement: string, options: LineOptions): boolean {
  if (requirement === "") return false;
  const url = NAMED_URL.exec(requirement)?.[1] ?? requirement;
  if (FILE_URL.test(url)) return true;
  if (SCHEME.test(url)) return false;
  const head = url.split(/[\s;[]/, 1)[0] ?? "";
  return options.editable !== undefined || head.startsWith(".") || /[/\\]/.test(head) || ARCHIVE.test(head);
}

const SUBJECT = "a file from the network cannot be used that";
const NETWORK = /^https?:\/\//i;
const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;
const FILE_URL = /^(?:[a-z]+\+)?file:/i;
const NAMED_URL = /^[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(?:\[[^\]]*\][ \t]*)?@[ \t]*(\S+)/;
const ARCHIVE = /\.(?:whl|zip|tar|tgz|tbz|tar\.[A-Za-z0-9]+)$/i;
const VARIABLE = /\$\{[A-Z0-9_]+\}/;
