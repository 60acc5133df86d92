// The command that makes an environment.

import type { CommandDescription } from "../grammar/command.ts";
import { VIRTUALENV } from "./other-tools-options.ts";
import { GLOBAL, INDEXES, NETWORK } from "./setting-groups.ts";
import { MAKING } from "./summaries.ts";

export const VENV: CommandDescription = {
  summary: "Make a virtual environment",
  arguments: [{ syntax: "[path]", summary: "Path of the environment (default: `.venv`)" }],
  settings: [
    "python",
    ...INDEXES,
    ...NETWORK,
    "exclude-newer",
    "exclude-newer-package",
    "link-mode",
    "refresh",
    "refresh-package",
    "venv-clear",
    ...GLOBAL,
  ],
  summaries: () => MAKING,
  options: [
    { flag: "--force", summary: "With `--clear`, remove even what is not a virtual environment" },
    { flag: "--allow-existing", summary: "Write into an existing folder" },
    {
      flag: "--seed",
      summary: "Install pip into it (below Python 3.12 setuptools and wheel too)",
      counter: "--no-seed",
    },
    { flag: "--no-project", summary: "Pass over the project's `requires-python`" },
    { flag: "--prompt <PROMPT>", summary: "The name that the shell's prompt shows" },
    { flag: "--system-site-packages", summary: "Give it access to the packages of its base interpreter" },
    {
      flag: "--relocatable",
      summary: "Write scripts that keep working when the folder is moved",
      counter: "--no-relocatable",
    },
    ...VIRTUALENV,
  ],
  examples: ["pinion venv", "pinion venv --python 3.12 build/venv"],
  load: () => import("../commands/venv.ts"),
};
