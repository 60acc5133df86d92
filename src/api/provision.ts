// Temporary environments with what a build requires: a plan and its application inside another one.

import { rmSync } from "node:fs";
import { join } from "node:path";

import type { Interpreter } from "../python/interpreter.ts";
import type { ProvisionedEnvironment } from "../python/provision.ts";
import { createVenv } from "../python/venv.ts";
import { temporaryName } from "../store/disk.ts";

export interface ProvisionTools {
  /** Where the environment goes: on the file system of the cache, so that its files are links. */
  readonly folder: string;
  /** Installs into it what it does not hold yet. */
  readonly install: (requirements: readonly string[], interpreter: Interpreter) => Promise<void>;
}

/** Makes a temporary environment that holds the requirements. @throws environment/…, and what `install` throws */
export async function provisionEnvironment(
  requirements: readonly string[],
  python: Interpreter,
  { folder, install }: ProvisionTools,
): Promise<ProvisionedEnvironment> {
  const path = join(folder, temporaryName("-env"));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    const { interpreter } = await createVenv({ path, base: python });
    const add = async (more: readonly string[]): Promise<void> => {
      if (more.length > 0) await install(more, interpreter);
    };
    await add(requirements);
    return { path, interpreter, add, [Symbol.asyncDispose]: () => Promise.resolve(remove()) };
  } catch (error) {
    remove();
    throw error;
  }
}
