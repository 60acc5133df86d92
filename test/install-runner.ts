// Changes an environment in a process of its own, for tests that kill it: reads the change as JSON from its argument.

import type { WantedDistribution } from "../src/install/plan.ts";
import { applyChanges } from "../src/install/transaction.ts";
import type { Removable } from "../src/install/uninstall.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import { openStore } from "../src/store/store.ts";
import { targetOf } from "./install-environment.ts";

/** A change that crosses a process border. */
export interface RunnerJob {
  readonly root: string;
  readonly site: string;
  readonly cache: string;
  readonly install: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
  readonly remove: readonly Removable[];
  /** The step before which the process kills itself; undefined lets it finish. */
  readonly dieAtStep?: number;
}

const job: RunnerJob = JSON.parse(process.argv[2] ?? "");
const store = openStore(job.cache);
let step = 0;
await applyChanges(
  {
    install: job.install.map(({ name, version, sha256 }): WantedDistribution => {
      const wheel = store.wheel(sha256);
      if (wheel === undefined) throw new Error(`No wheel ${sha256}`);
      return { name, version: parseVersion(version), wheel, isRequested: true };
    }),
    remove: job.remove,
  },
  targetOf(job.root, job.site),
  {
    onStep: () => {
      if (step === job.dieAtStep) process.kill(process.pid, "SIGKILL");
      step += 1;
    },
  },
);
process.stdout.write(`${step}\n`);
