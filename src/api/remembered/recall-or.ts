// What is derived from a resolution: as it was remembered, or derived now and remembered.

import { nowMs } from "../../base/work/clock.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { Version } from "../../pep/versions/version.ts";
import { locateIndexes } from "../../registry/indexes/locations.ts";
import { Witness } from "../../registry/witness.ts";
import type { Inputs } from "../../sources/requested.ts";
import { withFileOptions } from "../plan-policy.ts";
import type { Derivation, Recalled } from "./remembered.ts";
import type { ResolutionContext } from "./remembered-resolution.ts";
import type { SessionResources } from "../session/resources.ts";

/** What to recall, and how to derive it. */
export interface Recollection<T> {
  readonly inputs: Inputs;
  readonly target: Target;
  /** Installed versions to keep while they fit. */
  readonly kept: ReadonlyMap<string, Version>;
  /** Undefined where nothing is remembered. */
  readonly key: (context: ResolutionContext) => string | undefined;
  readonly recall: (key: string, context: ResolutionContext) => Recalled<T> | undefined;
  /** Derives it, and reports how many packages were resolved. */
  readonly make: (witness: Witness) => Promise<T>;
  readonly remember: (key: string, made: T, derivation: Derivation) => void;
  /** The number of packages. */
  readonly count: (recalled: T) => number;
}

/** @throws whatever `make` throws */
export async function recallOr<T>(
  resources: Pick<SessionResources, "network" | "onEvent" | "options" | "store">,
  { inputs, target, kept, ...ways }: Recollection<T>,
): Promise<T> {
  const { options, store, onEvent } = resources;
  const started = { atMs: Date.now(), ms: nowMs() };
  const { locations: indexes } = locateIndexes({
    ...withFileOptions(options.indexes ?? {}, inputs.options),
    directory: options.directory,
  });
  const context = { options, inputs, indexes, target, kept };
  const key = ways.key(context);
  const recalled = key === undefined ? undefined : ways.recall(key, context);
  if (recalled !== undefined) {
    const { value, period } = recalled;
    const milliseconds = nowMs() - started.ms;
    onEvent({ kind: "resolved", count: ways.count(value), milliseconds, recalled: period });
    return value;
  }
  const witness = new Witness();
  const made = await ways.make(witness);
  if (key !== undefined) {
    const { weakest } = (await resources.network()).client;
    ways.remember(key, made, { store, witness, startedMs: started.atMs, protection: weakest });
  }
  return made;
}
