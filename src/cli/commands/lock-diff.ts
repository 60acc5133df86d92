// `pinion lock diff`: what changed between two lock files, for a person or a pull request.

import { diffLocks, type LockChange } from "../../lock/diff.ts";
import { excerpt, redactUrl } from "../../net/url.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import type { Output } from "../screen/output.ts";
import { count } from "../screen/text.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const [before = "", after = ""] = context.arguments;
  const [old, current] = await withInstaller(
    context,
    async ({ installer }) =>
      await Promise.all([installer.readLock(before, { signal }), installer.readLock(after, { signal })]),
  );
  const changes = diffLocks(old.lock, current.lock);
  if (output.isJson || textOption(context, "outputFormat") === "json") output.json({ changes });
  else printDiff(changes, output);
  return 0;
}

function printDiff(changes: readonly LockChange[], output: Output): void {
  for (const change of changes) output.result(lineOf(change, output));
  const packages = new Set(changes.map(({ name }) => name)).size;
  output.status(packages === 0 ? "No changes" : `${count(packages, "package")} changed`);
}

function lineOf(change: LockChange, output: Output): string {
  const name = output.resultStyle("name", change.name);
  const join = (versions: readonly string[]): string => versions.join(", ");
  switch (change.kind) {
    case "added":
      return `${output.resultStyle("added", "+")} ${name} ${join(change.versions)}`;
    case "removed":
      return `${output.resultStyle("removed", "-")} ${name} ${join(change.versions)}`;
    case "version":
      return `${output.resultStyle("changed", "~")} ${name} ${join(change.old)} -> ${join(change.new)}${change.direction === "downgrade" ? " (downgrade)" : ""}`;
    case "source":
      return `${output.resultStyle("changed", "~")} ${name} ${change.version}: comes from ${shown(change.new)}, before from ${shown(change.old)}`;
    case "index":
      return `${output.resultStyle("changed", "~")} ${name} ${change.version}: index ${shown(change.old)} -> ${shown(change.new)}`;
    case "marker":
      return `${output.resultStyle("changed", "~")} ${name} ${change.version}: marker ${quoted(change.old)} -> ${quoted(change.new)}`;
    case "files":
      return [
        ...change.changed.map(
          (file) =>
            `${output.resultStyle("removed", "!")} ${name} ${change.version}: ${shown(file.filename)} has another hash: ${file.old} -> ${file.new}`,
        ),
        ...(change.added.length + change.removed.length === 0
          ? []
          : [
              `${output.resultStyle("changed", "~")} ${name} ${change.version}: ${count(change.added.length, "file")} added, ${count(change.removed.length, "file")} removed`,
            ]),
      ].join("\n");
  }
}

function quoted(marker: string): string {
  return marker === "" ? "always" : `\`${marker}\``;
}

/** A lock file is another person's text: no password and no control character of it reaches the screen. */
function shown(place: string): string {
  return excerpt(redactUrl(place));
}
