// A build, and the installation after it, killed at random moments: the environment is the old one or the new one, no process
// stays, and the next command leaves nothing in temporary folders. `KILLS=100` and `SEED` try more moments (`npm run kill:builds`).

import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { packSdist, smallBackend } from "./support/source-trees.ts";
import { commandStage, treeOf } from "./support/command-stage.ts";
import { processesOf, until } from "./support/processes.ts";
import { seededRandom } from "./support/random.ts";

const KILLS = Number(process.env["KILLS"] ?? 4);
const SEED = Number(process.env["SEED"] ?? 1);

/** The build and the installation take about as long; any moment is a good one. */
const LATEST_MS = 1500;
const ENVIRONMENT_LOCK = ".pinion.lock";

/** Takes a while, with a child of its own. */
const BACKEND = `import subprocess, sys, time
${smallBackend("alpha", "1.0").replace(
  "    return write(directory, {NAME",
  "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n    time.sleep(0.3)\n    child.kill()\n    return write(directory, {NAME",
)}`;

describe.skipIf(process.platform !== "linux")("a build that is killed", () => {
  test(
    `at ${KILLS} moments leaves the old or the new environment, and nothing else`,
    { timeout: KILLS * 60_000 },
    async () => {
      const bytes = packSdist("alpha-1.0", {
        "pyproject.toml": `[build-system]\nrequires = ["maker"]\nbuild-backend = "maker"\n`,
      });
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const sdist = { name: "alpha", version: "1.0", filename: "alpha-1.0.tar.gz", bytes, sha256 };
      await using stage = await commandStage({
        packages: [
          sdist,
          makeWheel({ name: "alpha", version: "0.9", files: { "alpha.py": "VALUE = 'old'\n" } }),
          makeWheel({ name: "maker", version: "1.0", files: { "maker.py": BACKEND } }),
        ],
      });
      const { world, venv } = stage;
      const install = async (version: string): Promise<Readonly<Record<string, string>>> => {
        const run = await stage.install(`alpha==${version}`);
        expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
        return treeOf(venv);
      };
      const old = await install("0.9");
      const changed = await install("1.0");
      const random = seededRandom(SEED);
      for (let kill = 0; kill < KILLS; kill += 1) {
        rmSync(world.cache, { recursive: true, force: true, maxRetries: 3 });
        expect(await install("0.9")).toEqual(old);
        const delayMs = random.below(LATEST_MS);
        const child = world.start(["pip", "install", "--index-url", stage.index.url, "alpha==1.0"]);
        const ended = once(child, "close");
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        child.kill("SIGKILL");
        await ended;
        await until(() => processesOf(world.home).length === 0);
        await stage.pinion(["pip", "list"]);
        // The lock of a dead process stays until the next change takes it.
        const { [ENVIRONMENT_LOCK]: _, ...tree } = treeOf(venv);
        expect([old, changed]).toContainEqual(tree);
        const after = await install("1.0");
        // Where the change had happened, the next command has nothing to do and takes no lock.
        const isLockLeft = isDeepStrictEqual(tree, changed) && after[ENVIRONMENT_LOCK] !== undefined;
        const lock = isLockLeft ? { [ENVIRONMENT_LOCK]: after[ENVIRONMENT_LOCK] } : {};
        expect(after).toEqual({ ...changed, ...lock });
        expect(leftovers([join(world.directory, "tmp"), join(world.cache, "builds-v1")])).toEqual([]);
      }
    },
  );
});

/** All but the empty mark of a process that was killed while it wrote it, which a later command removes by its age. */
function leftovers(folders: readonly string[]): readonly string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder).filter(
        (name) => !name.endsWith(".in-use") || statSync(join(folder, name)).size > 0,
      ),
    );
}
