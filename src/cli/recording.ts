// What `bin/record-answer.cjs` keeps of a run, so that `bin/pinion.cjs` comes to the same without loading the command.

import type { VenvRecipe } from "./remembered-venv.ts";
import type { Repeatable } from "./screen/output.ts";

/** Keeps what a run comes to. Nothing is kept where the run did more than look before, or what it saw may have changed. */
export interface Recording {
  /** The answer of a run that had nothing to do. */
  remember(answer: Repeatable & { readonly cache: string }): void;
  /** Everything that was looked at until now, for {@link rememberVenv}; undefined where nothing can be kept. */
  looks(): Looks | undefined;
  /** How an environment was made after these looks. */
  rememberVenv(made: RememberedVenv): void;
}

export interface RememberedVenv {
  readonly cache: string;
  readonly looks: Looks;
  readonly recipe: VenvRecipe;
  /** Whether the last word of the command line is the environment's path, and decides nothing else. */
  readonly isAnywhere: boolean;
}

/** Only the recording can read them. */
export type Looks = readonly unknown[];
