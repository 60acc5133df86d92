// Environments that exist for one purpose, such as a build: made by whoever can install, used by whoever cannot.

import type { Interpreter } from "./interpreter.ts";

/** A virtual environment that is removed after use. */
export interface ProvisionedEnvironment extends AsyncDisposable {
  readonly path: string;
  readonly interpreter: Interpreter;
  /** Installs more, such as what a build backend requires besides. @throws as {@link Provision} */
  add(requirements: readonly string[]): Promise<void>;
}

/**
 * Makes a temporary virtual environment of a Python that holds these requirements, as `pip install` resolves them.
 *
 * @throws what a plan and its application throw
 */
export type Provision = (
  requirements: readonly string[],
  options: { readonly python: Interpreter; readonly signal?: AbortSignal | undefined },
) => Promise<ProvisionedEnvironment>;
