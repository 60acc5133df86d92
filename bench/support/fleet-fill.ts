// Fills a shared store before machines read from it.

import { join } from "node:path";

import { pinion, runProgram } from "./commands.ts";
import type { Distributions } from "./distributions.ts";
import type { FleetServers } from "./fleet-servers.ts";
import type { World } from "./world.ts";

/** Until the store holds everything: a command waits one second for its writes, and leaves the rest to the next one. */
export async function fillStore(
  servers: FleetServers,
  { world, set }: { readonly world: World; readonly set: Distributions },
): Promise<void> {
  const requirements = world.requirementsFile(set.requirements);
  const lock = join(world.folder, "pylock.toml");
  const common = [
    "--no-config",
    "--cache-dir",
    world.fresh("cache"),
    "--index-url",
    servers.url,
    "--python-version",
    "3.12",
  ];
  runProgram([...pinion(), "pip", "compile", requirements, "-o", lock, ...common], servers);
  runProgram(
    [...pinion(), "cache", "push", "--lock", lock, "--shared-cache", servers.location, ...common],
    servers,
  );
  const job = [...common, "--requirement", requirements, "--shared-cache", servers.location];
  // Metadata is not part of a lock: a resolution without a local cache offers it.
  const cache = ["--cache-dir", world.fresh("cache"), "--target", world.fresh("target")];
  runProgram([...pinion(), "pip", "install", ...job, ...cache], servers);
}
