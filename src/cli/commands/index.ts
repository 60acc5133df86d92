// Every command of the command line, as data. What a command does is in the module of its name beside this file.

import type { SettingName } from "../../settings/table.ts";
import type { CommandOption, CommandSpec } from "../command.ts";

const OUTPUT: readonly SettingName[] = ["quiet", "verbose", "color", "no-progress", "json"];
const CONFIGURATION: readonly SettingName[] = ["config-file", "no-config", "directory"];
const CACHE: readonly SettingName[] = ["cache-dir", "no-cache"];
const GLOBAL: readonly SettingName[] = [...OUTPUT, ...CONFIGURATION, ...CACHE];

/** What may also stand before the words of a command. */
export const GLOBAL_SETTINGS: readonly SettingName[] = [
  ...GLOBAL,
  "offline",
  "system-certs",
  "fetch-intermediates",
  "allow-insecure-host",
  // pip takes these with every command.
  "cert",
  "client-cert",
  "proxy",
  "no-proxy-env",
  "http-timeout",
  "retries",
  "keyring-provider",
];

const STRICT: CommandOption = {
  flag: "--strict",
  summary: "Warn of packages whose requirements are not met",
  counter: "--no-strict",
};

const FORCE: CommandOption = { flag: "--force", summary: "Do not wait for other runs that use the cache" };

/** What `install` and `sync` share: a look at what would change, and the change as a document. */
const REPORTING: readonly CommandOption[] = [
  { flag: "--dry-run", summary: "Show what would change without changing anything" },
  {
    flag: "--check",
    summary: "Like `--dry-run`, and exit with 1 if something would change",
    excludes: ["--dry-run"],
  },
  {
    flag: "--output-format <format>",
    summary: "Print the changes to stdout as `json`, in uv's form",
    choices: ["text", "json"],
  },
];

/** What uv accepts and what has no effect here. */
const WITHOUT_EFFECT: readonly CommandOption[] = [
  ...withoutEffect("a digest that is stated is always checked", ["--no-verify-hashes"]),
  ...withoutEffect("Pinion has no index of PyTorch's builds", ["--torch-backend <backend>"]),
  // What requests the default, or what only concerns other tools, needs no warning.
  ...[
    "--verify-hashes",
    "--fork-strategy <strategy>",
    "--prefer-binary",
    "--check-build-dependencies",
    "--no-clean",
    "--src <folder>",
    "--no-warn-script-location",
    "--no-warn-conflicts",
    "--no-user",
  ].map(silently),
];

/** What requests the default, or concerns only other tools. */
const ACCEPTED: readonly string[] = [
  "--preview",
  "--no-preview",
  "--preview-features <features>",
  "--python-preference <preference>",
  // uv's `pip` interface passes it over too.
  "--project <folder>",
  "--no-input",
  "--progress-bar <type>",
  "--root-user-action <action>",
  "--exists-action <action>",
  "--require-virtualenv",
  "--disable-pip-version-check",
  "--use-feature <feature>",
  "--use-deprecated <feature>",
  "--resume-retries <count>",
  "--debug",
  "--no-python-version-warning",
];

/** Options of uv and pip that every command accepts without effect, before its words too. */
export const GLOBAL_OPTIONS: readonly CommandOption[] = [
  ...withoutEffect("Pinion installs no Python", [
    "--managed-python",
    "--no-managed-python",
    "--no-python-downloads",
  ]),
  ...withoutEffect("`-v` shows what is done", ["--log <file>"]),
  ...ACCEPTED.map(silently),
];

function silently(flag: string): CommandOption {
  return { flag, summary: "", ignored: "" };
}

function withoutEffect(why: string, flags: readonly string[]): readonly CommandOption[] {
  return flags.map((flag) => {
    const name = /--[a-z-]+/.exec(flag)?.[0] ?? flag;
    return { flag, summary: "", ignored: `\`${name}\` has no effect (${why})` };
  });
}

const EDITABLE: CommandOption = {
  flag: "-e, --editable <path>",
  summary: "Install this project in place: changes of its code take effect at once",
  isRepeatable: true,
};

