// `pinion pip list`: what is installed, as a table, as `name==version` lines, or as JSON.

import type { LatestVersion } from "../../api/latest-version.ts";
import { PinionError } from "../../errors.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import { hasOption, textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { tellLookedAt } from "../requests/find-destination.ts";
import { lookAtInstalled, warnIfStrict, type Looked } from "../installed.ts";
import { formatTable } from "../screen/text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const isOutdated = hasOption(context, "outdated");
  if (isOutdated && textOption(context, "format") === "freeze")
    throw new PinionError("usage/unsupported", "`--outdated` cannot be used with `--format freeze`");
  const looked = await lookAtInstalled(context);
  const newer = isOutdated ? await newerThan(context, looked) : undefined;
  const isNarrowed = hasOption(context, "uptodate") || hasOption(context, "notRequired");
  const listed = isNarrowed ? await narrowed(context, looked) : looked.distributions;
  const distributions = listed.filter(({ name }) => newer === undefined || newer.has(name));
  const format = output.isJson ? "json" : (textOption(context, "format") ?? "columns");
  if (!output.isJson) tellLookedAt(looked.destination, context);
  switch (format) {
    case "json":
      output.json(distributions.map((distribution) => toJson(distribution, newer)));
      break;
    case "freeze":
      for (const { name, version } of distributions) output.result(`${name}==${version.text}`);
      break;
    default:
      if (distributions.length > 0) output.result(toColumns(distributions, newer));
  }
  await warnIfStrict(context, looked);
  return 0;
}

type Newer = ReadonlyMap<string, LatestVersion>;

/** The network is loaded only for this. */
async function newerThan(context: CommandContext, looked: Looked): Promise<Newer> {
  const { newerVersions } = await import("../latest-versions.ts");
  return await newerVersions(context, looked);
}

/** Loaded only for the options that narrow the list. */
async function narrowed(context: CommandContext, looked: Looked): Promise<Looked["distributions"]> {
  const { narrowList } = await import("../screen/narrow-list.ts");
  return await narrowList(context, looked);
}

function toJson(distribution: InstalledDistribution, newer: Newer | undefined): object {
  const { name, version, editableLocation } = distribution;
  const latest = newer?.get(name);
  return {
    name,
    version: version.text,
    ...(latest === undefined ? {} : { latest_version: latest.version, latest_filetype: latest.kind }),
    editable_project_location: editableLocation,
  };
}

function toColumns(distributions: readonly InstalledDistribution[], newer: Newer | undefined): string {
  const hasEditable = distributions.some(({ editableLocation }) => editableLocation !== undefined);
  const header = [
    "Package",
    "Version",
    ...(newer === undefined ? [] : ["Latest", "Type"]),
    ...(hasEditable ? ["Editable project location"] : []),
  ];
  const rows = distributions.map((distribution) => [
    distribution.name,
    distribution.version.text,
    ...(newer === undefined
      ? []
      : [newer.get(distribution.name)?.version ?? "", newer.get(distribution.name)?.kind ?? ""]),
    ...(hasEditable ? [distribution.editableLocation ?? ""] : []),
  ]);
  return formatTable(header, rows);
}
