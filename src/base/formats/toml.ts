// TOML that others wrote (toml.io, 1.0): bounded before it is parsed, and what is wrong with it is a value.

import { parse, TomlError } from "smol-toml";

import type { TomlTable } from "./toml-table.ts";
import { tomlNestingFault } from "./toml-nesting.ts";

export type TomlReading =
  | { readonly kind: "read"; readonly table: TomlTable }
  | {
      readonly kind: "invalid";
      /** As the end of a sentence. */
      readonly reason: string;
      /** Counted from 1; undefined where the whole document is at fault. */
      readonly line: number | undefined;
      readonly column: number | undefined;
    };

/** Parses a document. */
export function readToml(text: string): TomlReading {
  const fault = tomlNestingFault(text);
  if (fault !== undefined) return { kind: "invalid", reason: fault, line: undefined, column: undefined };
  try {
    return { kind: "read", table: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n", 1);
    const reason = first.replace("Invalid TOML document: ", "");
    return { kind: "invalid", reason, line: error.line, column: error.column };
  }
}
