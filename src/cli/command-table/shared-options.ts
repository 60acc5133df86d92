// Options of their own that several commands have in common.

import type { CommandOption } from "../grammar/command.ts";

/** What `install` and `sync` share: a look at what would change, and the change as a document. */
export const REPORTING: readonly CommandOption[] = [
  { flag: "--dry-run", summary: "Show what would change without changing anything" },
  {
    flag: "--check",
    summary: "Like `--dry-run`, and exit with 1 if something would change",
    excludes: ["--dry-run"],
  },
  {
    flag: "--output-format <OUTPUT_FORMAT>",
    summary: "Print the changes to stdout as `json`, in uv's form",
    choices: ["text", "json"],
  },
];

export const EDITABLE: CommandOption = {
  flag: "-e, --editable <EDITABLE>",
  summary: "Install this project in place: changes of its code take effect at once",
  isRepeatable: true,
};
