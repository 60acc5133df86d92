// What `bin/record-answer.cjs` keeps of a run, so that `bin/pinion.cjs` comes to the same without loading the command.

import type { Period } from "../api/events.ts";
import type { Looks } from "./looks.ts";
import type { InstallRecipe } from "./remembered-install.ts";
import type { VenvRecipe } from "./remembered-venv.ts";
import type { Repeatable } from "./screen/output.ts";

/** Keeps what a run comes to. Nothing is kept where the run did more than look before, or what it saw may have changed. */
export interface Recording {
  /** The answer of a run that had nothing to do. */
  remember(answer: Repeatable & { readonly cache: string }): void;
  /**
   * Everything that was looked at until now, for what is kept of a run that goes on; undefined where nothing can be kept.
   *
   * @param beside folders of which the times of files are not kept, so that they may be as new as they like
   */
  looks(beside?: readonly string[]): Looks | undefined;
  /** Does what has no part in what the run comes to, once all has been looked at. */
  later(work: () => void): void;
  /** How an environment was made after these looks. */
  rememberVenv(made: RememberedVenv): void;
  /** What was installed after these looks. */
  rememberInstall(made: RememberedInstall): void;
}

export interface RememberedVenv {
  readonly cache: string;
  readonly looks: Looks;
  readonly recipe: VenvRecipe;
  /** Whether the last word of the command line is the environment's path, and decides nothing else. */
  readonly isAnywhere: boolean;
}

export interface RememberedInstall {
  readonly cache: string;
  readonly looks: Looks;
  /** When its resolution holds. */
  readonly period: Period;
  readonly recipe: InstallRecipe;
  /** Whether the value of `--python` is the environment's path, and decides nothing else. */
  readonly isAnywhere: boolean;
}
