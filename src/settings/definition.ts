// What the table of settings says about each of them.

export interface SettingDefinition {
  /** What the text of a flag, variable or file is turned into. */
  readonly type: "text" | "path" | "boolean" | "count" | "seconds" | "whole-number" | "list" | "choice";
  readonly summary: string;
  /** As commander writes it: `-i, --index-url <url>`. Settings without one are set elsewhere only. */
  readonly flag?: string;
  readonly aliases?: readonly string[];
  /** Flags that say the opposite, the last of both counts: `--no-offline`. Help does not list them. */
  readonly counters?: readonly string[];
  /** Flags without a value that stand for one: `--no-color` for `--color never`. Help does not list them. */
  readonly presets?: readonly { readonly flag: string; readonly value: string }[];
  readonly choices?: readonly string[];
  /** uv's variables, the first that is set counts. `PINION_` + the name is always read before them. */
  readonly uvVariables?: readonly string[];
  /** The long names of pip's option, which are its keys in pip.conf and, as `PIP_…`, its variables. */
  readonly pipNames?: readonly string[];
  /** Variables that belong to no tool, such as `SSL_CLIENT_CERT`; they come after Pinion's and before uv's. */
  readonly commonVariables?: readonly string[];
  /** Key at the top of uv.toml and `[tool.uv]`, and whether uv knows it only in `uv.toml`. */
  readonly uvKey?: string;
  readonly isUvTomlOnly?: true;
  /** Key in uv's `[pip]` table. */
  readonly uvPipKey?: string;
  /** A name that counts only in pip.conf: its variable is read elsewhere. */
  readonly pipKey?: string;
  /** pip takes any yes or no as yes: `no-cache-dir = false` switches the cache off. */
  readonly isPipPresence?: true;
  /** How one text is cut into a list: uv's and pip's variables differ. */
  readonly uvSeparator?: " " | ",";
  /** It says where files are: no file can say it. */
  readonly isFileless?: true;
  /** Its value is never shown. */
  readonly isSecret?: true;
  readonly group: SettingGroup;
}

export type SettingGroup =
  | "index"
  | "resolver"
  | "network"
  | "trust"
  | "installer"
  | "environment"
  | "cache"
  | "output"
  | "configuration";