const ENVIRONMENT: readonly SettingName[] = ["python", "system", "target", "prefix"];
const INDEXES: readonly SettingName[] = [
  "index",
  "default-index",
  "index-url",
  "extra-index-url",
  "find-links",
  "no-index",
  "index-strategy",
  "keyring-provider",
];
const NETWORK: readonly SettingName[] = [
  "trust",
  "cert",
  "ca",
  "system-certs",
  "client-cert",
  "client-key",
  "allow-insecure-host",
  "allow-insecure-credentials",
  "proxy",
  "no-proxy-env",
  "proxy-auth",
  "http-timeout",
  "http-connect-timeout",
  "retries",
  "concurrent-downloads",
  "fetch-intermediates",
  "shared-cache",
  "shared-cache-mode",
  "offline",
];
const RESOLUTION: readonly SettingName[] = [
  "requirement",
  "constraint",
  "override",
  "exclude",
  "extra",
  "all-extras",
  "group",
  "no-sources",
  "no-deps",
  "only-deps",
  "upgrade",
  "upgrade-package",
  "prerelease",
  "prerelease-package",
  "pre",
  "resolution",
  "exclude-newer",
  "exclude-newer-package",
  "require-hashes",
  "no-binary",
  "only-binary",
  "no-build",
  "refresh",
  "refresh-package",
];

const TARGET: readonly SettingName[] = [
  "python-version",
  "python-platform",
  "platform",
  "abi",
  "implementation",
];
const COMPILE_TARGET: readonly SettingName[] = ["python", "system", "python-version", "python-platform"];

const NOT_FOR_COMPILE: ReadonlySet<SettingName> = new Set(["requirement", "require-hashes", "only-deps"]);

const COMPILATION: readonly SettingName[] = [
  ...RESOLUTION.filter((name) => !NOT_FOR_COMPILE.has(name)),
  "output-file",
  "universal",
  "fork-strategy",
  "environments",
  "required-environments",
  "generate-hashes",
  "no-strip-extras",
  "no-strip-markers",
  "no-annotate",
  "annotation-style",
  "no-header",
  "custom-compile-command",
  "no-emit-package",
  "emit-index-url",
  "emit-find-links",
  "emit-build-options",
  "emit-marker-expression",
  "emit-index-annotation",
];

/** Sync installs what is listed and nothing that it needs. */
const NOT_FOR_SYNC: ReadonlySet<SettingName> = new Set([
  "override",
  "exclude",
  "no-deps",
  "only-deps",
  "upgrade",
  "upgrade-package",
  "prerelease",
  "prerelease-package",
  "pre",
  "resolution",
]);

/** Whether something newer is on the indexes, of what is installed. */
const OUTDATED: readonly SettingName[] = ["prerelease", "pre", "exclude-newer", "exclude-newer-package"];

/** uv answers so to this option of its project commands. */
const UPGRADE_GROUP: CommandOption = {
  flag: "--upgrade-group <group>",
  summary: "",
  isHidden: true,
  isRepeatable: true,
};

/** What pip-compile has: without effect here, or refused by the command with its reason. */
const PIP_TOOLS: readonly CommandOption[] = [
  ...["--allow-unsafe", "--no-allow-unsafe"].map((flag) => ({
    flag,
    summary: "",
    ignored: `pip-compile's \`${flag}\` has no effect (Pinion can safely pin \`pip\` and other packages)`,
  })),
  {
    flag: "--no-reuse-hashes",
    summary: "",
    ignored: "pip-compile's `--no-reuse-hashes` has no effect (Pinion doesn't reuse hashes)",
  },
  {
    flag: "--no-emit-trusted-host",
    summary: "",
    ignored: "pip-compile's `--no-emit-trusted-host` has no effect (Pinion never emits trusted hosts)",
  },
  {
    flag: "--no-emit-options",
    summary: "",
    ignored: "pip-compile's `--no-emit-options` has no effect (Pinion never emits options)",
  },
  { flag: "--resolver <resolver>", summary: "", choices: ["backtracking", "legacy"], isHidden: true },
  ...[
    "--reuse-hashes",
    "--max-rounds <number>",
    "--emit-trusted-host",
    "--config <file>",
    "--emit-options",
    "--pip-args <arguments>",
  ].map((flag) => ({ flag, summary: "", isHidden: true as const })),
];

