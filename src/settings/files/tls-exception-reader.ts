// `[[tls-exception]]` tables of pinion.toml and `[tool.pinion]`: which refusal is lifted for which host.

import { isTomlTable } from "../../base/formats/toml-table.ts";
import type { PinionError } from "../../errors.ts";
import {
  TLS_EXCEPTION_NAMES,
  parseExceptionHost,
  type TlsException,
  type TlsExceptionName,
} from "../../trust/host-trust.ts";
import { invalidAt } from "./invalid-at.ts";
import { formatOrigin } from "../origin.ts";
import type { TomlLines } from "./toml-lines.ts";

export interface TlsExceptionContext {
  readonly path: string;
  readonly lines: TomlLines;
  /** `tls-exception`, `tool.pinion.tls-exception`. */
  readonly header: string;
}

/**
 * Reads an array of exception tables.
 *
 * @throws settings/invalid for a host that is a pattern, an exception that there is not, any other key
 */
export function readTlsExceptions(
  value: unknown,
  { path, lines, header }: TlsExceptionContext,
): readonly TlsException[] {
  const invalid = (key: string, expected: string, occurrence: number): PinionError => {
    const line = lines.of(header, key, occurrence) ?? lines.of(header, "host", occurrence);
    return invalidAt({ path, line, key }, `\`${key}\` of a TLS exception must be ${expected}`);
  };
  if (!Array.isArray(value)) throw invalid("tls-exception", "in a list of tables", 0);
  return value.map((table: unknown, occurrence): TlsException => {
    if (!isTomlTable(table)) throw invalid("host", "in a table", occurrence);
    const unknown = Object.keys(table).find((key) => key !== "host" && key !== "allow");
    if (unknown !== undefined) throw invalid(unknown, "`host` or `allow`", occurrence);
    const { host, allow } = table;
    if (typeof host !== "string") throw invalid("host", "a string", occurrence);
    const line = lines.of(header, "host", occurrence);
    const origin = formatOrigin({ kind: "file", path, line, key: "tls-exception", tool: "pinion" });
    const names: readonly unknown[] = Array.isArray(allow) ? allow : [];
    if (names.length === 0 || !names.every(isExceptionName))
      throw invalid(
        "allow",
        `a list of ${TLS_EXCEPTION_NAMES.map((name) => `"${name}"`).join(", ")}`,
        occurrence,
      );
    return { ...parseExceptionHost(host, origin), allow: names, origin };
  });
}

function isExceptionName(value: unknown): value is TlsExceptionName {
  return TLS_EXCEPTION_NAMES.some((name) => name === value);
}
