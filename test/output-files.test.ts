// Files that commands write: in folders that are not there yet, and under the names of links that a checked-out folder brings,
// which are judged by their text and by where the system goes.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { commandStage } from "./support/command-stage.ts";
import { World } from "./support/world.ts";

const COMMANDS = [
  { command: ["doctor", "127.0.0.1:1", "--report"], name: "report.txt" },
  { command: ["doctor", "127.0.0.1:1", "--html"], name: "page.html" },
  { command: ["pip", "compile", "requirements.in", "-q", "-o"], name: "requirements.txt" },
  { command: ["pip", "install", "--dry-run", "-r", "requirements.in", "--report"], name: "r.json" },
] as const;

test.for(COMMANDS)("makes the folders of $name, or says why not", async ({ command, name }, { expect }) => {
  await using stage = await commandStage({ commands: "called" });
  const { world } = stage;
  world.write("project/requirements.in", "wordlist\n");
  const options = { cwd: world.project, env: { PINION_INDEX_URL: stage.index.url } };
  await stage.pinion([...command, join("a folder", "in it", name)], options);
  expect(readdirSync(join(world.project, "a folder", "in it"))).toEqual([name]);
  const refused = await stage.pinion([...command, join("requirements.in", name)], options);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      `Cannot write \`${world.filter(join(world.project, "requirements.in", name))}\``,
    ),
  });
});

// Promise: what a command writes goes into no file of the user's by a link of a checked-out folder
// Attack: a link whose way has a link to a folder and then `..`: by its text it stays in the folder, for the system it leads out
test.skipIf(process.platform === "win32").for(COMMANDS)(
  "judges a link by where the system goes: $name",
  async ({ command, name }, { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const { world } = stage;
    const cwd = join(world.project, "checked", "out");
    world.write("project/checked/out/requirements.in", "wordlist\n");
    const options = { cwd, env: { PINION_INDEX_URL: stage.index.url } };
    symlinkSync("..", join(cwd, "up"));
    symlinkSync("up/../mine.txt", join(cwd, name));
    const own = world.write("project/mine.txt", "The user's.\n");
    const refused = await stage.pinion([...command, name], options);
    expect(refused.stderr).toContain(
      `\`${name}\` is a link that leads out of its folder, to \`${world.filter(own)}\``,
    );
    expect(readFileSync(own, "utf8")).toBe("The user's.\n");
    // Where nothing is there yet, what was judged is what is written.
    rmSync(own);
    await stage.pinion([...command, name], options);
    expect(existsSync(own)).toBe(false);
    expect(existsSync(join(cwd, "mine.txt"))).toBe(true);
  },
);

// Promise: what a command writes goes into no file of the user's by a link of a checked-out folder
// Attack: `bin` of a `.venv` is such a link, which leads to a folder of the user's
test.skipIf(process.platform === "win32")("makes no environment through such a link", async ({ expect }) => {
  await using world = await World.create({ commands: "called" });
  const venv = join(world.project, "checked", ".venv");
  for (const folder of [join(venv, "mine"), join(world.project, "mine")])
    mkdirSync(folder, { recursive: true });
  symlinkSync("..", join(venv, "up"));
  symlinkSync("up/../mine", join(venv, "bin"));
  const run = await world.cli(["venv", "--allow-existing", venv]);
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining("leads out of the environment") });
  expect(readdirSync(join(world.project, "mine"))).toEqual([]);
});
