// `pinion venv` in the folder of a project: which Python it is for.

import { expect, test } from "vitest";

import { World } from "./support/world.ts";

test.each<[readonly string[], Readonly<Record<string, string>>, number]>([
  [[], {}, 2],
  [["--no-project"], {}, 0],
  [[], { UV_NO_PROJECT: "1" }, 0],
  [[], { UV_NO_PROJECT: "0" }, 2],
  [["--no-project"], { UV_NO_PROJECT: "0" }, 0],
  [[], { UV_NO_PROJECT: "perhaps" }, 2],
])(
  "%j with %j ends with %d where the project is for a Python that is not there",
  async (options, env, code) => {
    await using world = await World.create({ commands: "called" });
    world.write(
      "project/pyproject.toml",
      '[project]\nname = "alpha"\nversion = "1.0"\nrequires-python = "==3.99.*"\n',
    );
    expect((await world.cli(["venv", "made", ...options], { env })).code).toBe(code);
  },
);