const BUILDS: readonly SettingName[] = [
  "no-build-isolation",
  "no-build-isolation-package",
  "config-setting",
  "config-settings-package",
  "build-constraint",
  "require-build-hashes",
];

/** What decides which files of a lock are moved, and how. */
const LOCK_FILES: readonly SettingName[] = [
  "extra",
  "group",
  "python",
  "system",
  "python-version",
  "python-platform",
  ...INDEXES,
  ...NETWORK,
  ...GLOBAL,
];

const LOCK_CHOICE: readonly CommandOption[] = [
  { flag: "--lock <file>", summary: "A `pylock.toml`" },
  { flag: "--all-platforms", summary: "Every wheel of the lock file, not only those of one target" },
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    words: ["pip", "install"],
    summary: "Install packages into an environment or a folder",
    argument: {
      syntax: "[package...]",
      summary: "Requirements; URLs or paths of wheels, source distributions, Git repositories and projects",
    },
    settings: [
      ...RESOLUTION,
      ...BUILDS,
      ...INDEXES,
      "reinstall",
      "reinstall-package",
      "link-mode",
      "compile-bytecode",
      ...ENVIRONMENT,
      "break-system-packages",
      ...TARGET,
      ...NETWORK,
      ...GLOBAL,
    ],
    options: [
      ...REPORTING,
      { flag: "--exact", summary: "Remove what was not asked for", counter: "--no-exact" },
      STRICT,
      { flag: "--user", summary: "", ignored: "refuse" },
      {
        flag: "--disable-pip-version-check",
        summary: "",
        ignored: "pip's `--disable-pip-version-check` has no effect",
      },
      EDITABLE,
      ...WITHOUT_EFFECT,
    ],
    examples: [
      "pinion pip install flask",
      "pinion pip install -r requirements.txt --index-url https://pypi.corp.example/simple",
      "pinion pip install numpy --target build/python --python-version 3.12 --python-platform linux",
    ],
    load: () => import("./pip-install.ts"),
  },
  {
    words: ["pip", "sync"],
    summary: "Make an environment hold exactly what requirements or lock files list",
    argument: {
      syntax: "[file...]",
      summary: "Requirements files with everything pinned, or a `pylock.toml`",
    },
    settings: [
      ...RESOLUTION.filter((name) => !NOT_FOR_SYNC.has(name)),
      ...BUILDS,
      ...INDEXES,
      "reinstall",
      "reinstall-package",
      "link-mode",
      "compile-bytecode",
      ...ENVIRONMENT,
      "break-system-packages",
      ...TARGET,
      ...NETWORK,
      ...GLOBAL,
    ],
    options: [
      ...REPORTING,
      {
        flag: "--allow-empty-requirements",
        summary: "Remove everything where the files list nothing",
        counter: "--no-allow-empty-requirements",
      },
      STRICT,
      { flag: "--user", summary: "", ignored: "refuse" },
      ...["-a, --ask", "--python-executable <path>", "--config <file>", "--pip-args <arguments>"].map(
        (flag) => ({
          flag,
          summary: "",
          isHidden: true as const,
        }),
      ),
      ...WITHOUT_EFFECT,
    ],
    examples: ["pinion pip sync requirements.txt", "pinion pip sync pylock.toml --extra web"],
    load: () => import("./pip-sync.ts"),
  },
  {
    words: ["pip", "compile"],
    summary: "Lock requirements: choose a version of everything that they need, and write a lock file",
    argument: {
      syntax: "[file...]",
      summary: "Files of requirements, `pyproject.toml`, `setup.cfg`, scripts, or `-`",
    },
    settings: [...COMPILATION, ...BUILDS, ...INDEXES, ...COMPILE_TARGET, ...NETWORK, ...GLOBAL],
    options: [
      {
        flag: "--format <format>",
        summary: "The format of the lock (default: by the name of the output file)",
        choices: ["requirements.txt", "pylock.toml"],
      },
      ...PIP_TOOLS,
      UPGRADE_GROUP,
      ...WITHOUT_EFFECT,
    ],
    examples: [
      "pinion pip compile requirements.in -o requirements.txt",
      "pinion pip compile pyproject.toml --universal -o pylock.toml",
    ],
    load: () => import("./pip-compile.ts"),
  },
  {
    words: ["pip", "download"],
    summary: "Bring wheels, or else source distributions, into a folder, to install from without a network",
    argument: { syntax: "[package...]", summary: "Requirements, URLs or paths of wheels" },
    settings: [...RESOLUTION, ...BUILDS, ...INDEXES, "python", "system", ...TARGET, ...NETWORK, ...GLOBAL],
    summaries: { requirement: "Download what a requirements file lists" },
    options: [
      { flag: "-d, --dest <folder>", summary: "Destination folder (default: the working folder)" },
      EDITABLE,
      ...WITHOUT_EFFECT,
    ],
    examples: [
      "pinion pip download flask -d wheels --python-platform linux --python-version 3.12",
      "pinion pip install --no-index --find-links wheels flask",
    ],
    load: () => import("./pip-download.ts"),
  },
  {
    words: ["pip", "wheel"],
    summary: "Bring wheels into a folder, and build those that there are none of",
    argument: {
      syntax: "[package...]",
      summary: "Requirements; URLs or paths of wheels, source distributions, Git repositories and projects",
    },
    settings: [...RESOLUTION, ...BUILDS, ...INDEXES, "python", "system", ...NETWORK, ...GLOBAL],
    summaries: { requirement: "Bring or build what a requirements file lists" },
    options: [
      { flag: "-w, --wheel-dir <folder>", summary: "Where the wheels go (default: the working folder)" },
      EDITABLE,
      ...WITHOUT_EFFECT,
    ],
    examples: ["pinion pip wheel . -w wheels", "pinion pip wheel --no-binary lxml lxml"],
    load: () => import("./pip-wheel.ts"),
  },
  {
    words: ["build"],
    summary: "Build the source distribution and the wheel of a project",
    argument: { syntax: "[folder]", summary: "The project (default: the working folder)" },
    settings: [...BUILDS, ...INDEXES, "python", "system", ...NETWORK, ...GLOBAL],
    options: [
      { flag: "--sdist", summary: "Build the source distribution only" },
      { flag: "--wheel", summary: "Build the wheel only, straight from the folder" },
      { flag: "-o, --out-dir <folder>", summary: "Where the files go (default: `dist` in the project)" },
    ],
    examples: ["pinion build", "pinion build --wheel -o wheels libs/core"],
    load: () => import("./build.ts"),
  },
  {
    words: ["pip", "uninstall"],
    summary: "Remove packages from an environment",
    argument: { syntax: "[package...]", summary: "Names of packages" },
    settings: ["requirement", ...ENVIRONMENT, "break-system-packages", ...GLOBAL],
    summaries: { requirement: "Remove what a requirements file lists" },
    options: [
      { flag: "--dry-run", summary: "Tell what would be removed, and remove nothing" },
      {
        flag: "-y, --yes",
        summary: "",
        ignored: "`--yes` has no effect (Pinion never asks for confirmation)",
      },
    ],
    examples: ["pinion pip uninstall flask"],
    load: () => import("./pip-uninstall.ts"),
  },
  {
    words: ["pip", "list"],
    aliases: ["ls"],
    summary: "List what is installed, as a table",
    settings: [...ENVIRONMENT, ...OUTDATED, ...INDEXES, ...NETWORK, ...GLOBAL],
    options: [
      { flag: "-e, --editable", summary: "List only editable packages" },
      { flag: "--exclude-editable", summary: "Leave out editable packages" },
      { flag: "--include-editable", summary: "", ignored: "" },
      { flag: "-l, --local", summary: "", ignored: "" },
      { flag: "--exclude <package>", summary: "Leave out this package", isRepeatable: true },
      { flag: "--format <format>", summary: "How to print it", choices: ["columns", "freeze", "json"] },
      {
        flag: "--outdated",
        summary: "List only outdated packages, with their latest version",
        counter: "--no-outdated",
      },
      STRICT,
    ],
    examples: ["pinion pip list --format json"],
    load: () => import("./pip-list.ts"),
  },
  {
    words: ["pip", "freeze"],
    summary: "List what is installed, as requirements",
    settings: [...ENVIRONMENT, ...GLOBAL],
    options: [
      { flag: "--exclude-editable", summary: "Leave out editable packages" },
      { flag: "--exclude <package>", summary: "Leave out this package", isRepeatable: true },
      { flag: "--path <folder>", summary: "Look into this folder", isRepeatable: true },
      { flag: "-l, --local", summary: "", ignored: "" },
      { flag: "--all", summary: "", ignored: "" },
      STRICT,
    ],
    examples: ["pinion pip freeze > requirements.txt"],
    load: () => import("./pip-freeze.ts"),
  },
  {
    words: ["pip", "show"],
    summary: "Show what is known of installed packages",
    argument: { syntax: "[package...]", summary: "Names of packages" },
    settings: [...ENVIRONMENT, ...GLOBAL],
    options: [{ flag: "-f, --files", summary: "List their files too" }, STRICT],
    load: () => import("./pip-show.ts"),
  },
  {
    words: ["pip", "tree"],
    summary: "Show what is installed below what needs it",
    settings: [...ENVIRONMENT, ...OUTDATED, ...INDEXES, ...NETWORK, ...GLOBAL],
    options: [
      { flag: "-d, --depth <number>", summary: "Maximum depth (default: 255)" },
      { flag: "--package <name>", summary: "Begin with this package", isRepeatable: true },
      { flag: "--prune <name>", summary: "Leave out this package and all below it", isRepeatable: true },
      { flag: "--no-dedupe", summary: "Show again what was shown already" },
      { flag: "--invert", summary: "Show what needs a package below it" },
      { flag: "--reverse", summary: "As `--invert`" },
      { flag: "--show-version-specifiers", summary: "Show which versions each need allows" },
      {
        flag: "--outdated",
        summary: "Show the latest version of each outdated package",
        counter: "--no-outdated",
      },
      { flag: "--show-sizes", summary: "Show how much disk space the files of each package take" },
      STRICT,
    ],
    load: () => import("./pip-tree.ts"),
  },
  {
    words: ["pip", "check"],
    summary: "Check whether what is installed, or what a lock file lists, fits together",
    settings: [
      ...ENVIRONMENT,
      ...TARGET,
      "extra",
      "group",
      "no-binary",
      "only-binary",
      "no-build",
      ...INDEXES,
      ...NETWORK,
      ...GLOBAL,
    ],
    options: [
      {
        flag: "--lock <file>",
        summary: "Check this `pylock.toml` for the target instead of an environment",
      },
    ],
    examples: ["pinion pip check", "pinion pip check --lock pylock.toml --python-platform windows"],
    load: () => import("./pip-check.ts"),
  },
  {
    words: ["lock", "diff"],
    summary: "Show what changed between two lock files: packages, versions, files, indexes",
    argument: { syntax: "[file...]", summary: "The old and the new `pylock.toml`" },
    settings: [...NETWORK, ...GLOBAL],
    options: [{ flag: "--output-format <format>", summary: "How to print it", choices: ["text", "json"] }],
    examples: ["pinion lock diff pylock.old.toml pylock.toml"],
    load: () => import("./lock-diff.ts"),
  },
  {
    words: ["lock", "verify"],
    summary: "Ask the indexes whether they still have what a lock file states",
    argument: { syntax: "[file]", summary: "A `pylock.toml`" },
    settings: [...INDEXES, ...NETWORK, ...GLOBAL],
    options: [{ flag: "--output-format <format>", summary: "How to print it", choices: ["text", "json"] }],
    examples: ["pinion lock verify pylock.toml"],
    load: () => import("./lock-verify.ts"),
  },
  {
    words: ["venv"],
    summary: "Make a virtual environment",
    argument: { syntax: "[path]", summary: "Path of the environment (default: `.venv`)" },
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
    options: [
      { flag: "--force", summary: "With `--clear`, remove even what is not a virtual environment" },
      { flag: "--allow-existing", summary: "Write into what is there" },
      {
        flag: "--seed",
        summary: "Install pip into it (below Python 3.12 setuptools and wheel too)",
        counter: "--no-seed",
      },
      { flag: "--no-project", summary: "", ignored: "" },
      { flag: "--prompt <text>", summary: "The name that the shell's prompt shows" },
      { flag: "--system-site-packages", summary: "Let it see the packages of its base" },
      {
        flag: "--relocatable",
        summary: "Write scripts that survive a move of the folder",
        counter: "--no-relocatable",
      },
    ],
    examples: ["pinion venv", "pinion venv --python 3.12 build/venv"],
    load: () => import("./venv.ts"),
  },
  {
    words: ["cache", "dir"],
    summary: "Print the folder of the cache",
    settings: GLOBAL,
    options: [],
    load: () => import("./cache.ts"),
  },
  {
    words: ["cache", "size"],
    summary: "Print how much the cache holds, in bytes",
    settings: GLOBAL,
    options: [{ flag: "-H, --human", summary: "Print it as people read it: `4.5MiB`" }],
    load: () => import("./cache.ts"),
  },
  {
    words: ["cache", "clean"],
    aliases: ["clear"],
    summary: "Remove everything, or what belongs to a package, from the cache",
    argument: { syntax: "[package...]", summary: "Names of packages" },
    settings: GLOBAL,
    options: [FORCE],
    load: () => import("./cache.ts"),
  },
  {
    words: ["cache", "prune"],
    summary: "Remove from the cache what is of no use any more",
    settings: GLOBAL,
    options: [{ flag: "--ci", summary: "Remove also what can be downloaded again" }, FORCE],
    load: () => import("./cache.ts"),
  },
  {
    words: ["cache", "verify"],
    summary: "Check that unpacked wheels are unchanged, and remove those that are not",
    settings: GLOBAL,
    options: [{ flag: "--full", summary: "Read every file instead of comparing sizes and times" }],
    load: () => import("./cache.ts"),
  },
  {
    words: ["cache", "push"],
    summary: "Write the files that a lock needs to the shared cache",
    settings: LOCK_FILES,
    options: LOCK_CHOICE,
    examples: ["pinion cache push --lock pylock.toml --shared-cache oci://registry.corp.example/tools/cache"],
    load: () => import("./cache-files.ts"),
  },
  {
    words: ["cache", "pull"],
    summary: "Download the files that a lock needs into the cache, without installing anything",
    settings: LOCK_FILES,
    options: LOCK_CHOICE,
    examples: ["pinion cache pull --lock pylock.toml"],
    load: () => import("./cache-files.ts"),
  },
  {
    words: ["cache", "export"],
    summary: "Write the files that a lock needs into one archive, for images and caches of CI",
    settings: LOCK_FILES,
    options: [
      ...LOCK_CHOICE,
      {
        flag: "-o, --output-file <file>",
        summary: "The archive to write: the same lock gives the same bytes",
      },
    ],
    examples: ["pinion cache export --lock pylock.toml -o files.tar"],
    load: () => import("./cache-files.ts"),
  },
  {
    words: ["cache", "import"],
    summary: "Add the files of such an archive to the cache, each verified by its hash",
    argument: { syntax: "[archive]", summary: "An archive of `pinion cache export`" },
    settings: GLOBAL,
    options: [],
    examples: ["pinion cache import files.tar"],
    load: () => import("./cache-files.ts"),
  },
  {
    words: ["config"],
    summary: "Show every setting, where it comes from and what it hides",
    settings: [...RESOLUTION, ...INDEXES, ...ENVIRONMENT, ...NETWORK, ...GLOBAL],
    options: [{ flag: "--all", summary: "Show also the settings that are not set" }],
    examples: ["pinion config", "pinion config --json"],
    load: () => import("./config.ts"),
  },
  {
    words: ["trust", "add"],
    summary: "Trust a server's certificate, or its authority's, only for that host and port",
    argument: { syntax: "<url>", summary: "The server: an https URL or HOST[:PORT]" },
    settings: [...NETWORK, ...OUTPUT, ...CONFIGURATION],
    options: [{ flag: "--fingerprint <sha256>", summary: "The certificate or key to trust, without asking" }],
    examples: [
      "pinion trust add https://pypi.corp.example",
      "pinion trust add pypi.corp.example --fingerprint sha256:…",
    ],
    load: () => import("./trust.ts"),
  },
  {
    words: ["trust", "list"],
    aliases: ["ls"],
    summary: "List what is trusted for single hosts",
    settings: [...OUTPUT, ...CONFIGURATION],
    options: [],
    load: () => import("./trust.ts"),
  },
  {
    words: ["trust", "remove"],
    aliases: ["rm"],
    summary: "Remove trust that was added for a single host",
    argument: { syntax: "<url>", summary: "The server: an https URL or HOST[:PORT]" },
    settings: [...OUTPUT, ...CONFIGURATION],
    options: [{ flag: "--fingerprint <sha256>", summary: "Only this certificate" }],
    load: () => import("./trust.ts"),
  },
  {
    words: ["doctor"],
    summary: "Find out why an index, or any TLS server, cannot be reached or is not trusted",
    argument: {
      syntax: "[target...]",
      summary: "Index names, URLs, `HOST` or `HOST:PORT` (default: every configured index)",
    },
    settings: [...INDEXES, ...NETWORK, ...GLOBAL],
    options: [
      { flag: "--report <file>", summary: "Write a report for the administrator of the server" },
      { flag: "--html <file>", summary: "Write a page that shows everything" },
      {
        flag: "--reproduce <folder>",
        summary: "Write certificates and configuration that show the same failure",
      },
    ],
    examples: [
      "pinion doctor",
      "pinion doctor https://pypi.corp.example/simple/",
      "pinion doctor proxy.corp.example:8443 --html proxy.html",
    ],
    load: () => import("./doctor.ts"),
  },
  {
    words: ["lab", "list"],
    summary: "List the shapes of the certificate laboratory",
    settings: OUTPUT,
    options: [],
    load: () => import("./lab.ts"),
  },
  {
    words: ["lab", "serve"],
    summary: "Serve a package index on loopback behind one shape of TLS",
    argument: { syntax: "<shape>", summary: "A shape of `pinion lab list`" },
    settings: OUTPUT,
    options: [
      { flag: "--packages <folder>", summary: "Serve the wheels of this folder instead of small made ones" },
      { flag: "--port <number>", summary: "Listen on this port instead of any free one" },
      { flag: "--listen <address>", summary: "Address of this host to listen on (default: loopback)" },
    ],
    examples: ["pinion lab serve ec-p384-sha512"],
    load: () => import("./lab.ts"),
  },
  {
    words: ["self", "check"],
    summary: "Check what Pinion needs on this machine, and report what is missing",
    settings: [...INDEXES, ...NETWORK, "python", "system", ...GLOBAL],
    options: [],
    examples: ["pinion self check", "pinion self check --json"],
    load: () => import("./self-check.ts"),
  },
  {
    words: ["generate-man-page"],
    summary: "Print the manual page, for `man`",
    settings: OUTPUT,
    options: [],
    examples: ["pinion generate-man-page > ~/.local/share/man/man1/pinion.1"],
    load: () => import("./generate-man-page.ts"),
  },
  {
    words: ["generate-shell-completion"],
    summary: "Print the completion script of a shell",
    argument: { syntax: "<shell>", summary: "`bash`, `zsh` or `fish`" },
    settings: OUTPUT,
    options: [],
    examples: ["pinion generate-shell-completion bash > ~/.local/share/bash-completion/completions/pinion"],
    load: () => import("./generate-shell-completion.ts"),
  },
  {
    words: ["demo"],
    summary: "Install from a private index behind the certificate chain that broke uv",
    settings: OUTPUT,
    options: [],
    load: () => import("./demo.ts"),
  },
];
