// What callers choose about builds.

import type { ConfigSettings } from "../../pep/config-settings.ts";
import type { ExtraBuildRequirement } from "../../pep/extra-build-requirement.ts";
import type { RequirementInput } from "../inputs/read-inputs.ts";

export interface BuildChoices {
  /** Projects, in any spelling, that are built with what is installed beside them; by default none. */
  readonly withoutIsolation?: "all" | readonly string[] | undefined;
  /** For every build backend. */
  readonly configSettings?: ConfigSettings | undefined;
  /** Further settings for single projects. */
  readonly configSettingsPackages?: Readonly<Record<string, ConfigSettings>> | undefined;
  /** What builds of single projects require beside what the project says. */
  readonly extraRequirements?: Readonly<Record<string, readonly ExtraBuildRequirement[]>> | undefined;
  /** Narrow what builds require. */
  readonly constraints?: readonly RequirementInput[] | undefined;
  /** Everything that a build requires must be pinned with a hash, by its constraints. */
  readonly requiresHashes?: boolean | undefined;
  /** Tells what the files and paths among them hold; the installer finds it out. */
  readonly state?: string | undefined;
}
