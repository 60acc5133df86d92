// A chosen file as something to fetch.

import { redactUrl } from "../../net/url.ts";
import type { LinkedWheel } from "../../sources/fetching/linked-wheel.ts";
import type { ChosenFile } from "./select.ts";

/** The file with the name of the index that states its hashes. */
export function fileLinkOf(file: ChosenFile): LinkedWheel {
  const { url, cacheControl } = file.index;
  return {
    ...file,
    statedBy: `the index \`${redactUrl(url)}\``,
    listedBy: url,
    cacheControl: cacheControl?.files,
  };
}
