// What the settings of a command say on every way to a package: a rule without its setting here is a type error.

import type { PackageRules } from "../../api/requests.ts";
import type { NameSet } from "../../pep/name-set.ts";
import type { Settings } from "../../settings/settings.ts";
import type { CommandContext } from "../grammar/command.ts";
import { readStdin } from "../stdin.ts";
import { buildChoices } from "./build-request.ts";

/** @throws usage/invalid-argument, settings/invalid for a setting of another form */
export function packageRules(context: CommandContext): Required<PackageRules> {
  const { settings, signal } = context;
  return {
    ...distributionRules(settings),
    ...exclusionsOf(settings),
    requiresHashes: settings.get("require-hashes"),
    builds: buildChoices(context),
    ignoresSources: settings.get("no-sources") ? "all" : settings.get("no-sources-package"),
    readInput: readStdin,
    signal,
  };
}

/** Which kinds of distributions may be taken. */
export function distributionRules(settings: Settings): Readonly<Record<"noBinary" | "onlyBinary", NameSet>> {
  return {
    noBinary: settings.get("no-binary"),
    onlyBinary: settings.get("no-build") ? { isForAll: true, names: new Set() } : settings.get("only-binary"),
  };
}

/** `--exclude-newer` and `--exclude-newer-package`. */
export function exclusionsOf(
  settings: Settings,
): Required<Pick<PackageRules, "excludeNewerMs" | "excludeNewerPackages">> {
  return {
    excludeNewerMs: settings.get("exclude-newer"),
    excludeNewerPackages: settings.get("exclude-newer-package"),
  };
}
