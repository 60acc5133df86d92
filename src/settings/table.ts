// The one table of settings: for each its flag, its variables and its keys in the files of Pinion, uv and pip.
// Help texts, `pinion config` and docs/settings.md are made from it.

export interface SettingDefinition {
  /** What the text of a flag, variable or file is turned into. */
  readonly type: "text" | "path" | "boolean" | "count" | "seconds" | "whole-number" | "list" | "choice";
  readonly summary: string;
  /** As commander writes it: `-i, --index-url <url>`. Settings without one are set elsewhere only. */
  readonly flag?: string;
  readonly aliases?: readonly string[];
  readonly choices?: readonly string[];
  /** Variables of each tool, the first that is set counts. `PINION_` + the name is always read first. */
  readonly uvVariables?: readonly string[];
  readonly pipVariables?: readonly string[];
  /** Variables that belong to no tool, such as `SSL_CLIENT_CERT`; they come after Pinion's and before uv's. */
  readonly commonVariables?: readonly string[];
  /** Key at the top of uv.toml and `[tool.uv]`, and whether uv knows it in `uv.toml` alone. */
  readonly uvKey?: string;
  readonly isUvTomlOnly?: true;
  /** Key in uv's `[pip]` table. */
  readonly uvPipKey?: string;
  readonly pipKey?: string;
  /** pip takes any yes or no as yes: `no-cache-dir = false` switches the cache off. */
  readonly isPipPresence?: true;
  /** How one text is cut into a list: uv's and pip's variables differ. */
  readonly uvSeparator?: " " | ",";
  readonly group: SettingGroup;
}

export type SettingGroup =
  | "index"
  | "resolver"
  | "network"
  | "trust"
  | "installer"
  | "environment"
  | "cache"
  | "output"
  | "configuration";

export type SettingName =
  | "index"
  | "default-index"
  | "index-url"
  | "extra-index-url"
  | "find-links"
  | "no-index"
  | "index-strategy"
  | "keyring-provider"
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
  | "require-hashes"
  | "no-binary"
  | "only-binary"
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
  | "trust"
  | "cert"
  | "system-certs"
  | "client-cert"
  | "client-key"
  | "allow-insecure-host"
  | "allow-insecure-credentials"
  | "pip-cert"
  | "proxy"
  | "https-proxy"
  | "http-proxy"
  | "no-proxy"
  | "http-timeout"
  | "http-connect-timeout"
  | "retries"
  | "concurrent-downloads"
  | "offline"
  | "cache-dir"
  | "no-cache"
  | "refresh"
  | "quiet"
  | "verbose"
  | "color"
  | "no-progress"
  | "json"
  | "config-file"
  | "no-config";

