// Installed distributions that exist only in memory.

import { parseRequirement } from "../../src/pep/requirements/requirement.ts";
import { parseMetadata } from "../../src/pep/metadata/metadata.ts";
import { parseVersion } from "../../src/pep/versions/version.ts";
import type { InstalledDistribution } from "../../src/python/environments/environment.ts";

/** `name version`, what it requires, and the URL that it was installed from. */
export function installedDistribution(
  subject: string,
  requires: readonly string[] = [],
  url?: string,
): InstalledDistribution {
  const [name = "", version = ""] = subject.split(" ");
  const requirements = requires.map(parseRequirement);
  return {
    name,
    version: parseVersion(version),
    kind: "dist-info",
    directory: `${name}-${version}.dist-info`,
    location: ".",
    eggLink: undefined,
    installer: undefined,
    directUrl: url === undefined ? undefined : { kind: "archive", url, hashes: {} },
    isEditable: false,
    folderState: undefined,
    editableLocation: undefined,
    isRequested: false,
    hasUnreadableWheelFile: false,
    wheelTags: undefined,
    metadata: () =>
      parseMetadata(
        ["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`]
          .concat(requires.map((text) => `Requires-Dist: ${text}`))
          .join("\n"),
      ),
    requirements: () => requirements,
    requirementsWithoutExtras: () => requirements,
  };
}
