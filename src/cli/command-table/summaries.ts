// What settings mean for commands that do not install: in place of the table's summaries, which several commands share.

import type { CommandSpec } from "../grammar/command.ts";

type Summaries = ReturnType<NonNullable<CommandSpec["summaries"]>>;

/** `install` and `sync`. */
export const INSTALLING: Summaries = {
  python: "The Python (a version or a path), or the environment, to install into",
  system: "Install into the first Python on PATH that is not in a virtual environment",
  target: "Install into a folder, for any platform",
  prefix: "Install below a folder, laid out as an environment",
  requirement: "Install from a requirements file",
  "no-deps": "Install only the packages named, without their dependencies",
  "only-deps": "Install only the dependencies of the packages named, not those packages",
  upgrade: "Prefer the newest versions over the installed ones",
};

/** What removes packages. */
export const REMOVING: Summaries = {
  python: "The Python (a version or a path), or the environment, to remove packages from",
  system: "Remove packages from the first Python on PATH that is not in a virtual environment",
  target: "Remove packages from a folder that `--target` installed into",
  prefix: "Remove packages from below a folder that `--prefix` installed into",
  requirement: "Remove what a requirements file lists",
};

/** What shows an environment. */
export const LOOKING: Summaries = {
  python: "The Python (a version or a path), or the environment, to look at",
  system: "Look at the first Python on PATH that is not in a virtual environment",
  target: "Look at a folder that `--target` installed into",
  prefix: "Look at what `--prefix` installed below a folder",
};

/** What a lock file offers. */
export const LOCK_CHOICES: { readonly extra: string; readonly group: string } = {
  extra: "Include this extra of the lock file",
  group: "Include this dependency group of the lock file",
};

/** What reads a `pylock.toml`. */
export const FROM_LOCK: Summaries = {
  ...LOCK_CHOICES,
  python: "The Python (a version or a path) to choose files for",
  system: "Choose files for the first Python on PATH that is not in a virtual environment",
};

/** What writes a lock file. */
export const LOCKING: Summaries = {
  python: "The Python (a version or a path) to resolve for, and to build with",
  system: "Resolve for the first Python on PATH that is not in a virtual environment",
  "python-version": "The Python version to resolve for",
  "python-platform":
    "The platform to resolve for, such as `linux`, `aarch64-apple-darwin` or `manylinux_2_28_x86_64`",
  "no-deps": "Lock only the packages named, without their dependencies",
  upgrade: "Prefer the newest versions over the pins of the output file",
  "upgrade-package": "Prefer the newest version of this package over its pin in the output file",
};

/** What puts files into a folder. */
export const DOWNLOADING: Summaries = {
  python: "The Python (a version or a path) to choose distributions for, and to build with",
  system: "Choose distributions for the first Python on PATH that is not in a virtual environment",
  requirement: "Download from a requirements file",
  "no-deps": "Download only the packages named, without their dependencies",
  "only-deps": "Download only the dependencies of the packages named, not those packages",
};

/** What builds wheels. */
export const BUILDING: Summaries = {
  python: "The Python (a version or a path) to build with",
  system: "Build with the first Python on PATH that is not in a virtual environment",
  requirement: "Download or build the requirements in a file",
  "no-deps": "Download or build only the packages named, without their dependencies",
  "only-deps": "Download or build only the dependencies of the packages named, not those packages",
};

/** `venv`. */
export const MAKING: Summaries = {
  python: "The Python (a version or a path) that the environment starts",
  "link-mode": "How files come from the cache into the environment, with `--seed`",
};
