// What is wrong at a place of a settings file.

import { PinionError } from "../../errors.ts";

/** A file, and where the fault is in it as far as that is known; lines and columns are counted from 1. */
export interface InvalidPlace {
  readonly path: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly key?: string;
}

/** The error ``\`pinion.toml\`:3: there is no setting \`x\` ``, whose details are the place. */
export function invalidAt(place: InvalidPlace, fault: string, hints: readonly string[] = []): PinionError {
  return new PinionError("settings/invalid", `${formatPlace(place)}: ${fault}`, {
    details: { ...place },
    hints,
  });
}

/** `` `pinion.toml`:3 ``. */
function formatPlace({ path, line }: InvalidPlace): string {
  return `\`${path}\`${line === undefined ? "" : `:${line}`}`;
}