export const SETTINGS: Readonly<Record<SettingName, SettingDefinition>> = {
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
    pipVariables: ["PIP_INDEX_URL", "PIP_PYPI_URL"],
    uvKey: "index-url",
    uvPipKey: "index-url",
    pipKey: "index-url",
  },
  "extra-index-url": {
    group: "index",
    type: "list",
    flag: "--extra-index-url <url>",
    summary: "As `--index`, under pip's name",
    uvVariables: ["UV_EXTRA_INDEX_URL"],
    pipVariables: ["PIP_EXTRA_INDEX_URL"],
    uvKey: "extra-index-url",
    uvPipKey: "extra-index-url",
    pipKey: "extra-index-url",
    uvSeparator: " ",
  },
  "find-links": {
    group: "index",
    type: "list",
    flag: "-f, --find-links <path|url>",
    summary: "A folder or page of distributions to look at besides the indexes",
    uvVariables: ["UV_FIND_LINKS"],
    pipVariables: ["PIP_FIND_LINKS"],
    uvKey: "find-links",
    uvPipKey: "find-links",
    pipKey: "find-links",
    uvSeparator: ",",
  },
  "no-index": {
    group: "index",
    type: "boolean",
    flag: "--no-index",
    summary: "Ask no index, only `--find-links`",
    pipVariables: ["PIP_NO_INDEX"],
    uvKey: "no-index",
    uvPipKey: "no-index",
    pipKey: "no-index",
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
    pipVariables: ["PIP_KEYRING_PROVIDER"],
    uvKey: "keyring-provider",
    uvPipKey: "keyring-provider",
    pipKey: "keyring-provider",
  },

  requirement: {
    group: "resolver",
    type: "list",
    flag: "-r, --requirement <file>",
    aliases: ["--requirements"],
    summary: "Install what a requirements file lists",
    pipVariables: ["PIP_REQUIREMENT"],
    pipKey: "requirement",
  },
  constraint: {
    group: "resolver",
    type: "list",
    flag: "-c, --constraint <file>",
    aliases: ["--constraints"],
    summary: "Narrow versions by a requirements file, without installing what it lists",
    uvVariables: ["UV_CONSTRAINT"],
    pipVariables: ["PIP_CONSTRAINT"],
    uvSeparator: " ",
    pipKey: "constraint",
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
    summary: "Install what is named, and nothing that it requires",
    pipVariables: ["PIP_NO_DEPS", "PIP_NO_DEPENDENCIES"],
    uvPipKey: "no-deps",
    pipKey: "no-deps",
  },
  upgrade: {
    group: "resolver",
    type: "boolean",
    flag: "-U, --upgrade",
    summary: "Prefer the newest versions to the installed ones",
    pipVariables: ["PIP_UPGRADE"],
    uvKey: "upgrade",
    uvPipKey: "upgrade",
    pipKey: "upgrade",
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
    pipVariables: ["PIP_PRE"],
    pipKey: "pre",
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
    summary: "Leave out files uploaded after this date",
    uvVariables: ["UV_EXCLUDE_NEWER"],
    pipVariables: ["PIP_UPLOADED_PRIOR_TO"],
    uvKey: "exclude-newer",
    uvPipKey: "exclude-newer",
    pipKey: "uploaded-prior-to",
  },
  "require-hashes": {
    group: "resolver",
    type: "boolean",
    flag: "--require-hashes",
    summary: "Refuse what is not pinned with a digest",
    uvVariables: ["UV_REQUIRE_HASHES"],
    pipVariables: ["PIP_REQUIRE_HASHES"],
    uvPipKey: "require-hashes",
    pipKey: "require-hashes",
  },
  "no-binary": {
    group: "resolver",
    type: "list",
    flag: "--no-binary <name|:all:>",
    summary: "Do not use wheels of this package",
    pipVariables: ["PIP_NO_BINARY"],
    uvPipKey: "no-binary",
    pipKey: "no-binary",
  },
  "only-binary": {
    group: "resolver",
    type: "list",
    flag: "--only-binary <name|:all:>",
    summary: "Use nothing but wheels of this package",
    pipVariables: ["PIP_ONLY_BINARY"],
    uvPipKey: "only-binary",
    pipKey: "only-binary",
  },

  reinstall: {
    group: "installer",
    type: "boolean",
    flag: "--reinstall",
    aliases: ["--force-reinstall"],
    summary: "Install anew what is installed",
    pipVariables: ["PIP_FORCE_REINSTALL"],
    uvKey: "reinstall",
    uvPipKey: "reinstall",
    pipKey: "force-reinstall",
  },
  "reinstall-package": {
    group: "installer",
    type: "list",
    flag: "--reinstall-package <name>",
    summary: "Install this package anew",
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
    pipVariables: ["PIP_PYTHON"],
    uvPipKey: "python",
    pipKey: "python",
  },
  system: {
    group: "environment",
    type: "boolean",
    flag: "--system",
    summary: "Install into the first Python on PATH that is in no environment",
    uvVariables: ["UV_SYSTEM_PYTHON"],
    uvPipKey: "system",
  },
  "break-system-packages": {
    group: "environment",
    type: "boolean",
    flag: "--break-system-packages",
    summary: "Change an environment that belongs to another package manager",
    uvVariables: ["UV_BREAK_SYSTEM_PACKAGES"],
    pipVariables: ["PIP_BREAK_SYSTEM_PACKAGES"],
    uvPipKey: "break-system-packages",
    pipKey: "break-system-packages",
  },
  target: {
    group: "environment",
    type: "path",
    flag: "--target <folder>",
    aliases: ["-t"],
    summary: "Install into a folder, for any platform",
    pipVariables: ["PIP_TARGET"],
    uvPipKey: "target",
    pipKey: "target",
  },
  prefix: {
    group: "environment",
    type: "path",
    flag: "--prefix <folder>",
    summary: "Install below a folder, laid out as an environment",
    pipVariables: ["PIP_PREFIX"],
    uvPipKey: "prefix",
    pipKey: "prefix",
  },
  "python-version": {
    group: "environment",
    type: "text",
    flag: "--python-version <version>",
    summary: "The Python version to choose distributions for",
    pipVariables: ["PIP_PYTHON_VERSION"],
    uvPipKey: "python-version",
    pipKey: "python-version",
  },
  "python-platform": {
    group: "environment",
    type: "text",
    flag: "--python-platform <platform>",
    summary: "The platform to choose distributions for, such as `linux`, `aarch64-apple-darwin`",
    uvPipKey: "python-platform",
  },

  trust: {
    group: "trust",
    type: "text",
    flag: "--trust <sources>",
    summary:
      "Trust these certificates and no others: `system`, `mozilla`, `env`, `file:PATH`, separated by commas",
  },
  cert: {
    group: "trust",
    type: "path",
    flag: "--cert <file>",
    summary: "Trust the certificates of this file and no others",
  },
  "system-certs": {
    group: "trust",
    type: "boolean",
    flag: "--system-certs",
    aliases: ["--native-tls"],
    summary: "Trust the operating system's certificates without the bundled Mozilla ones",
    uvVariables: ["UV_SYSTEM_CERTS", "UV_NATIVE_TLS"],
    uvKey: "system-certs",
    isUvTomlOnly: true,
  },
  "client-cert": {
    group: "trust",
    type: "path",
    flag: "--client-cert <file>",
    summary: "The certificate, and perhaps key, to show to servers that ask for one",
    commonVariables: ["SSL_CLIENT_CERT"],
    pipVariables: ["PIP_CLIENT_CERT"],
    pipKey: "client-cert",
  },
  "client-key": {
    group: "trust",
    type: "path",
    flag: "--client-key <file>",
    summary: "The key of the client certificate, where it is in a file of its own",
  },
  "allow-insecure-host": {
    group: "trust",
    type: "list",
    flag: "--allow-insecure-host <host[:port]>",
    aliases: ["--trusted-host"],
    summary: "Connect to this host without verification",
    uvVariables: ["UV_INSECURE_HOST"],
    pipVariables: ["PIP_TRUSTED_HOST"],
    uvKey: "allow-insecure-host",
    pipKey: "trusted-host",
    uvSeparator: " ",
  },
  "allow-insecure-credentials": {
    group: "trust",
    type: "boolean",
    flag: "--allow-insecure-credentials",
    summary: "Send credentials even to hosts that are not verified",
  },

  "pip-cert": {
    group: "trust",
    type: "path",
    summary: "Trust the certificates of this file besides the others, as pip does",
    pipKey: "cert",
  },
  proxy: {
    group: "network",
    type: "text",
    flag: "--proxy <url>",
    summary: "The proxy to go through: http, https, socks4, socks4a, socks5, socks5h, pac+https or pac+file",
    pipVariables: ["PIP_PROXY"],
    pipKey: "proxy",
  },
  "https-proxy": {
    group: "network",
    type: "text",
    summary: "The proxy for https addresses alone",
    uvKey: "https-proxy",
    isUvTomlOnly: true,
  },
  "http-proxy": {
    group: "network",
    type: "text",
    summary: "The proxy for http addresses alone",
    uvKey: "http-proxy",
    isUvTomlOnly: true,
  },
  "no-proxy": {
    group: "network",
    type: "list",
    summary: "Hosts that are reached without a proxy, besides those of `NO_PROXY`",
    uvKey: "no-proxy",
    isUvTomlOnly: true,
  },
  "http-timeout": {
    group: "network",
    type: "seconds",
    flag: "--timeout <seconds>",
    summary: "How long a server may be silent",
    uvVariables: ["UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT"],
    pipVariables: ["PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"],
    pipKey: "timeout",
  },
  "http-connect-timeout": {
    group: "network",
    type: "seconds",
    summary: "How long a connection may take to open",
    uvVariables: ["UV_HTTP_CONNECT_TIMEOUT"],
  },
  retries: {
    group: "network",
    type: "whole-number",
    flag: "--retries <count>",
    summary: "How often a request is tried again after a passing failure",
    uvVariables: ["UV_HTTP_RETRIES"],
    pipVariables: ["PIP_RETRIES"],
    pipKey: "retries",
  },
  "concurrent-downloads": {
    group: "network",
    type: "whole-number",
    summary: "How many downloads go on at once",
    uvVariables: ["UV_CONCURRENT_DOWNLOADS"],
    uvKey: "concurrent-downloads",
  },
  offline: {
    group: "network",
    type: "boolean",
    flag: "--offline",
    summary: "Use the cache alone, not the network",
    uvVariables: ["UV_OFFLINE"],
    uvKey: "offline",
  },

  "cache-dir": {
    group: "cache",
    type: "path",
    flag: "--cache-dir <folder>",
    summary: "The folder of Pinion's cache",
  },
  "no-cache": {
    group: "cache",
    type: "boolean",
    flag: "-n, --no-cache",
    aliases: ["--no-cache-dir"],
    summary: "Use a cache of this run alone",
    uvVariables: ["UV_NO_CACHE"],
    pipVariables: ["PIP_NO_CACHE_DIR"],
    pipKey: "no-cache-dir",
    isPipPresence: true,
    uvKey: "no-cache",
  },
  refresh: {
    group: "cache",
    type: "boolean",
    flag: "--refresh",
    summary: "Ask the indexes again for everything that is cached",
  },

  quiet: {
    group: "output",
    type: "count",
    flag: "-q, --quiet",
    summary: "Print results alone; twice, print nothing but errors",
    pipVariables: ["PIP_QUIET"],
    pipKey: "quiet",
  },
  verbose: {
    group: "output",
    type: "count",
    flag: "-v, --verbose",
    summary: "Tell what is done and why; may be given several times",
    pipVariables: ["PIP_VERBOSE"],
    pipKey: "verbose",
  },
  color: {
    group: "output",
    type: "choice",
    choices: ["auto", "always", "never"],
    flag: "--color <when>",
    summary: "When to use colours",
  },
  "no-progress": {
    group: "output",
    type: "boolean",
    flag: "--no-progress",
    summary: "Show no progress bars",
    uvVariables: ["UV_NO_PROGRESS"],
    uvKey: "no-progress",
  },
  json: {
    group: "output",
    type: "boolean",
    flag: "--json",
    summary: "Print one JSON document instead of text",
  },

  "config-file": {
    group: "configuration",
    type: "path",
    flag: "--config-file <file>",
    summary: "Read this settings file instead of the project's and the user's",
    uvVariables: ["UV_CONFIG_FILE"],
  },
  "no-config": {
    group: "configuration",
    type: "boolean",
    flag: "--no-config",
    aliases: ["--isolated"],
    summary: "Read no settings files",
    uvVariables: ["UV_NO_CONFIG", "UV_ISOLATED"],
    pipVariables: ["PIP_ISOLATED"],
  },
};

/** Every name of the table, in its order. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(isSettingName);

/** Tells whether a text is the name of a setting. */
export function isSettingName(text: string): text is SettingName {
  return Object.hasOwn(SETTINGS, text);
}

/** The variable of Pinion's own for a setting: `PINION_INDEX_URL`. */
export function pinionVariable(name: SettingName): string {
  return `PINION_${name.replaceAll("-", "_").toUpperCase()}`;
}
