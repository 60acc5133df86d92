// The index and the store of a fleet, as a benchmark sees them.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import type { Distributions } from "./distributions.ts";
import { serverFiles, supportFile, type ServedIndex, type World } from "./world.ts";

/** What was asked since the last time. */
export interface FleetCounts {
  readonly index: {
    readonly pages: number;
    readonly metadata: number;
    readonly files: number;
    readonly fileBytes: number;
  };
  readonly store: {
    readonly hits: number;
    readonly misses: number;
    readonly bytes: number;
    readonly writes: number;
  };
}

export interface FleetServers extends ServedIndex {
  /** As `--shared-cache` takes it. */
  readonly location: string;
  /** The counts so far, which begin again; `empty` also empties the store. */
  readonly counts: (what?: "keep" | "empty") => Promise<FleetCounts>;
}

export async function serveFleet({ folder }: Distributions, world: World): Promise<FleetServers> {
  const { bundle, chain, key } = serverFiles(world);
  const child = spawn(process.execPath, [supportFile("fleet-servers-process"), folder, chain, key], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
  const { index, store } = (await nextLine()) as { readonly index: string; readonly store: string };
  return {
    url: index,
    bundle,
    env: { SSL_CERT_FILE: bundle, AWS_ACCESS_KEY_ID: "BENCH", AWS_SECRET_ACCESS_KEY: "not-a-secret" },
    location: `s3://wheels/bench?endpoint=${store}`,
    async counts(what = "keep") {
      child.stdin.write(`${what}\n`);
      return (await nextLine()) as FleetCounts;
    },
    close: () => child.stdin.end(),
  };
}
