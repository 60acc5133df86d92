// The settings that decide how sources are built.

import type { ConfigSettings } from "../../pep/config-settings.ts";
import { flag, inGroup, list, parsedList, wholeNumber, type SettingTable } from "./setting.ts";
import type { ExtraBuildRequirement } from "../../pep/extra-build-requirement.ts";
import { buildConstraints, buildVariables, extraBuildRequirements } from "../values/build-parsers.ts";
import type { StatedRequirement } from "../values/requirement-parsers.ts";
import { configSettings, packageConfigSettings, projectNames } from "../values/parsers.ts";

/** The types of the values. */
export interface BuildSettings {
  readonly "no-build-isolation": boolean;
  readonly "no-build-isolation-package": readonly string[];
  readonly "config-setting": ConfigSettings;
  readonly "config-settings-package": Readonly<Record<string, ConfigSettings>>;
  readonly "build-constraint": readonly string[];
  readonly "build-constraint-dependencies": readonly StatedRequirement[];
  readonly "extra-build-dependencies": Readonly<Record<string, readonly ExtraBuildRequirement[]>>;
  readonly "extra-build-variables": Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly "require-build-hashes": boolean;
  readonly "concurrent-builds": number | undefined;
}

/** They decide whom programs trust, by themselves or by the configuration that they name. */
const TRUST_OF_BUILDS =
  /^[^:]*:(SSL_CERT_(?:FILE|DIR)|OPENSSL_CONF|REQUESTS_CA_BUNDLE|CURL_(?:CA_BUNDLE|HOME)|GIT_SS[LH]_\w*|GIT_SSH|GIT_CONFIG\w*|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY|CARGO_HTTP_CAINFO|PIP_(?:CERT|TRUSTED_HOST|CONFIG_FILE)|UV_(?:INSECURE_HOST|CONFIG_FILE)|PINION_(?:TRUST|TRUST_FILE|CERT|CA|ALLOW_INSECURE_\w*|CONFIG_FILE))=/i;

export const BUILD_SETTINGS: SettingTable<BuildSettings> = inGroup("resolver", {
  "no-build-isolation": flag({
    flag: "--no-build-isolation",
    counters: ["--build-isolation"],
    summary: "Build with what is installed in the environment, instead of an environment for each build",
    uvVariables: ["UV_NO_BUILD_ISOLATION"],
    uvKey: "no-build-isolation",
    uvPipKey: "no-build-isolation",
  }),
  "no-build-isolation-package": parsedList(projectNames, {
    flag: "--no-build-isolation-package <NO_BUILD_ISOLATION_PACKAGE>",
    summary: "Build this package with what is installed in the environment",
    uvKey: "no-build-isolation-package",
    uvPipKey: "no-build-isolation-package",
  }),
  "config-setting": parsedList(configSettings, {
    flag: "-C, --config-setting <CONFIG_SETTING>",
    aliases: ["--config-settings"],
    summary: "Pass this setting (`KEY=VALUE`) to build backends",
    pipNames: ["config-settings"],
    uvKey: "config-settings",
    uvPipKey: "config-settings",
    table: "settings",
  }),
  "config-settings-package": parsedList(packageConfigSettings, {
    flag: "--config-settings-package <CONFIG_SETTINGS_PACKAGE>",
    aliases: ["--config-setting-package"],
    summary: "Pass this setting (`NAME:KEY=VALUE`) to the build backend of one package",
    uvKey: "config-settings-package",
    uvPipKey: "config-settings-package",
    table: "package-settings",
  }),
  "build-constraint": list({
    flag: "-b, --build-constraint <BUILD_CONSTRAINTS>",
    aliases: ["--build-constraints"],
    summary: "Constrain the versions of build requirements by this file",
    uvVariables: ["UV_BUILD_CONSTRAINT"],
    uvSeparator: " ",
    pipNames: ["build-constraint"],
  }),
  "build-constraint-dependencies": parsedList(buildConstraints, {
    summary: "Constrain the versions of build requirements by these requirements",
    uvKey: "build-constraint-dependencies",
    holdsTables: "and-strings",
  }),
  "extra-build-dependencies": parsedList(extraBuildRequirements, {
    summary: "Requirements of a package's build, in addition to its own, by the names of packages",
    uvKey: "extra-build-dependencies",
    uvPipKey: "extra-build-dependencies",
    table: "package-requirements",
  }),
  "extra-build-variables": parsedList(buildVariables, {
    isSecret: true,
    userOnlyEntries: {
      pattern: TRUST_OF_BUILDS,
      what: "variables that decide which servers programs trust",
    },
    summary: "Environment variables of a package's build, by the names of packages",
    uvKey: "extra-build-variables",
    uvPipKey: "extra-build-variables",
    table: "package-variables",
  }),
  "require-build-hashes": flag({
    flag: "--require-build-hashes",
    counters: ["--no-require-build-hashes"],
    summary: "Refuse build requirements that are not pinned with a hash",
    uvVariables: ["UV_REQUIRE_BUILD_HASHES"],
    uvKey: "require-build-hashes",
    uvPipKey: "require-build-hashes",
  }),
  "concurrent-builds": wholeNumber({
    minimum: 1,
    summary: "Maximum number of builds at the same time (default: one per processor)",
    uvVariables: ["UV_CONCURRENT_BUILDS"],
    uvKey: "concurrent-builds",
  }),
});
