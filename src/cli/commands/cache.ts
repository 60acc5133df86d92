// `pinion cache dir | size | clean | prune | verify`.

import { existsSync } from "node:fs";
import type { CacheAmount, ClearingOptions } from "../../store/cache/clean.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { cacheDirectory } from "../requests/installer-options.ts";
import { count, formatBytes } from "../screen/text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const directory = cacheDirectory(context);
  switch (context.words.at(-1) ?? "") {
    case "size":
      return await size(directory, context);
    case "clean":
      return await clean(directory, context);
    case "prune":
      return await prune(directory, context);
    case "verify":
      return await verify(directory, context);
    default:
      if (output.isJson) output.json({ directory });
      else output.print(output.resultStyle("path", directory));
      return 0;
  }
}

async function size(directory: string, context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const { measureCache } = await import("../../store/cache/clean.ts");
  const { files, bytes } = await measureCache(directory, context);
  if (output.isJson || textOption(context, "outputFormat") === "json")
    output.json({ directory, files, bytes });
  else output.result(hasOption(context, "human") ? formatBytes(bytes) : String(bytes));
  return 0;
}

async function clean(directory: string, context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const names = context.arguments;
  if (!existsSync(directory)) return tellMissing(directory, context);
  if (names.length === 0) output.status(`Clearing cache at: ${output.style("path", directory)}`);
  const { cleanCache } = await import("../../store/cache/clean.ts");
  const removed = await cleanCache(directory, {
    ...(names.length === 0 ? {} : { names }),
    ...clearing(context),
  });
  return tellRemoved(removed, "No cache entries found", context);
}

async function prune(directory: string, context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  if (!existsSync(directory)) return tellMissing(directory, context);
  output.status(`Pruning cache at: ${output.style("path", directory)}`);
  const { pruneCache } = await import("../../store/cache/clean.ts");
  const removed = await pruneCache(directory, { isCi: hasOption(context, "ci"), ...clearing(context) });
  return tellRemoved(removed, "No unused entries found", context);
}

async function verify(directory: string, context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  if (!existsSync(directory)) return tellMissing(directory, context);
  const { verifyWheels } = await import("../../store/cache/verify.ts");
  const depth = hasOption(context, "full") ? "full" : "quick";
  const { wheels, dropped } = await verifyWheels(directory, depth, { signal });
  if (output.isJson) output.json({ wheels, dropped });
  for (const filename of dropped)
    output.warn(`\`${filename}\` has changed since it was unpacked and was removed`);
  output.status(`Verified ${count(wheels, "wheel")}`);
  return 0;
}

function clearing(context: CommandContext): ClearingOptions {
  const { output, signal } = context;
  return {
    isForced: hasOption(context, "force"),
    onWait: () =>
      output.status(
        "Cache is currently in-use, waiting for other processes to finish (use `--force` to override)",
      ),
    signal,
  };
}

function tellMissing(directory: string, { output }: CommandContext): ExitCode {
  output.status(`No cache found at: ${output.style("path", directory)}`);
  return 0;
}

function tellRemoved(
  { files, folders, bytes }: CacheAmount,
  nothing: string,
  { output }: CommandContext,
): ExitCode {
  if (output.isJson) output.json({ files, folders, bytes });
  if (files > 0) output.status(`Removed ${count(files, "file")} (${formatBytes(bytes)})`);
  else if (folders > 0) output.status(`Removed ${folders === 1 ? "1 directory" : `${folders} directories`}`);
  else output.status(nothing);
  return 0;
}
