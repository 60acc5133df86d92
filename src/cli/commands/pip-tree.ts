// `pinion pip tree`: what is installed, below what needs it.

import { targetOf } from "../../api/destination.ts";
import { Turns } from "../../base/work/turns.ts";
import { normalizeName } from "../../pep/name.ts";
import { hasOption, listOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { dependencyGraph, treeLines } from "../../inspect/dependency-tree.ts";
import { installedBytesOfAll } from "../../inspect/installed-bytes.ts";
import { tellLookedAt } from "../requests/find-destination.ts";
import { lookAtInstalled, warnIfStrict } from "../installed.ts";
import { invalidValue } from "../../settings/values/invalid-argument.ts";
import { formatBytes } from "../screen/text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const depth = parseDepth(textOption(context, "depth"));
  const looked = await lookAtInstalled(context);
  tellLookedAt(looked.destination, context);
  const newer = hasOption(context, "outdated")
    ? await (await import("../latest-versions.ts")).newerVersions(context, looked)
    : undefined;
  const sizes = hasOption(context, "showSizes")
    ? await installedBytesOfAll(looked.distributions, context.signal)
    : undefined;
  const options = {
    depth,
    pruned: new Set(listOption(context, "prune").map(normalizeName)),
    roots: listOption(context, "package").map(normalizeName),
    repeats: context.options["dedupe"] === false,
    isInverted: hasOption(context, "invert") || hasOption(context, "reverse"),
    showsSpecifiers: hasOption(context, "showVersionSpecifiers"),
    suffixOf: (name: string) => {
      const bytes = sizes?.get(name);
      const latest = newer?.get(name)?.version;
      return [
        ...(bytes === undefined ? [] : [` (${formatBytes(bytes)})`]),
        ...(latest === undefined ? [] : [` ${output.resultStyle("latest", `(latest: v${latest})`)}`]),
      ].join("");
    },
  };
  const target = targetOf(looked.destination);
  if (output.isJson) {
    const { nodes, ...graph } = dependencyGraph(looked.distributions, target, options);
    output.json({
      ...graph,
      nodes: nodes.map((node) => ({
        ...node,
        bytes: sizes?.get(node.name),
        latest: newer?.get(node.name)?.version,
      })),
    });
  } else {
    await print(treeLines(looked.distributions, target, options), context);
  }
  await warnIfStrict(context, looked);
  return 0;
}

async function print(lines: Iterable<string>, { output, signal }: CommandContext): Promise<void> {
  const turns = new Turns(signal);
  let waiting: string[] = [];
  for (const line of lines) {
    waiting.push(line);
    if (waiting.length < LINES_AT_ONCE) continue;
    output.print(waiting.join("\n"));
    waiting = [];
    if (turns.isDue) await turns.give();
  }
  if (waiting.length > 0) output.print(waiting.join("\n"));
}

function parseDepth(text: string | undefined): number {
  if (text === undefined) return DEEPEST;
  if (/^\d{1,3}$/.test(text) && Number(text) <= DEEPEST) return Number(text);
  throw invalidValue(text, { option: "--depth <DEPTH>", why: `expected a number up to ${DEEPEST}` });
}

// uv's default, and the largest number that it takes.
const DEEPEST = 255;

/** Written in some milliseconds. */
const LINES_AT_ONCE = 1_000;
