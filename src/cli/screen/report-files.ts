// What `pip download` and `pip wheel` say of the files that they brought into a folder.

import { relative } from "node:path";

import type { DownloadedFile } from "../../api/download.ts";
import { didLine, type Done } from "./changes.ts";
import type { CommandContext } from "../grammar/command.ts";

/** Prints how many files are new, and each of them; as JSON the files with their folder. */
export function reportFiles(
  files: readonly DownloadedFile[],
  { cwd, output }: CommandContext,
  {
    done,
    noun,
    folder,
    milliseconds,
  }: Pick<Done, "noun" | "milliseconds"> & { readonly done: string; readonly folder: string },
): void {
  const brought = files.filter(({ isNew }) => isNew).length;
  output.status(didLine(done, { count: brought, noun, milliseconds }, output));
  for (const { path, isNew } of files)
    output.status(` ${isNew ? output.style("added", "+") : output.style("dim", "=")} ${relative(cwd, path)}`);
  if (output.isJson) output.json({ folder, files });
}
