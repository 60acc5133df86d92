// What one tool's files say, put in that tool's own order; how near each file is to the run.

import type { Distance } from "./distance.ts";
import type { TlsException } from "../../trust/host-trust.ts";
import type { Sourced } from "../origin.ts";
import type { IndexTable } from "../values/index-table.ts";
import type { SettingName } from "../table/table.ts";
import type { SettingValue } from "../table/setting.ts";

export interface PlacedValue extends Sourced<SettingValue> {
  readonly distance: Distance;
}

/** Values in the order in which they are said. */
export type PlacedValues = Map<SettingName, PlacedValue[]>;

/** `[[tls-exception]]` with how near its file is. */
export interface PlacedException extends TlsException {
  readonly distance: Distance;
}

/** The files of one tool. */
export interface ToolFiles {
  /** The tool's own order of precedence: what counts first. */
  readonly values: ReadonlyMap<SettingName, readonly PlacedValue[]>;
  /** Whether the tool adds up the lists of its files (uv), or lets the nearest replace the others (pip). */
  readonly addsLists: boolean;
  readonly indexTables: readonly IndexTable[];
  readonly tlsExceptions?: readonly PlacedException[] | undefined;
  /** Told with `-v`: keys passed over, files left out. */
  readonly notes: readonly string[];
  /** Told always. */
  readonly warnings: readonly string[];
}

/** What the readers of files need of the machine. */
export interface FileWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The environment's root, whose own pip.conf counts. */
  readonly environmentPrefix: string | undefined;
  /** `install`, `list`…: pip.conf has a section for each command. */
  readonly command: string;
  /** A file's text, or undefined where there is none. */
  readonly readText: (path: string) => string | undefined;
  /** As `readText`, of a file on the way upwards from the working folder: not one that any user could have put there. */
  readonly readProjectText: (path: string) => string | undefined;
}
