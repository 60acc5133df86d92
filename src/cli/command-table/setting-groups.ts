// The settings that commands have in common, in groups.

import type { SettingName } from "../../settings/table/table.ts";

export const OUTPUT: readonly SettingName[] = ["quiet", "verbose", "color", "no-progress", "json"];

export const CONFIGURATION: readonly SettingName[] = ["config-file", "no-config", "directory"];

const CACHE: readonly SettingName[] = ["cache-dir", "no-cache"];

export const GLOBAL: readonly SettingName[] = [...OUTPUT, ...CONFIGURATION, ...CACHE];

/** What may also stand before the words of a command. */
export const GLOBAL_SETTINGS: readonly SettingName[] = [
  ...GLOBAL,
  "offline",
  "system-certs",
  "fetch-intermediates",
  "allow-insecure-host",
  // pip takes these with every command.
  "cert",
  "client-cert",
  "proxy",
  "no-proxy-env",
  "http-timeout",
  "retries",
  "keyring-provider",
];

export const ENVIRONMENT: readonly SettingName[] = ["python", "system", "target", "prefix"];

export const INDEXES: readonly SettingName[] = [
  "index",
  "default-index",
  "index-url",
  "extra-index-url",
  "find-links",
  "no-index",
  "index-strategy",
  "keyring-provider",
];

export const NETWORK: readonly SettingName[] = [
  "trust",
  "cert",
  "ca",
  "system-certs",
  "client-cert",
  "client-key",
  "allow-insecure-host",
  "allow-insecure-credentials",
  "proxy",
  "no-proxy-env",
  "proxy-auth",
  "http-timeout",
  "http-connect-timeout",
  "retries",
  "concurrent-downloads",
  "fetch-intermediates",
  "shared-cache",
  "shared-cache-mode",
  "offline",
];

export const RESOLUTION: readonly SettingName[] = [
  "requirement",
  "constraint",
  "override",
  "exclude",
  "extra",
  "all-extras",
  "group",
  "no-sources",
  "no-sources-package",
  "no-deps",
  "only-deps",
  "upgrade",
  "upgrade-package",
  "upgrade-strategy",
  "prerelease",
  "prerelease-package",
  "pre",
  "all-releases",
  "only-final",
  "resolution",
  "exclude-newer",
  "exclude-newer-package",
  "require-hashes",
  "ignore-requires-python",
  "no-binary",
  "only-binary",
  "no-build",
  "torch-backend",
  "refresh",
  "refresh-package",
];

export const TARGET: readonly SettingName[] = [
  "python-version",
  "python-platform",
  "platform",
  "abi",
  "implementation",
];

export const BUILDS: readonly SettingName[] = [
  "no-build-isolation",
  "no-build-isolation-package",
  "config-setting",
  "config-settings-package",
  "build-constraint",
  "require-build-hashes",
];

/** Whether something newer is on the indexes, of what is installed. */
export const OUTDATED: readonly SettingName[] = [
  "prerelease",
  "pre",
  "all-releases",
  "only-final",
  "exclude-newer",
  "exclude-newer-package",
];
