// uv's variables that have no effect here, and that uv reads whatever the command is: what it refuses in them is refused here
// too, so that a typing mistake shows.

import type { SettingDefinition } from "./setting.ts";

/** What a variable has to hold. */
export interface UnusedVariable extends Pick<SettingDefinition, "type" | "choices" | "minimum"> {
  /** The list is one of names of projects. */
  readonly holdsNames?: true;
}

export const UNUSED_VARIABLES: ReadonlyMap<string, UnusedVariable> = new Map<string, UnusedVariable>([
  ...[
    "UV_DEV",
    "UV_FROZEN",
    // Read for Git, apart from the settings.
    "UV_GIT_LFS",
    "UV_LOCKED",
    "UV_LOG_CONTEXT",
    "UV_MALWARE_CHECK",
    "UV_MANAGED_PYTHON",
    "UV_NO_DEV",
    "UV_NO_ENV_FILE",
    "UV_NO_INSTALLER_METADATA",
    "UV_NO_INSTALL_LOCAL",
    "UV_NO_MANAGED_PYTHON",
    "UV_NO_SYNC",
    "UV_NO_VERIFY_HASHES",
    "UV_PREVIEW",
    "UV_SHOW_RESOLUTION",
    "UV_SKIP_WHEEL_FILENAME_CHECK",
    "UV_VENV_RELOCATABLE",
    "UV_VENV_SEED",
  ].map((name) => [name, { type: "boolean" }] as const),
  ["UV_CONCURRENT_INSTALLS", { type: "whole-number", minimum: 1 }],
  ["UV_PYTHON_PREFERENCE", { type: "choice", choices: ["only-managed", "managed", "system", "only-system"] }],
  [
    "UV_PYTHON_DOWNLOADS",
    { type: "choice", choices: ["auto", "automatic", "true", "1", "manual", "never", "false", "0"] },
  ],
  // Of these, all commands but `build` only check the names, which blanks separate.
  ["UV_NO_BINARY_PACKAGE", { type: "list", holdsNames: true }],
  ["UV_NO_BUILD_PACKAGE", { type: "list", holdsNames: true }],
  ["UV_UPLOAD_HTTP_TIMEOUT", { type: "seconds" }],
]);
