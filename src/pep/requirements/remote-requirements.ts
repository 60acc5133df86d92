// What a requirements file that came over the network may say: it has the authority of its server, not of this machine. It
// includes no file of this machine, and names none of its folders and variables. What its requirements name is judged where
// sources are made (`sources/reach`), for files of every format.

import type { LineOptions } from "./requirements-options.ts";

/** Whether the name of a file is a URL: such files are fetched, and all others are read from this machine. */
export function isRemoteFile(file: string): boolean {
  return NETWORK.test(file);
}

/** A line of a requirements file, as far as it may reach for this machine. */
export interface ReachingLine {
  /** Its whole text, before variables are filled in. */
  readonly text: string;
  /** What it includes, resolved. */
  readonly included: string | undefined;
  readonly options: LineOptions;
}

/** Why a file from the network must not have this line; undefined where it may. */
export function localReach({ text, included, options }: ReachingLine): string | undefined {
  if (included !== undefined && !NETWORK.test(included))
    return `${SUBJECT} includes the local file \`${included}\``;
  const variable = VARIABLE.exec(text)?.[0];
  if (variable !== undefined) return `${SUBJECT} uses the environment variable \`${variable}\``;
  return localFolderIn([...options.findLinks, ...options.extraIndexUrls, options.indexUrl]);
}

/** Why a file from the network must not name these places of distributions; undefined where it may. */
export function localFolderIn(places: readonly (string | undefined)[]): string | undefined {
  const local = places.find((place) => place !== undefined && !NETWORK.test(place));
  return local === undefined ? undefined : `${SUBJECT} names the local folder \`${local}\``;
}

const SUBJECT = "a file from the network cannot be used that";
const NETWORK = /^https?:\/\//i;
const VARIABLE = /\$\{[A-Z0-9_]+\}/;
