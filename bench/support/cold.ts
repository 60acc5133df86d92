// Installations with nothing in the cache, each in an environment and with a cache of its own.

import { childCpuMs, runProgram } from "./commands.ts";
import type { Contender } from "./race.ts";
import { discard, makeVenv, type Job, type ServedIndex, type World } from "./world.ts";

export interface ColdInput {
  readonly world: World;
  readonly requirements: string;
  readonly index: ServedIndex;
}

/** What one installation needs, made anew. */
export function coldJob({ world, requirements, index }: ColdInput): Job {
  return { venv: makeVenv(world), cache: world.fresh("cache"), requirements, index };
}

/** A contender that installs into a new environment from an empty cache each time. */
export function coldContender(input: ColdInput, words: (job: Job) => readonly string[]): Contender {
  let next: Job | undefined;
  return {
    prepare: () => {
      if (next !== undefined) discard(next.venv, next.cache);
      next = coldJob(input);
    },
    run: () => {
      if (next !== undefined) runProgram(words(next), input.index);
    },
  };
}

/** Collects the processor time of every run. */
export function withCpu(contender: Contender, collected: number[]): Contender {
  return {
    ...contender,
    run: async (round) => {
      const before = childCpuMs();
      const measured = await contender.run(round);
      const after = childCpuMs();
      if (before !== undefined && after !== undefined) collected.push(after - before);
      return measured;
    },
  };
}

/** Stands for a peer that is not installed. */
export const ABSENT: Contender = { run: () => undefined };
