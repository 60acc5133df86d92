// The index and the store of a fleet, as a benchmark sees them.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { rootCertificates } from "node:tls";

import { createAuthority } from "../../src/lab/mint.ts";
import type { Distributions } from "./distributions.ts";
import { supportFile, type ServedIndex, type World } from "./world.ts";

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
  const root = createAuthority("Benchmark Root", { key: "P-256" });
  const server = root.issue("localhost", { key: "P-256" });
  const path = (name: string, text: string): string => {
    const file = world.fresh(name);
    writeFileSync(file, text);
    return file;
  };
  const bundle = path("bundle.pem", [...rootCertificates, root.pem].join("\n"));
  const words = [folder, path("chain.pem", server.chainPem), path("key.pem", server.keyPem)];
  const child = spawn(process.execPath, [supportFile("fleet-servers-process"), ...words], {
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
