// pip's `list --uptodate` and `list --not-required`.

import { targetOf } from "../../api/destination.ts";
import { evaluateMarker } from "../../pep/markers/evaluate.ts";
import { hasOption, type CommandContext } from "../grammar/command.ts";
import type { Looked } from "../installed.ts";
import { offeredVersions } from "../latest-versions.ts";

/** The distributions that the options of the command leave. */
export async function narrowList(context: CommandContext, looked: Looked): Promise<Looked["distributions"]> {
  const current = hasOption(context, "uptodate") ? await upToDate(context, looked) : undefined;
  const required = hasOption(context, "notRequired") ? requiredNames(looked) : undefined;
  return looked.distributions.filter(
    ({ name }) => (current === undefined || current.has(name)) && required?.has(name) !== true,
  );
}

async function upToDate(context: CommandContext, looked: Looked): Promise<ReadonlySet<string>> {
  const offered = await offeredVersions(context, looked);
  return new Set([...offered].filter(([, { order }]) => order === 0).map(([name]) => name));
}

/** What installed packages require without their extras, as pip's `--not-required` counts. */
function requiredNames({ destination, distributions }: Looked): ReadonlySet<string> {
  const { markers } = targetOf(destination);
  return new Set(
    distributions.flatMap((distribution) =>
      distribution
        .requirementsWithoutExtras()
        .filter(({ marker }) => marker === undefined || evaluateMarker(marker, markers))
        .map(({ name }) => name),
    ),
  );
}
