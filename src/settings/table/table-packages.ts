// The settings that decide what is installed, and how it is installed.

import type { NameSet } from "../../pep/name-set.ts";
import type { StatedMetadata } from "../../pep/metadata/stated-metadata.ts";
import { choice, flag, inGroup, list, parsedList, parsedText, type SettingTable } from "./setting.ts";
import { TORCH_BACKENDS } from "./torch-backends.ts";
import { dateOf, namesIn, packageDates, projectNames, requiredNames } from "../values/parsers.ts";
import {
  packagePrereleases,
  PRERELEASE_RULES,
  statedMetadata,
  excludedNames,
  statedRequirements,
  type PrereleaseRule,
  type StatedRequirement,
} from "../values/requirement-parsers.ts";

/** The types of the values. */
export interface PackageSettings {
  readonly requirement: readonly string[];
  readonly constraint: readonly string[];
  readonly override: readonly string[];
  readonly "no-deps": boolean;
  readonly "only-deps": boolean;
  readonly "constraint-dependencies": readonly StatedRequirement[];
  readonly "override-dependencies": readonly StatedRequirement[];
  readonly "exclude-dependencies": readonly StatedRequirement[];
  readonly "dependency-metadata": readonly StatedMetadata[];
  readonly upgrade: boolean;
  readonly "upgrade-strategy": "eager" | "only-if-needed" | undefined;
  readonly "upgrade-package": readonly string[];
  readonly prerelease: PrereleaseRule | undefined;
  readonly "prerelease-package": ReadonlyMap<string, PrereleaseRule>;
  readonly pre: boolean;
  readonly "all-releases": NameSet;
  readonly "only-final": NameSet;
  readonly resolution: "highest" | "lowest" | "lowest-direct" | undefined;
  readonly "exclude-newer": number | undefined;
  readonly "exclude-newer-package": ReadonlyMap<string, number | undefined>;
  readonly "require-hashes": boolean;
  readonly "ignore-requires-python": boolean;
  readonly "no-binary": NameSet;
  readonly "only-binary": NameSet;
  readonly "no-build": boolean;
  readonly "torch-backend": string | undefined;
  readonly reinstall: boolean;
  readonly "reinstall-package": readonly string[];
  readonly "allow-empty-requirements": boolean;
  readonly "link-mode": "clone" | "hardlink" | "copy" | "symlink" | undefined;
  readonly "compile-bytecode": boolean;
}

