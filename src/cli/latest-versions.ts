// The newest version of each installed project, asked from the indexes for `--outdated`.

import { latestVersionOf, type LatestVersion } from "../api/latest-version.ts";
import { targetOf } from "../api/destination.ts";
import { isPinionError } from "../errors.ts";
import { compareVersions, parseVersion } from "../pep/version.ts";
import type { CommandContext } from "./command.ts";
import type { Looked } from "./installed.ts";
import { withInstaller } from "./with-installer.ts";

/** What is newer than what is installed, by name. A project that no index has is left out, as without a network. */
export async function newerVersions(
  context: CommandContext,
  { destination, distributions }: Looked,
): Promise<ReadonlyMap<string, LatestVersion>> {
  const { settings, signal } = context;
  const target = targetOf(destination);
  const allowsPrereleases = settings.get("pre") || settings.get("prerelease") === "allow";
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
                excludeNewerMs: settings.get("exclude-newer"),
                excludeNewerPackages: settings.get("exclude-newer-package"),
              });
              const latest = latestVersionOf(versions, { target, allowsPrereleases });
              const isNewer =
                latest !== undefined && compareVersions(parseVersion(latest.version), version) > 0;
              return isNewer ? [[name, latest] as const] : [];
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
