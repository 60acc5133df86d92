// Commands that put wheels and source distributions into a folder: download, wheel, build.

import type { CommandDescription } from "../grammar/command.ts";
import { UV_BUILD, WITHOUT_EFFECT } from "./other-tools-options.ts";
import { BUILDS, GLOBAL, INDEXES, NETWORK, RESOLUTION, TARGET } from "./setting-groups.ts";
import { EDITABLE } from "./shared-options.ts";
import { BUILDING, DOWNLOADING } from "./summaries.ts";

export const PIP_DOWNLOAD: CommandDescription = {
  summary: "Download wheels, or source distributions where no wheel fits, for installation without a network",
  arguments: [{ syntax: "[package...]", summary: "Requirements, URLs or paths of wheels" }],
  settings: [...RESOLUTION, ...BUILDS, ...INDEXES, "python", "system", ...TARGET, ...NETWORK, ...GLOBAL],
  summaries: () => DOWNLOADING,
  options: [
    { flag: "-d, --dest <FOLDER>", summary: "Destination folder (default: the working folder)" },
    ...WITHOUT_EFFECT,
  ],
  examples: [
    "pinion pip download flask -d wheels --python-platform linux --python-version 3.12",
    "pinion pip install --no-index --find-links wheels flask",
  ],
  load: () => import("../commands/pip-download.ts"),
};

export const PIP_WHEEL: CommandDescription = {
  summary: "Download wheels into a folder, and build those that no index has",
  arguments: [
    {
      syntax: "[package...]",
      summary: "Requirements; URLs or paths of wheels, source distributions, Git repositories and projects",
    },
  ],
  settings: [...RESOLUTION, ...BUILDS, ...INDEXES, "python", "system", ...NETWORK, ...GLOBAL],
  summaries: () => BUILDING,
  options: [
    { flag: "-w, --wheel-dir <FOLDER>", summary: "Where the wheels go (default: the working folder)" },
    { ...EDITABLE, summary: "Build a wheel of this project" },
    ...WITHOUT_EFFECT,
  ],
  examples: ["pinion pip wheel . -w wheels", "pinion pip wheel --no-binary lxml lxml"],
  load: () => import("../commands/pip-wheel.ts"),
};

export const BUILD: CommandDescription = {
  summary: "Build the source distribution and the wheel of a project",
  arguments: [
    {
      syntax: "[path]",
      summary: "The project (default: the working folder), or a source distribution to build the wheel of",
    },
  ],
  settings: [
    ...BUILDS,
    "require-hashes",
    "exclude-newer",
    "exclude-newer-package",
    "no-build",
    "no-sources",
    "no-sources-package",
    "refresh",
    "refresh-package",
    ...INDEXES,
    "python",
    "system",
    ...NETWORK,
    ...GLOBAL,
  ],
  summaries: () => BUILDING,
  options: [
    { flag: "--sdist", summary: "Build the source distribution only" },
    { flag: "--wheel", summary: "Build the wheel only, straight from the folder" },
    {
      flag: "--package <PACKAGE>",
      summary: "Build this project of the workspace",
      excludes: ["--all-packages"],
    },
    { flag: "--all-packages", summary: "Build all projects of the workspace" },
    {
      flag: "-o, --out-dir <OUT_DIR>",
      summary: "Where the files go (default: `dist` in the project, or in the root of its workspace)",
    },
    {
      flag: "--list",
      summary:
        "List the files that the archives would have, instead of building into the output folder (uv_build only)",
      excludes: ["--force-pep517"],
    },
    {
      flag: "--no-build-logs",
      summary: "Do not show what build backends print",
      counter: "--build-logs",
    },
    { flag: "--clear", summary: "Empty the output folder first" },
    { flag: "--no-create-gitignore", summary: "Write no `.gitignore` into the output folder" },
    // uv's project commands split what its `pip` interface says with a value.
    { flag: "--no-binary", summary: "Do not use wheels of build requirements" },
    {
      flag: "--no-binary-package <NO_BINARY_PACKAGE>",
      summary: "Do not use wheels of this build requirement",
      isRepeatable: true,
    },
    {
      flag: "--no-build-package <NO_BUILD_PACKAGE>",
      summary: "Do not build this build requirement",
      isRepeatable: true,
    },
    ...UV_BUILD,
  ],
  examples: ["pinion build", "pinion build --wheel -o wheels libs/core"],
  load: () => import("../commands/build.ts"),
};
