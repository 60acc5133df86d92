// Settings as people have them for pip and uv: the files, variables and flags of one run each.

/** `[A]`, `[B]` and `[C]` stand for three indexes, whose `thing` is 1.0, 2.0 and 3.0; `[PROXY]` for a proxy. */
export interface SettingsCase {
  readonly name: string;
  readonly tool: "pip" | "uv";
  /** Below the world's folder: `home/…`, `project/…`, `xdg-one/…`, `xdg-two/…`; `[WORLD]` is that folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Behind `pip install`; `thing` by default. */
  readonly args?: readonly string[];
  /** Below the project. */
  readonly cwd?: string;
}

const USER_PIP = "home/.config/pip/pip.conf";
const SYSTEM_PIP = "xdg-one/pip/pip.conf";
const USER_UV = "home/.config/uv/uv.toml";
const PROJECT_UV = "project/uv.toml";
const PYPROJECT = "project/pyproject.toml";

const PIP_CASES: readonly Omit<SettingsCase, "tool">[] = [
  { name: "the user's file", files: { [USER_PIP]: "[global]\nindex-url = [A]\n" } },
  {
    name: "the old place of the user's file",
    files: { "home/.pip/pip.conf": "[global]\nindex-url = [A]\n" },
  },
  {
    name: "the new place before the old one",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\n", "home/.pip/pip.conf": "[global]\nindex-url = [B]\n" },
  },
  {
    name: "a section before a nearer file",
    files: { [SYSTEM_PIP]: "[install]\nindex-url = [B]\n", [USER_PIP]: "[global]\nindex-url = [A]\n" },
  },
  {
    name: "the user's file before the system's",
    files: { [SYSTEM_PIP]: "[global]\nindex-url = [B]\n", [USER_PIP]: "[global]\nindex-url = [A]\n" },
  },
  {
    name: "the last of XDG_CONFIG_DIRS",
    files: {
      [SYSTEM_PIP]: "[global]\nindex-url = [A]\n",
      "xdg-two/pip/pip.conf": "[global]\nindex-url = [B]\n",
    },
  },
  {
    name: "the environment's own file before the user's",
    files: {
      "project/.venv/pip.conf": "[global]\nindex-url = [C]\n",
      [USER_PIP]: "[global]\nindex-url = [A]\n",
    },
  },
  {
    name: "PIP_CONFIG_FILE before all",
    files: { "named.conf": "[global]\nindex-url = [B]\n", [USER_PIP]: "[global]\nindex-url = [A]\n" },
    env: { PIP_CONFIG_FILE: "[WORLD]/named.conf" },
  },
  {
    name: "PIP_CONFIG_FILE hides the user's file and not the system's",
    files: {
      "named.conf": "[global]\ntimeout = 9\n",
      [USER_PIP]: "[global]\nindex-url = [A]\n",
      [SYSTEM_PIP]: "[global]\nindex-url = [C]\n",
    },
    env: { PIP_CONFIG_FILE: "[WORLD]/named.conf" },
  },
  {
    name: "the null device hides every file",
    files: { [USER_PIP]: "[global]\nextra-index-url = [A]\n" },
    env: { PIP_CONFIG_FILE: "/dev/null", PIP_INDEX_URL: "[B]" },
  },
  {
    name: "a missing PIP_CONFIG_FILE is passed over",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\n" },
    env: { PIP_CONFIG_FILE: "[WORLD]/nothing.conf" },
  },
  {
    name: "a variable before every file",
    files: { [USER_PIP]: "[install]\nindex-url = [A]\n" },
    env: { PIP_INDEX_URL: "[B]" },
  },
  { name: "a flag before a variable", env: { PIP_INDEX_URL: "[B]" }, args: ["thing", "--index-url", "[C]"] },
  {
    name: "an empty variable counts as unset",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\n" },
    env: { PIP_INDEX_URL: "" },
  },
  {
    name: "an empty value of a nearer file empties the farther list",
    files: {
      [SYSTEM_PIP]: "[global]\nindex-url = [A]\nextra-index-url = [B]\n",
      [USER_PIP]: "[global]\nextra-index-url =\n",
    },
  },
  {
    name: "a nearer list replaces a farther one",
    files: {
      [SYSTEM_PIP]: "[global]\nindex-url = [A]\nextra-index-url = [C]\n",
      [USER_PIP]: "[global]\nextra-index-url = [B]\n",
    },
    args: ["absent"],
  },
  {
    name: "a variable replaces a file's list",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\nextra-index-url = [C]\n" },
    env: { PIP_EXTRA_INDEX_URL: "[B]" },
    args: ["absent"],
  },
  {
    name: "flags add to a file's list",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\nextra-index-url = [C]\n" },
    args: ["absent", "--extra-index-url", "[B]"],
  },
  {
    name: "a list over several lines",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\nextra-index-url =\n    [B]\n    [C]\n" },
    args: ["absent"],
  },
  {
    name: "the best version of several indexes",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\nextra-index-url = [B]\n" },
  },
  { name: "keys with underscores", files: { [USER_PIP]: "[global]\nindex_url = [A]\n" } },
  { name: "keys in capitals", files: { [USER_PIP]: "[global]\nINDEX-URL = [A]\n" } },
  { name: "keys with dashes before them", files: { [USER_PIP]: "[global]\n--index-url = [A]\n" } },
  { name: "keys with a colon", files: { [USER_PIP]: "[global]\nindex-url: [A]\n; a comment\n# another\n" } },
  { name: "the other name of an option", files: { [USER_PIP]: "[global]\npypi-url = [A]\n" } },
  { name: "one key in two spellings", files: { [USER_PIP]: "[global]\nindex-url = [A]\nindex_url = [B]\n" } },
  { name: "one key twice", files: { [USER_PIP]: "[global]\nindex-url = [A]\nindex-url = [B]\n" } },
  { name: "a byte order mark", files: { [USER_PIP]: "\uFEFF[global]\nindex-url = [A]\n" } },
  { name: "text before the first section", files: { [USER_PIP]: "index-url = [A]\n" } },
  {
    name: "quotes stay",
    files: { [USER_PIP]: '[global]\nno-index = true\nfind-links = "[WORLD]/wheels"\n' },
  },
  { name: "double quotes stay", files: { [USER_PIP]: '[global]\nindex-url = "[A]"\n' } },
  { name: "an inline comment after a blank", files: { [USER_PIP]: "[global]\nindex-url = [A] # mine\n" } },
  { name: "an inline comment with a semicolon", files: { [USER_PIP]: "[global]\nindex-url = [A] ; mine\n" } },
  ...["c#1", "c;1", "c%1", "c%%1"].map((name) => ({
    name: `a file called ${name}`,
    files: {
      [USER_PIP]: `[global]\nindex-url = [A]\nconstraint = [WORLD]/${name}.txt\n`,
      [`${name}.txt`]: "thing<1\n",
    },
  })),
  {
    name: "a name of another section in brackets",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\ncert = %(index-url)s\n" },
  },
  {
    name: "a tilde in find-links",
    files: { [USER_PIP]: "[global]\nno-index = true\nfind-links = ~/wheels\n" },
  },
  {
    name: "find-links relative to the working folder",
    files: { [USER_PIP]: "[global]\nno-index = true\nfind-links = wheels\n" },
  },
  {
    name: "PIP_NO_INDEX=0 before a file's true",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\nno-index = true\n" },
    env: { PIP_NO_INDEX: "0" },
  },
  { name: "no-index = yes", files: { [USER_PIP]: "[global]\nindex-url = [A]\nno-index = yes\n" } },
  { name: "no-index = maybe", files: { [USER_PIP]: "[global]\nindex-url = [A]\nno-index = maybe\n" } },
  {
    name: "requirement as a key",
    files: { [USER_PIP]: "[install]\nindex-url = [A]\nrequirement = r.txt\n", "project/r.txt": "thing\n" },
    args: [],
  },
  {
    name: "constraint as a key",
    files: {
      [USER_PIP]: "[install]\nindex-url = [C]\nextra-index-url = [A]\nconstraint = c.txt\n",
      "project/c.txt": "thing<1\n",
    },
  },
  {
    name: "no-deps as a key",
    files: { [USER_PIP]: "[install]\nindex-url = [A]\nno-deps = true\n" },
    args: ["needy"],
  },
  { name: "pre as a variable", env: { PIP_INDEX_URL: "[A]", PIP_PRE: "1" }, args: ["early"] },
  { name: "credentials in a file's address", files: { [USER_PIP]: "[global]\nindex-url = [ADA@A]\n" } },
  {
    name: "credentials from netrc",
    files: { "home/.netrc": "machine localhost login ada password netrc\n" },
    env: { PIP_INDEX_URL: "[A]" },
  },
  {
    name: "credentials in the URL before netrc",
    files: { "home/.netrc": "machine localhost login ada password netrc\n" },
    env: { PIP_INDEX_URL: "[ADA@A]" },
  },
  { name: "a proxy as a key", files: { [USER_PIP]: "[global]\nindex-url = [A]\nproxy = [PROXY]\n" } },
  {
    name: "a proxy as a key beside NO_PROXY",
    files: { [USER_PIP]: "[global]\nindex-url = [A]\nproxy = [PROXY]\n" },
    env: { NO_PROXY: "localhost" },
  },
  { name: "http_proxy", env: { PIP_INDEX_URL: "[A]", http_proxy: "[PROXY]" } },
  {
    name: "http_proxy beside NO_PROXY",
    env: { PIP_INDEX_URL: "[A]", http_proxy: "[PROXY]", NO_PROXY: "localhost" },
  },
  {
    name: "http_proxy before HTTP_PROXY",
    env: { PIP_INDEX_URL: "[A]", http_proxy: "[PROXY]", HTTP_PROXY: "http://127.0.0.1:9" },
  },
  {
    name: "PIP_PROXY before http_proxy",
    env: { PIP_INDEX_URL: "[A]", PIP_PROXY: "[PROXY]", http_proxy: "http://127.0.0.1:9" },
  },
];

