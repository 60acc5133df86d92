// `pinion cache dir` and `pinion cache clean`.

import { existsSync } from "node:fs";
import { hasOption, type CommandContext, type ExitCode } from "../command.ts";
import { cacheDirectory } from "../installer-options.ts";
import { count, formatBytes } from "../text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  if (context.words.at(-1) === "clean") return await clean(context);
  context.output.print(context.output.resultStyle("path", cacheDirectory(context)));
  return 0;
}

async function clean(context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const directory = cacheDirectory(context);
  if (!existsSync(directory)) {
    output.status(`No cache found at: ${directory}`);
    return 0;
  }
  const names = context.arguments;
  if (names.length === 0) output.status(`Clearing cache at: ${directory}`);
  const { cleanCache } = await import("../../store/clean.ts");
  const { files, bytes } = await cleanCache(directory, {
    ...(names.length === 0 ? {} : { names }),
    isForced: hasOption(context, "force"),
    onWait: () =>
      output.status(
        "Cache is currently in-use, waiting for other processes to finish (use `--force` to override)",
      ),
    signal,
  });
  output.status(
    files === 0 ? "No cache entries found" : `Removed ${count(files, "file")} (${formatBytes(bytes)})`,
  );
  return 0;
}
