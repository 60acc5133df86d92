// `pinion lock verify`: whether the indexes still have what a lock file states.

import type { LockFinding } from "../../lock/verify.ts";
import { excerpt } from "../../net/url.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { count } from "../screen/text.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const [file = ""] = context.arguments;
  const verification = await withInstaller(context, async ({ installer }) => {
    const { lock } = await installer.readLock(file, { signal });
    return await installer.verifyLock(lock, { signal });
  });
  const { findings, packages, skipped } = verification;
  if (output.isJson || textOption(context, "outputFormat") === "json") output.json(verification);
  else for (const finding of findings) output.result(lineOf(finding));
  for (const name of skipped) output.status(`Skipped ${name}: it does not come from an index`);
  output.status(
    findings.length === 0
      ? `Verified ${count(packages, "package")}: every file is where the lock file says`
      : `Found ${count(findings.length, "difference")} in ${count(packages, "package")}`,
  );
  return findings.some(({ kind }) => kind !== "yanked") ? 1 : 0;
}

function lineOf(finding: LockFinding): string {
  const { name, version, index } = finding;
  const subject = `${name}==${version}`;
  switch (finding.kind) {
    case "project-missing":
      return `${subject}: the project is not on \`${index}\``;
    case "quarantined":
      return `${subject}: the project is quarantined on \`${index}\``;
    case "file-missing":
      return `${subject}: \`${finding.filename}\` is not on \`${index}\``;
    case "hash-changed":
      return `${subject}: \`${finding.filename}\` has another hash on \`${index}\`: locked ${finding.locked}, listed ${excerpt(finding.listed)}`;
    case "yanked": {
      const reason = finding.reason.trim() === "" ? "" : ` (reason: ${excerpt(finding.reason)})`;
      return `${subject}: yanked from \`${index}\`${reason}`;
    }
  }
}