export const PACKAGE_SETTINGS: SettingTable<PackageSettings> = {
  ...inGroup("resolver", {
    requirement: list({
      flag: "-r, --requirement <REQUIREMENTS>",
      aliases: ["--requirements", "--requirements-from-script"],
      summary: "Read requirements from this file",
      pipNames: ["requirement"],
    }),
    constraint: list({
      flag: "-c, --constraint <CONSTRAINTS>",
      aliases: ["--constraints"],
      summary: "Constrain versions by a requirements file, without requiring what it lists",
      uvVariables: ["UV_CONSTRAINT"],
      pipNames: ["constraint"],
      uvSeparator: " ",
    }),
    override: list({
      flag: "--override <OVERRIDES>",
      aliases: ["--overrides"],
      summary: "Override what packages require by the requirements of a file",
      uvVariables: ["UV_OVERRIDE"],
      uvSeparator: " ",
    }),
    "no-deps": flag({
      flag: "--no-deps",
      aliases: ["--no-dependencies"],
      counters: ["--deps"],
      summary: "Only the packages named, without their dependencies",
      pipNames: ["no-deps", "no-dependencies"],
      uvPipKey: "no-deps",
    }),
    "only-deps": flag({
      flag: "--only-deps",
      aliases: ["--only-dependencies"],
      summary: "Only the dependencies of the packages named, not those packages",
      pipNames: ["only-deps", "only-dependencies"],
    }),
    "constraint-dependencies": parsedList(statedRequirements, {
      summary: "Constrain versions by these requirements, like a file of `--constraint`",
      uvKey: "constraint-dependencies",
    }),
    "override-dependencies": parsedList(statedRequirements, {
      summary: "Override what packages require by these requirements, like a file of `--override`",
      uvKey: "override-dependencies",
    }),
    "exclude-dependencies": parsedList(excludedNames, {
      summary: "Exclude these packages, like a file of `--excludes`",
      uvKey: "exclude-dependencies",
    }),
    "dependency-metadata": parsedList(statedMetadata, {
      summary: "Requirements of packages that count instead of their own metadata",
      uvKey: "dependency-metadata",
      uvPipKey: "dependency-metadata",
      holdsTables: "only",
    }),
    upgrade: flag({
      flag: "-U, --upgrade",
      counters: ["--no-upgrade"],
      summary: "Prefer the newest versions over those that are installed or locked",
      pipNames: ["upgrade"],
      uvKey: "upgrade",
      uvPipKey: "upgrade",
    }),
    "upgrade-strategy": choice(["eager", "only-if-needed"], {
      flag: "--upgrade-strategy <STRATEGY>",
      summary: "What `--upgrade` upgrades: everything, or only what is requested by name",
      pipNames: ["upgrade-strategy"],
    }),
    "upgrade-package": parsedList(requiredNames, {
      flag: "-P, --upgrade-package <UPGRADE_PACKAGE>",
      summary: "Prefer the newest version of this package",
      uvKey: "upgrade-package",
      uvPipKey: "upgrade-package",
    }),
    prerelease: choice(PRERELEASE_RULES, {
      flag: "--prerelease <PRERELEASE>",
      summary: "When pre-releases may be chosen",
      uvVariables: ["UV_PRERELEASE"],
      uvKey: "prerelease",
      uvPipKey: "prerelease",
    }),
    "prerelease-package": parsedList(packagePrereleases, {
      flag: "--prerelease-package <PRERELEASE_PACKAGE>",
      summary: "As `--prerelease`, for one package: `NAME=RULE`",
      uvKey: "prerelease-package",
      table: "rules",
    }),
    pre: flag({
      flag: "--pre",
      summary: "As `--prerelease allow`",
      pipNames: ["pre"],
    }),
    "all-releases": parsedList(namesIn, {
      flag: "--all-releases <ALL_RELEASES>",
      summary: "As `--prerelease-package NAME=allow`, under pip's name",
      pipNames: ["all-releases"],
    }),
    "only-final": parsedList(namesIn, {
      flag: "--only-final <ONLY_FINAL>",
      summary: "As `--prerelease-package NAME=disallow`, under pip's name",
      pipNames: ["only-final"],
    }),
    resolution: choice(["highest", "lowest", "lowest-direct"], {
      flag: "--resolution <RESOLUTION>",
      summary: "Which of the compatible versions to choose",
      uvVariables: ["UV_RESOLUTION"],
      uvKey: "resolution",
      uvPipKey: "resolution",
    }),
    "exclude-newer": parsedText(dateOf, {
      flag: "--exclude-newer <EXCLUDE_NEWER>",
      aliases: ["--uploaded-prior-to"],
      summary: "Ignore files uploaded after this date",
      uvVariables: ["UV_EXCLUDE_NEWER"],
      pipNames: ["uploaded-prior-to"],
      uvKey: "exclude-newer",
      uvPipKey: "exclude-newer",
    }),
    "exclude-newer-package": parsedList(packageDates, {
      flag: "--exclude-newer-package <EXCLUDE_NEWER_PACKAGE>",
      summary: "As `--exclude-newer`, for one package: `NAME=DATE`, or `NAME=false`, which takes it out",
      uvKey: "exclude-newer-package",
      uvPipKey: "exclude-newer-package",
      table: "dates",
    }),
    "require-hashes": flag({
      flag: "--require-hashes",
      counters: ["--no-require-hashes"],
      summary: "Refuse requirements that are not pinned with a hash",
      uvVariables: ["UV_REQUIRE_HASHES"],
      pipNames: ["require-hashes"],
      uvPipKey: "require-hashes",
    }),
    "ignore-requires-python": flag({
      flag: "--ignore-requires-python",
      summary: "Ignore the `Requires-Python` of distributions",
      pipNames: ["ignore-requires-python"],
    }),
    "no-binary": parsedList(namesIn, {
      flag: "--no-binary <NO_BINARY>",
      summary: "Do not use wheels of this package, or of `:all:`",
      pipNames: ["no-binary"],
      uvKey: "no-binary-package",
      uvAllKey: "no-binary",
      uvPipKey: "no-binary",
    }),
    "only-binary": parsedList(namesIn, {
      flag: "--only-binary <ONLY_BINARY>",
      summary: "Use only wheels of this package, or of `:all:`",
      pipNames: ["only-binary"],
      uvKey: "no-build-package",
      uvPipKey: "only-binary",
    }),
    "no-build": flag({
      flag: "--no-build",
      counters: ["--build"],
      summary: "As `--only-binary :all:`",
      uvKey: "no-build",
      uvPipKey: "no-build",
    }),
    "torch-backend": choice(TORCH_BACKENDS, {
      flag: "--torch-backend <TORCH_BACKEND>",
      summary: "Accepted without effect",
      withoutEffect: "Pinion has no index of PyTorch's builds",
      uvVariables: ["UV_TORCH_BACKEND"],
      uvKey: "torch-backend",
      uvPipKey: "torch-backend",
    }),
  }),
  ...inGroup("installer", {
    reinstall: flag({
      flag: "--reinstall",
      aliases: ["--force-reinstall", "--ignore-installed", "-I"],
      counters: ["--no-reinstall"],
      summary: "Reinstall packages that are already installed",
      pipNames: ["force-reinstall"],
      uvKey: "reinstall",
      uvPipKey: "reinstall",
    }),
    "reinstall-package": parsedList(projectNames, {
      flag: "--reinstall-package <REINSTALL_PACKAGE>",
      summary: "Reinstall this package",
      uvKey: "reinstall-package",
      uvPipKey: "reinstall-package",
    }),
    "allow-empty-requirements": flag({
      flag: "--allow-empty-requirements",
      counters: ["--no-allow-empty-requirements"],
      summary: "Remove all packages if the files list none",
      uvPipKey: "allow-empty-requirements",
    }),
    "link-mode": choice(["clone", "hardlink", "copy", "symlink"], {
      synonyms: { reflink: "clone" },
      flag: "--link-mode <LINK_MODE>",
      summary: "How files get from the cache into the environment",
      uvVariables: ["UV_LINK_MODE"],
      uvKey: "link-mode",
      uvPipKey: "link-mode",
    }),
    "compile-bytecode": flag({
      flag: "--compile-bytecode",
      aliases: ["--compile"],
      // pip sets its one switch to what either name says: `no-compile = 1` compiles.
      pipNames: ["compile", "no-compile"],
      counters: ["--no-compile-bytecode", "--no-compile"],
      summary: "Compile installed packages to bytecode",
      uvVariables: ["UV_COMPILE_BYTECODE"],
      uvKey: "compile-bytecode",
      uvPipKey: "compile-bytecode",
    }),
  }),
};
