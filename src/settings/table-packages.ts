// The settings that decide what is installed, from which index, and where.

import type { SettingDefinition } from "./definition.ts";

export type PackageSettingName =
  | "index"
  | "default-index"
  | "index-url"
  | "extra-index-url"
  | "find-links"
  | "no-index"
  | "index-strategy"
  | "keyring-provider"
  | "keyring-command"
  | "requirement"
  | "constraint"
  | "override"
  | "no-deps"
  | "upgrade"
  | "upgrade-package"
  | "prerelease"
  | "pre"
  | "resolution"
  | "exclude-newer"
  | "exclude-newer-package"
  | "require-hashes"
  | "no-binary"
  | "only-binary"
  | "no-build"
  | "reinstall"
  | "reinstall-package"
  | "link-mode"
  | "compile-bytecode"
  | "python"
  | "system"
  | "break-system-packages"
  | "target"
  | "prefix"
  | "python-version"
  | "python-platform"
  | "venv-clear";

export const PACKAGE_SETTINGS: Readonly<Record<PackageSettingName, SettingDefinition>> = {
  index: {
    group: "index",
    type: "list",
    flag: "--index <[name=]url>",
    summary: "Ask this index before the default one; may be given several times, first wins",
    uvVariables: ["UV_INDEX"],
    uvSeparator: " ",
  },
  "default-index": {
    group: "index",
    type: "text",
    flag: "--default-index <url>",
    summary: "The index asked last: https://pypi.org/simple where none is named",
    uvVariables: ["UV_DEFAULT_INDEX"],
  },
  "index-url": {
    group: "index",
    type: "text",
    flag: "-i, --index-url <url>",
    summary: "As `--default-index`, under pip's name",
    uvVariables: ["UV_INDEX_URL"],
    pipNames: ["index-url", "pypi-url"],
    uvKey: "index-url",
    uvPipKey: "index-url",
  },
  "extra-index-url": {
    group: "index",
    type: "list",
    flag: "--extra-index-url <url>",
    summary: "As `--index`, under pip's name",
    uvVariables: ["UV_EXTRA_INDEX_URL"],
    pipNames: ["extra-index-url"],
    uvKey: "extra-index-url",
    uvPipKey: "extra-index-url",
    uvSeparator: " ",
  },
  "find-links": {
    group: "index",
    type: "list",
    flag: "-f, --find-links <path|url>",
    summary: "A folder or page of distributions to look at besides the indexes",
    uvVariables: ["UV_FIND_LINKS"],
    pipNames: ["find-links"],
    uvKey: "find-links",
    uvPipKey: "find-links",
    uvSeparator: ",",
  },
  "no-index": {
    group: "index",
    type: "boolean",
    flag: "--no-index",
    summary: "Ask no index, only `--find-links`",
    pipNames: ["no-index"],
    uvKey: "no-index",
    uvPipKey: "no-index",
  },
  "index-strategy": {
    group: "index",
    type: "choice",
    choices: ["first-index", "unsafe-first-match", "unsafe-best-match"],
    flag: "--index-strategy <strategy>",
    summary: "What to do with a project that several indexes have",
    uvVariables: ["UV_INDEX_STRATEGY"],
    uvKey: "index-strategy",
    uvPipKey: "index-strategy",
  },
  "keyring-provider": {
    group: "index",
    type: "choice",
    choices: ["disabled", "subprocess", "auto", "import"],
    flag: "--keyring-provider <provider>",
    summary: "Ask the `keyring` program for credentials",
    uvVariables: ["UV_KEYRING_PROVIDER"],
    pipNames: ["keyring-provider"],
    uvKey: "keyring-provider",
    uvPipKey: "keyring-provider",
  },
  "keyring-command": {
    group: "index",
    type: "text",
    summary: "The program to ask instead of `keyring`: its name or path",
  },

  requirement: {
    group: "resolver",
    type: "list",
    flag: "-r, --requirement <file>",
    aliases: ["--requirements"],
    summary: "Install what a requirements file lists",
    pipNames: ["requirement"],
  },
  constraint: {
    group: "resolver",
    type: "list",
    flag: "-c, --constraint <file>",
    aliases: ["--constraints"],
    summary: "Narrow versions by a requirements file, without installing what it lists",
    uvVariables: ["UV_CONSTRAINT"],
    pipNames: ["constraint"],
    uvSeparator: " ",
  },
  override: {
    group: "resolver",
    type: "list",
    flag: "--override <file>",
    aliases: ["--overrides"],
    summary: "Replace what packages require by what a requirements file lists",
    uvVariables: ["UV_OVERRIDE"],
    uvSeparator: " ",
  },
  "no-deps": {
    group: "resolver",
    type: "boolean",
    flag: "--no-deps",
    aliases: ["--no-dependencies"],
    counters: ["--deps"],
    summary: "Install what is named, and nothing that it requires",
    pipNames: ["no-deps", "no-dependencies"],
    uvPipKey: "no-deps",
  },
  upgrade: {
    group: "resolver",
    type: "boolean",
    flag: "-U, --upgrade",
    counters: ["--no-upgrade"],
    summary: "Prefer the newest versions to the installed ones",
    pipNames: ["upgrade"],
    uvKey: "upgrade",
    uvPipKey: "upgrade",
  },
  "upgrade-package": {
    group: "resolver",
    type: "list",
    flag: "-P, --upgrade-package <name>",
    summary: "Prefer the newest version of this package",
    uvKey: "upgrade-package",
    uvPipKey: "upgrade-package",
  },
  prerelease: {
    group: "resolver",
    type: "choice",
    choices: ["disallow", "allow", "if-necessary", "explicit", "if-necessary-or-explicit"],
    flag: "--prerelease <rule>",
    summary: "When pre-releases may be chosen",
    uvVariables: ["UV_PRERELEASE"],
    uvKey: "prerelease",
    uvPipKey: "prerelease",
  },
  pre: {
    group: "resolver",
    type: "boolean",
    flag: "--pre",
    summary: "As `--prerelease allow`",
    pipNames: ["pre"],
  },
  resolution: {
    group: "resolver",
    type: "choice",
    choices: ["highest", "lowest", "lowest-direct"],
    flag: "--resolution <rule>",
    summary: "Which of the versions that fit to choose",
    uvVariables: ["UV_RESOLUTION"],
    uvKey: "resolution",
    uvPipKey: "resolution",
  },
  "exclude-newer": {
    group: "resolver",
    type: "text",
    flag: "--exclude-newer <date>",
    aliases: ["--uploaded-prior-to"],
    summary: "Leave out files uploaded after this date",
    uvVariables: ["UV_EXCLUDE_NEWER"],
    pipNames: ["uploaded-prior-to"],
    uvKey: "exclude-newer",
    uvPipKey: "exclude-newer",
  },
  "exclude-newer-package": {
    group: "resolver",
    type: "list",
    flag: "--exclude-newer-package <name=date>",
    summary: "As `--exclude-newer`, for one package; `name=false` takes it out",
  },
  "require-hashes": {
    group: "resolver",
    type: "boolean",
    flag: "--require-hashes",
    counters: ["--no-require-hashes"],
    summary: "Refuse what is not pinned with a digest",
    uvVariables: ["UV_REQUIRE_HASHES"],
    pipNames: ["require-hashes"],
    uvPipKey: "require-hashes",
  },
  "no-binary": {
    group: "resolver",
    type: "list",
    flag: "--no-binary <name|:all:>",
    summary: "Do not use wheels of this package",
    pipNames: ["no-binary"],
    uvKey: "no-binary-package",
    uvPipKey: "no-binary",
  },
  "only-binary": {
    group: "resolver",
    type: "list",
    flag: "--only-binary <name|:all:>",
    summary: "Use nothing but wheels of this package",
    pipNames: ["only-binary"],
    uvKey: "no-build-package",
    uvPipKey: "only-binary",
  },
  "no-build": {
    group: "resolver",
    type: "boolean",
    flag: "--no-build",
    counters: ["--build"],
    summary: "As `--only-binary :all:`",
    uvKey: "no-build",
    uvPipKey: "no-build",
  },

  reinstall: {
    group: "installer",
    type: "boolean",
    flag: "--reinstall",
    aliases: ["--force-reinstall"],
    counters: ["--no-reinstall"],
    summary: "Install again what is installed",
    pipNames: ["force-reinstall"],
    uvKey: "reinstall",
    uvPipKey: "reinstall",
  },
  "reinstall-package": {
    group: "installer",
    type: "list",
    flag: "--reinstall-package <name>",
    summary: "Install this package again",
    uvKey: "reinstall-package",
    uvPipKey: "reinstall-package",
  },
  "link-mode": {
    group: "installer",
    type: "choice",
    choices: ["clone", "hardlink", "copy", "symlink"],
    flag: "--link-mode <mode>",
    summary: "How files come from the cache into the environment",
    uvVariables: ["UV_LINK_MODE"],
    uvKey: "link-mode",
    uvPipKey: "link-mode",
  },
  "compile-bytecode": {
    group: "installer",
    type: "boolean",
    flag: "--compile-bytecode",
    aliases: ["--compile"],
    // pip sets its one switch to what either name says: `no-compile = 1` compiles.
    pipNames: ["compile", "no-compile"],
    counters: ["--no-compile-bytecode", "--no-compile"],
    summary: "Compile what was installed to bytecode",
    uvVariables: ["UV_COMPILE_BYTECODE"],
    uvKey: "compile-bytecode",
    uvPipKey: "compile-bytecode",
  },

  python: {
    group: "environment",
    type: "text",
    flag: "-p, --python <version|path>",
    summary: "The Python, or the environment, to install into",
    uvVariables: ["UV_PYTHON"],
    pipNames: ["python"],
    uvPipKey: "python",
  },
  system: {
    group: "environment",
    type: "boolean",
    flag: "--system",
    counters: ["--no-system"],
    summary: "Install into the first Python on PATH that is in no environment",
    uvVariables: ["UV_SYSTEM_PYTHON"],
    uvPipKey: "system",
  },
  "break-system-packages": {
    group: "environment",
    type: "boolean",
    flag: "--break-system-packages",
    counters: ["--no-break-system-packages"],
    summary: "Change an environment that belongs to another package manager",
    uvVariables: ["UV_BREAK_SYSTEM_PACKAGES"],
    pipNames: ["break-system-packages"],
    uvPipKey: "break-system-packages",
  },
  target: {
    group: "environment",
    type: "path",
    flag: "--target <folder>",
    aliases: ["-t"],
    summary: "Install into a folder, for any platform",
    pipNames: ["target"],
    uvPipKey: "target",
  },
  prefix: {
    group: "environment",
    type: "path",
    flag: "--prefix <folder>",
    summary: "Install below a folder, laid out as an environment",
    pipNames: ["prefix"],
    uvPipKey: "prefix",
  },
  "python-version": {
    group: "environment",
    type: "text",
    flag: "--python-version <version>",
    summary: "The Python version to choose distributions for",
    pipNames: ["python-version"],
    uvPipKey: "python-version",
  },
  "python-platform": {
    group: "environment",
    type: "text",
    flag: "--python-platform <platform>",
    aliases: ["--platform"],
    summary:
      "The platform to choose distributions for, such as `linux`, `aarch64-apple-darwin` or `manylinux_2_28_x86_64`",
    pipNames: ["platform"],
    uvPipKey: "python-platform",
  },
  "venv-clear": {
    group: "environment",
    type: "boolean",
    flag: "-c, --clear",
    counters: ["--no-clear"],
    summary: "Remove the virtual environment that is there before",
    uvVariables: ["UV_VENV_CLEAR"],
  },
};
