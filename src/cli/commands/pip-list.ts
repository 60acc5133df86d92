// `pinion pip list`: what is installed, as a table, as `name==version` lines, or as JSON.

import type { InstalledDistribution } from "../../python/environment.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../command.ts";
import { tellDestination } from "../environment.ts";
import { editableFolder, lookAtInstalled, strictWarnings } from "../installed.ts";
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
  if (hasOption(context, "strict")) for (const warning of strictWarnings(looked)) output.warn(warning);
  return 0;
}

function toJson(distribution: InstalledDistribution): object {
  const folder = editableFolder(distribution);
  return {
    name: distribution.name,
    version: distribution.version.text,
    ...(folder === undefined ? {} : { editable_project_location: folder }),
  };
}

function toColumns(distributions: readonly InstalledDistribution[]): string {
  const hasEditable = distributions.some((distribution) => editableFolder(distribution) !== undefined);
  const header = ["Package", "Version", ...(hasEditable ? ["Editable project location"] : [])];
  const rows = distributions.map((distribution) => [
    distribution.name,
    distribution.version.text,
    ...(hasEditable ? [editableFolder(distribution) ?? ""] : []),
  ]);
  return formatTable(header, rows);
}