const UV_CASES: readonly Omit<SettingsCase, "tool">[] = [
  { name: "the project's uv.toml", files: { [PROJECT_UV]: 'index-url = "[A]"\n' } },
  {
    name: "the project's uv.toml from a folder below",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n' },
    cwd: "deeper",
  },
  { name: "[tool.uv] of pyproject.toml", files: { [PYPROJECT]: '[tool.uv]\nindex-url = "[A]"\n' } },
  {
    name: "uv.toml before [tool.uv]",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n', [PYPROJECT]: '[tool.uv]\nindex-url = "[B]"\n' },
  },
  {
    name: "the project's file before the user's",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n', [USER_UV]: 'index-url = "[B]"\n' },
  },
  { name: "the user's file", files: { [USER_UV]: 'index-url = "[B]"\n' } },
  {
    name: "the first of XDG_CONFIG_DIRS",
    files: { "xdg-one/uv/uv.toml": 'index-url = "[A]"\n', "xdg-two/uv/uv.toml": 'index-url = "[B]"\n' },
  },
  {
    name: "the user's [pip] before the project's top",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n', [USER_UV]: '[pip]\nindex-url = "[B]"\n' },
  },
  {
    name: "[pip] before the top of one file",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n[pip]\nindex-url = "[B]"\n' },
  },
  {
    name: "a default index before index-url of one file",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n[[index]]\nurl = "[B]"\ndefault = true\n' },
  },
  {
    name: "UV_INDEX_URL before a file's default index",
    files: { [PROJECT_UV]: '[[index]]\nurl = "[B]"\ndefault = true\n' },
    env: { UV_INDEX_URL: "[A]" },
  },
  { name: "UV_DEFAULT_INDEX before UV_INDEX_URL", env: { UV_DEFAULT_INDEX: "[B]", UV_INDEX_URL: "[A]" } },
  { name: "a flag before a variable", env: { UV_INDEX_URL: "[A]" }, args: ["thing", "--index-url", "[C]"] },
  {
    name: "--default-index before UV_INDEX_URL",
    env: { UV_INDEX_URL: "[A]" },
    args: ["thing", "--default-index", "[C]"],
  },
  {
    name: "an index of the project's before the user's of the same name",
    files: {
      [PYPROJECT]: '[project]\nname = "p"\nversion = "1"\n[[tool.uv.index]]\nname = "corp"\nurl = "[A]"\n',
      [USER_UV]:
        '[[index]]\nname = "corp"\nurl = "[B]"\n[[index]]\nname = "other"\nurl = "[C]"\ndefault = true\n',
    },
    args: ["absent"],
  },
  {
    name: "an index of the project's instead of the user's default of the same name",
    files: {
      [PROJECT_UV]: '[[index]]\nname = "corp"\nurl = "[A]"\n',
      [USER_UV]: '[[index]]\nname = "corp"\nurl = "[B]"\ndefault = true\n',
    },
    env: { UV_EXTRA_INDEX_URL: "[C]", UV_INDEX_URL: "[C]" },
    args: ["absent"],
  },
  {
    name: "--index before both a project's and the user's index of the same name",
    files: {
      [PROJECT_UV]: '[[index]]\nname = "corp"\nurl = "[A]"\n',
      [USER_UV]: '[[index]]\nname = "corp"\nurl = "[B]"\n',
    },
    env: { UV_INDEX_URL: "[B]" },
    args: ["absent", "--index", "corp=[C]"],
  },
  {
    name: "UV_CONFIG_FILE instead of the project's and the user's",
    files: {
      "named/uv.toml": 'index-url = "[C]"\n',
      [PROJECT_UV]: 'index-url = "[A]"\n',
      [USER_UV]: 'extra-index-url = ["[B]"]\n',
    },
    env: { UV_CONFIG_FILE: "[WORLD]/named/uv.toml" },
    args: ["absent"],
  },
  {
    name: "--config-file before --no-config",
    files: { "named/uv.toml": 'index-url = "[C]"\n' },
    args: ["thing", "--no-config", "--config-file", "[WORLD]/named/uv.toml"],
  },
  {
    name: "--no-config",
    files: { [PROJECT_UV]: 'extra-index-url = ["[A]"]\n' },
    env: { UV_INDEX_URL: "[B]" },
    args: ["thing", "--no-config"],
  },
  {
    name: "the workspace's root before its member",
    files: {
      [PYPROJECT]:
        '[project]\nname = "root"\nversion = "1"\n[tool.uv]\nindex-url = "[A]"\n[tool.uv.workspace]\nmembers = ["packages/*"]\n',
      "project/packages/member/pyproject.toml":
        '[project]\nname = "member"\nversion = "1"\n[tool.uv]\nindex-url = "[B]"\n',
    },
    cwd: "packages/member",
  },
  {
    name: "lists of files and a variable add up",
    files: { [PROJECT_UV]: 'index-url = "[A]"\nextra-index-url = ["[B]"]\n' },
    env: { UV_EXTRA_INDEX_URL: "[C]" },
    args: ["absent"],
  },
  {
    name: "the project's list before the user's",
    files: {
      [PROJECT_UV]: 'extra-index-url = ["[B]"]\nindex-url = "[A]"\n',
      [USER_UV]: 'extra-index-url = ["[C]"]\n',
    },
  },
  {
    name: "a variable's list before a file's",
    files: { [PROJECT_UV]: 'index-url = "[A]"\nextra-index-url = ["[B]"]\n' },
    env: { UV_EXTRA_INDEX_URL: "[C]" },
  },
  {
    name: "--index replaces UV_INDEX",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n' },
    env: { UV_INDEX: "[B]" },
    args: ["absent", "--index", "[C]"],
  },
  {
    name: "--index before a file's indexes",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n[[index]]\nurl = "[B]"\n' },
    args: ["thing", "--index", "[C]"],
  },
  {
    name: "--extra-index-url behind --index",
    args: ["thing", "--index-url", "[A]", "--extra-index-url", "[C]", "--index", "[B]"],
  },
  {
    name: "an explicit index is not asked",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n[[index]]\nname = "b"\nurl = "[B]"\nexplicit = true\n' },
    args: ["absent"],
  },
  {
    name: "UV_INDEX_STRATEGY",
    env: { UV_INDEX_STRATEGY: "unsafe-best-match", UV_INDEX_URL: "[C]", UV_EXTRA_INDEX_URL: "[A] [B]" },
  },
  { name: "UV_NO_INDEX is not read", env: { UV_NO_INDEX: "1", UV_INDEX_URL: "[A]" } },
  {
    name: "no-index as a key",
    files: { [PROJECT_UV]: 'index-url = "[A]"\nno-index = true\nfind-links = ["wheels"]\n' },
  },
  {
    name: "find-links relative to its file",
    files: { [PROJECT_UV]: 'no-index = true\nfind-links = ["wheels"]\n' },
    cwd: "deeper",
  },
  {
    name: "UV_FIND_LINKS with commas",
    env: { UV_FIND_LINKS: "[WORLD]/nothing-here,[WORLD]/project/wheels", UV_INDEX_URL: "[A]" },
    args: ["thing", "--no-index"],
  },
  { name: "an unknown key of uv.toml", files: { [PROJECT_UV]: 'index-url = "[A]"\nfrobnicate = true\n' } },
  {
    name: "an unknown key of [tool.uv]",
    files: { [PYPROJECT]: '[tool.uv]\nextra-index-url = ["[C]"]\nfrobnicate = true\n' },
    env: { UV_INDEX_URL: "[A]" },
  },
  {
    name: "a pyproject.toml that is broken",
    files: { [PYPROJECT]: '[tool.uv]\nextra-index-url = ["[C]"\n' },
    env: { UV_INDEX_URL: "[A]" },
  },
  { name: "a value of the wrong kind", files: { [PROJECT_UV]: "index-url = 7\n" } },
  {
    name: "UV_OFFLINE=false beside a file's true",
    files: { [PROJECT_UV]: 'index-url = "[A]"\noffline = true\n' },
    env: { UV_OFFLINE: "false" },
  },
  { name: "UV_OFFLINE", env: { UV_OFFLINE: "1", UV_INDEX_URL: "[A]" } },
  {
    name: "--no-offline before UV_OFFLINE",
    env: { UV_OFFLINE: "1", UV_INDEX_URL: "[A]" },
    args: ["thing", "--no-offline"],
  },
  {
    name: "UV_CONSTRAINT",
    files: { "project/c.txt": "thing<1\n" },
    env: { UV_CONSTRAINT: "c.txt", UV_INDEX_URL: "[A]" },
  },
  { name: "UV_PRERELEASE", env: { UV_PRERELEASE: "disallow", UV_INDEX_URL: "[A]" }, args: ["early"] },
  {
    name: "[pip] no-deps",
    files: { [PROJECT_UV]: 'index-url = "[A]"\n[pip]\nno-deps = true\n' },
    args: ["needy"],
  },
  {
    name: "UV_REQUIRE_HASHES",
    env: { UV_REQUIRE_HASHES: "true", UV_INDEX_URL: "[A]" },
    args: ["thing==1.0"],
  },
  { name: "credentials in a URL", env: { UV_INDEX_URL: "[ADA@A]" } },
  {
    name: "credentials by the name of an index",
    files: { [PROJECT_UV]: '[[index]]\nname = "my-own"\nurl = "[A]"\ndefault = true\n' },
    env: { UV_INDEX_MY_OWN_USERNAME: "ada", UV_INDEX_MY_OWN_PASSWORD: "variable" },
  },
  {
    name: "credentials by the name of a flag's index",
    env: { UV_INDEX_MINE_USERNAME: "ada", UV_INDEX_MINE_PASSWORD: "variable", UV_INDEX_URL: "[B]" },
    args: ["thing", "--index", "mine=[A]"],
  },
  {
    name: "credentials from netrc",
    files: { "home/.netrc": "machine localhost login ada password netrc\n" },
    env: { UV_INDEX_URL: "[A]" },
  },
  { name: "a proxy by http_proxy", env: { UV_INDEX_URL: "[A]", http_proxy: "[PROXY]" } },
  { name: "a proxy by ALL_PROXY", env: { UV_INDEX_URL: "[A]", ALL_PROXY: "[PROXY]" } },
  {
    name: "http_proxy beside NO_PROXY",
    env: { UV_INDEX_URL: "[A]", http_proxy: "[PROXY]", NO_PROXY: "localhost" },
  },
  {
    name: "HTTP_PROXY before http_proxy",
    env: { UV_INDEX_URL: "[A]", HTTP_PROXY: "[PROXY]", http_proxy: "http://127.0.0.1:9" },
  },
  { name: "http-proxy of uv.toml", files: { [USER_UV]: 'http-proxy = "[PROXY]"\nindex-url = "[A]"\n' } },
  {
    name: "http-proxy of uv.toml beside NO_PROXY",
    files: { [USER_UV]: 'http-proxy = "[PROXY]"\nindex-url = "[A]"\n' },
    env: { NO_PROXY: "localhost" },
  },
  {
    name: "no-proxy of uv.toml only",
    files: { [USER_UV]: 'no-proxy = ["localhost"]\nindex-url = "[A]"\n' },
    env: { http_proxy: "[PROXY]" },
  },
];

/** Every case, first those of pip. */
export const SETTINGS_CASES: readonly SettingsCase[] = [
  ...PIP_CASES.map((line) => ({ ...line, tool: "pip" as const })),
  ...UV_CASES.map((line) => ({ ...line, tool: "uv" as const })),
];
