// `pinion pip list`: what is installed, as a table, as `name==version` lines, or as JSON.

import type { InstalledDistribution } from "../../python/environment.ts";
import { textOption, type CommandContext, type ExitCode } from "../command.ts";
import { tellDestination } from "../find-destination.ts";
import { lookAtInstalled, warnIfStrict } from "../installed.ts";
import { formatTable } from "../text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const looked = await lookAtInstalled(context);
  const { distributions } = looked;
  const format = output.isJson ? "json" : (textOption(context, "format") ?? "columns");
  if (format === "columns") tellDestination(looked.destination, context);
  switch (format) {
    case "json":
      output.json(distributions.map(toJson));
      break;
    case "freeze":
      for (const { name, version } of distributions) output.result(`${name}==${version.text}`);
      break;
    default:
      if (distributions.length > 0) output.result(toColumns(distributions));
  }
  warnIfStrict(context, looked);
  return 0;
}

function toJson(distribution: InstalledDistribution): object {
  const { name, version, editableLocation } = distribution;
  return {
    name,
    version: version.text,
    ...(editableLocation === undefined ? {} : { editable_project_location: editableLocation }),
  };
}

function toColumns(distributions: readonly InstalledDistribution[]): string {
  const hasEditable = distributions.some(({ editableLocation }) => editableLocation !== undefined);
  const header = ["Package", "Version", ...(hasEditable ? ["Editable project location"] : [])];
  const rows = distributions.map((distribution) => [
    distribution.name,
    distribution.version.text,
    ...(hasEditable ? [distribution.editableLocation ?? ""] : []),
  ]);
  return formatTable(header, rows);
}
