// `pinion cache push | pull | export | import`: the files that a lock needs, moved as a whole (docs/fleet.md).

import { constants, createWriteStream, renameSync, rmSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";

import { firstFew } from "../../base/text/first-few.ts";
import type { LockFilesRequest, SkippedPackage } from "../../api/locks/lock-files.ts";
import { SKIPPED_BECAUSE } from "../../api/locks/lock-transfer.ts";
import { PinionError, systemCode } from "../../errors.ts";
import { temporaryName } from "../../base/files/atomic-file.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { findTarget } from "../requests/find-destination.ts";
import { lockRequest } from "../requests/lock-request.ts";
import { count, formatBytes } from "../screen/text.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  switch (context.words.at(-1) ?? "") {
    case "push":
      return await push(context);
    case "pull":
      return await pull(context);
    case "export":
      return await exportFiles(context);
    default:
      return await importFiles(context);
  }
}

async function push(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const request = await readRequest(context);
  const pushed = await withInstaller(context, ({ installer }) => installer.push(request));
  const { files, present, bytes, skipped } = pushed;
  if (output.isJson) output.json(pushed);
  tellSkipped(skipped, context);
  output.status(
    files === present
      ? `The shared cache holds ${count(files, "file")} already`
      : `Pushed ${count(files - present, "file")} (${formatBytes(bytes)})`,
  );
  return 0;
}

async function pull(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const request = await readRequest(context);
  const pulled = await withInstaller(context, ({ installer }) => installer.pull(request));
  const { files, present, shared, skipped } = pulled;
  if (output.isJson) output.json(pulled);
  tellSkipped(skipped, context);
  output.status(
    files === present
      ? `The cache holds ${count(files, "file")} already`
      : `Pulled ${count(files - present, "file")}, ${shared} from the shared cache`,
  );
  return 0;
}

async function exportFiles(context: CommandContext): Promise<ExitCode> {
  const { output, cwd } = context;
  const request = await readRequest(context);
  const named = textOption(context, "outputFile") ?? "";
  const path = resolve(cwd, named);
  const partial = join(dirname(path), temporaryName());
  try {
    await withInstaller(context, async ({ installer }) => {
      await pipeline(installer.exportFiles(request), createWriteStream(partial, { flags: "wx" }));
    });
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw explain(error, path);
  }
  const bytes = statSync(path).size;
  if (output.isJson) output.json({ path, bytes });
  output.status(`Wrote ${output.style("path", named)} (${formatBytes(bytes)})`);
  return 0;
}

async function importFiles(context: CommandContext): Promise<ExitCode> {
  const { output, cwd, signal } = context;
  const [named = ""] = context.arguments;
  const archive = await openArchive(resolve(cwd, named), named);
  try {
    const pieces = archive.createReadStream({ highWaterMark: PIECE_BYTES, autoClose: false });
    const imported = await withInstaller(context, ({ installer }) =>
      installer.importFiles(pieces, { signal }),
    );
    const { files, present, bytes } = imported;
    if (output.isJson) output.json(imported);
    output.status(`Imported ${count(files - present, "file")} of ${files} (${formatBytes(bytes)})`);
    return 0;
  } finally {
    await archive.close();
  }
}

/** @throws archive/not-found */
async function openArchive(path: string, shown: string): Promise<FileHandle> {
  try {
    // An open that waits for the other end of a pipe would hold the process.
    const archive = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if ((await archive.stat()).isFile()) return archive;
    await archive.close();
  } catch (cause) {
    const isMissing = systemCode(cause) === "ENOENT";
    throw new PinionError(
      "archive/not-found",
      isMissing ? `File not found: ${shown}` : `Cannot read the archive: ${shown}`,
      { details: { path }, cause: isMissing ? undefined : cause },
    );
  }
  throw new PinionError("archive/not-found", `The archive \`${shown}\` is not a regular file`, {
    details: { path },
  });
}

async function readRequest(context: CommandContext): Promise<LockFilesRequest> {
  const file = textOption(context, "lock") ?? "";
  const target = hasOption(context, "allPlatforms") ? undefined : await findTarget(context);
  return { ...lockRequest(context, file), target };
}

function tellSkipped(skipped: readonly SkippedPackage[], { output }: CommandContext): void {
  const warnings = firstFew(
    skipped,
    ({ name, reason }) => `Skipped \`${name}\`: ${SKIPPED_BECAUSE[reason]}`,
    (rest) => `Skipped ${rest} more packages`,
  );
  for (const warning of warnings) output.warn(warning);
}

/** What the system says of writing the archive. */
function explain(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (error instanceof PinionError || code === undefined) return error;
  return new PinionError("environment/unwritable", `Cannot write the archive: ${path}`, {
    details: { path, systemCode: code },
    cause: error,
  });
}

const PIECE_BYTES = 256 * 1024;
