// The newest version of each installed project, asked from the indexes for `--outdated`.

import { latestVersionOf, type LatestVersion } from "../api/latest-version.ts";
import { targetOf } from "../api/destination.ts";
import { isPinionError } from "../errors.ts";
import { compareVersions, parseVersion } from "../pep/versions/version.ts";
import type { CommandContext } from "./grammar/command.ts";
import type { Looked } from "./installed.ts";
import { allowsPrereleases } from "./requests/prerelease-rules.ts";
import { exclusionsOf } from "./requests/package-rules.ts";
import { withInstaller } from "./with-installer.ts";

/** The newest version of a project on the indexes, beside the installed one. */
export interface OfferedVersion extends LatestVersion {
  /** Below 0 where the installed one is newer still. */
  readonly order: number;
}

/** What is newer than what is installed, by name. */
export async function newerVersions(
  context: CommandContext,
  looked: Looked,
): Promise<ReadonlyMap<string, LatestVersion>> {
  const offered = await offeredVersions(context, looked);
  return new Map([...offered].filter(([, { order }]) => order > 0));
}

/** The newest versions, by name. A project that no index has is left out, as without a network. */
export async function offeredVersions(
  context: CommandContext,
  { destination, distributions }: Looked,
): Promise<ReadonlyMap<string, OfferedVersion>> {
  const { settings, signal } = context;
  const target = targetOf(destination);
  const found = await withInstaller(
    context,
    async ({ installer }) =>
      Promise.all(
        [...new Map(distributions.map((entry) => [entry.name, entry])).values()].map(
          async ({ name, version }) => {
            try {
              const versions = await installer.listVersions({
                name,
                target,
                signal,
                ...exclusionsOf(settings),
              });
              const latest = latestVersionOf(versions, {
                target,
                allowsPrereleases: allowsPrereleases(settings, name),
              });
              if (latest === undefined) return [];
              const order = compareVersions(parseVersion(latest.version), version);
              return [[name, { ...latest, order }] as const];
            } catch (error) {
              if (isPinionError(error, "index/not-found") || isPinionError(error, "net/offline")) return [];
              throw error;
            }
          },
        ),
      ),
    // What was newest when the page was cached is not the question.
    (options) => ({ ...options, refresh: "all" }),
  );
  return new Map(found.flat());
}
