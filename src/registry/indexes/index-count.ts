// How many indexes a run may have: a project's file or a requirements file may name any number, each of which is held against the
// others, and asked for each project.

import { PinionError } from "../../errors.ts";

/** @throws settings/invalid */
export function refuseTooManyIndexes(count: number): void {
  if (count <= MAX_INDEXES) return;
  throw new PinionError(
    "settings/invalid",
    `There are ${count} indexes, but at most ${MAX_INDEXES} can be used`,
    { details: { count, limit: MAX_INDEXES } },
  );
}

/** People have a handful. */
const MAX_INDEXES = 1000;
