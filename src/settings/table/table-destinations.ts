// The settings that decide where packages are installed, and for which Python and platform.

import { choice, flag, inGroup, list, path, text, type SettingTable } from "./setting.ts";

/** The types of the values. */
export interface DestinationSettings {
  readonly python: string | undefined;
  readonly system: boolean;
  readonly "break-system-packages": boolean;
  readonly target: string | undefined;
  readonly prefix: string | undefined;
  readonly root: string | undefined;
  readonly "python-version": string | undefined;
  readonly "python-platform": string | undefined;
  readonly platform: readonly string[];
  readonly abi: readonly string[];
  readonly implementation: "cp" | "pp" | "py" | undefined;
  readonly "venv-clear": boolean;
}

export const DESTINATION_SETTINGS: SettingTable<DestinationSettings> = inGroup("environment", {
  python: text({
    flag: "-p, --python <PYTHON>",
    summary: "The Python (a version or a path), or the environment, to use",
    uvVariables: ["UV_PYTHON"],
    pipNames: ["python"],
    uvPipKey: "python",
  }),
  system: flag({
    flag: "--system",
    counters: ["--no-system"],
    summary: "Use the first Python on PATH that is not in a virtual environment",
    uvVariables: ["UV_SYSTEM_PYTHON"],
    uvPipKey: "system",
  }),
  "break-system-packages": flag({
    flag: "--break-system-packages",
    counters: ["--no-break-system-packages"],
    summary: "Change an environment that belongs to another package manager",
    uvVariables: ["UV_BREAK_SYSTEM_PACKAGES"],
    pipNames: ["break-system-packages"],
    uvPipKey: "break-system-packages",
  }),
  target: path({
    staysInProject: true,
    flag: "--target <TARGET>",
    aliases: ["-t"],
    summary: "Use a folder instead of an environment, for any platform",
    pipNames: ["target"],
    uvPipKey: "target",
  }),
  prefix: path({
    staysInProject: true,
    flag: "--prefix <PREFIX>",
    summary: "Use a folder that is laid out as an environment",
    pipNames: ["prefix"],
    uvPipKey: "prefix",
  }),
  root: path({
    staysInProject: true,
    flag: "--root <FOLDER>",
    summary: "Install as usual, but below this folder, which every path of the environment then starts with",
    pipNames: ["root"],
  }),
  "python-version": text({
    flag: "--python-version <PYTHON_VERSION>",
    summary: "The Python version to choose distributions for",
    pipNames: ["python-version"],
    uvPipKey: "python-version",
  }),
  "python-platform": text({
    flag: "--python-platform <PYTHON_PLATFORM>",
    summary:
      "The platform to choose distributions for, such as `linux`, `aarch64-apple-darwin` or `manylinux_2_28_x86_64`",
    uvPipKey: "python-platform",
  }),
  platform: list({
    flag: "--platform <PLATFORM>",
    summary: "Choose wheels for these platforms, the first preferred: pip's form of `--python-platform`",
    pipNames: ["platform"],
  }),
  abi: list({
    flag: "--abi <ABI>",
    summary: "The ABI to choose wheels for, such as `cp312`; may be given several times",
    pipNames: ["abi"],
  }),
  implementation: choice(["cp", "pp", "py"], {
    flag: "--implementation <NAME>",
    summary: "The Python implementation to choose wheels for: `cp`, `pp`, or `py` for pure Python",
    pipNames: ["implementation"],
  }),
  "venv-clear": flag({
    flag: "-c, --clear",
    counters: ["--no-clear"],
    summary: "Remove an existing virtual environment first",
    uvVariables: ["UV_VENV_CLEAR"],
  }),
});
