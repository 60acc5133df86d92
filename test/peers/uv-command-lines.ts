// The command lines that are held against uv, and the packages of their index.

import type { IndexFile } from "../../src/lab/index/index-pages.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import type { CommandLine } from "./side-by-side.ts";

const UPLOADED = "2024-01-01T00:00:00Z";

/** The samples of the laboratory, and what only some command lines need. */
export const PACKAGES: readonly IndexFile[] = [
  ...sampleWheels().map((wheel) => ({ ...wheel, uploadTime: UPLOADED })),
  ...["1.0.0", "2.0.0"].map((version) => ({
    ...makeWheel({ name: "Recent.Thing", version }),
    uploadTime: version === "1.0.0" ? UPLOADED : "2025-06-01T00:00:00Z",
  })),
  { ...makeWheel({ name: "withdrawn", version: "1.0" }), yanked: "Bad build" },
  makeWheel({ name: "future", version: "1.0", requiresPython: ">=4" }),
  makeWheel({ name: "windows-only", version: "1.0", tag: "cp311-cp311-win_amd64" }),
  makeWheel({ name: "needy", version: "1.0", requires: ["missing-thing>=2", "wordlist<1"] }),
  makeWheel({ name: "early", version: "1.0a1" }),
  makeWheel({ name: "hen", version: "1", requires: ["egg"] }),
  makeWheel({ name: "egg", version: "1", requires: ["hen"] }),
  makeWheel({ name: "lopsided", version: "1.0", requires: ["wordlist==1.0.0"] }),
  {
    ...makeWheel({ name: "variant", version: "1.0" }),
    filename: "variant-1.0-py3-none-any-x86_64_v3.whl",
  },
  {
    ...makeWheel({ name: "capitals", version: "1.0" }),
    filename: "capitals-1.0-py3-none-MANYLINUX_2_17_x86_64.whl",
  },
];

const INSTALL = ["pip", "install", "--index-url", "[INDEX]"];
const GREETER = [...INSTALL, "greeter==1.1.0"];

/** The digest of a package's first file, as requirements state it. */
function digest(filename: string): string {
  const file = PACKAGES.find((candidate) => candidate.filename === filename);
  return `sha256:${file?.sha256 ?? ""}`;
}

const HASHED = `wordlist==1.1.0 --hash=${digest("wordlist-1.1.0-py3-none-any.whl")}\n`;
const WRONG = `sha256:${"0".repeat(64)}`;

const PROJECT = '[project]\nname = "x"\nversion = "1"\n';
const UNHASHED_LOCK = `lock-version = "1.0"
created-by = "test"
[[packages]]
name = "paint"
version = "1.2.0"
[[packages.wheels]]
name = "paint-1.2.0-py3-none-any.whl"
path = "[WHEELS]/paint-1.2.0-py3-none-any.whl"
hashes = {}
`;

export const COMMAND_LINES: readonly CommandLine[] = [
  { name: "install", args: [...INSTALL, "greeter"] },
  { name: "install: a name in another spelling", args: [...INSTALL, "RECENT_thing"] },
  { name: "install: an extra", args: [...INSTALL, "greeter[color]"] },
  { name: "install: an extra that does not exist", args: [...INSTALL, "greeter[sound]"] },
  { name: "install: what is there", before: [GREETER], args: GREETER },
  { name: "install: what is there and something else", before: [GREETER], args: [...GREETER, "paint"] },
  { name: "install: another version", before: [GREETER], args: [...INSTALL, "greeter==1.0.0"] },
  {
    name: "install: from the cache",
    before: [GREETER, ["pip", "uninstall", "greeter", "wordlist"]],
    args: GREETER,
  },
  { name: "install: nothing", args: ["pip", "install"] },
  {
    name: "install: an empty file",
    files: { "requirements.txt": "" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: several files",
    files: { "a.txt": "wordlist\n", "b.txt": "paint\n" },
    args: [...INSTALL, "-r", "a.txt", "-r", "b.txt"],
  },
  { name: "install: --dry-run", args: [...GREETER, "--dry-run"] },
  { name: "install: --dry-run of what is there", before: [GREETER], args: [...GREETER, "--dry-run"] },
  {
    name: "install: --dry-run of an upgrade",
    before: [GREETER],
    args: [...INSTALL, "-U", "greeter", "--dry-run"],
  },
  { name: "install: --check", args: [...GREETER, "--check"] },
  { name: "install: --check of what is there", before: [GREETER], args: [...GREETER, "--check"] },
  { name: "install: --check -q", args: [...GREETER, "--check", "-q"] },
  { name: "install: --check beside --dry-run", args: [...GREETER, "--check", "--dry-run"] },
  { name: "install: --output-format json", args: [...GREETER, "--output-format", "json"] },
  {
    name: "install: --output-format json of an upgrade",
    before: [GREETER],
    args: [...INSTALL, "-U", "greeter", "wordlist", "--output-format", "json", "-q"],
  },
  {
    name: "install: --output-format json of what is there",
    before: [GREETER],
    args: [...GREETER, "--output-format", "json"],
  },
  {
    name: "install: --output-format json --dry-run --reinstall",
    before: [GREETER],
    args: [...GREETER, "--output-format", "json", "--dry-run", "--reinstall"],
  },
  {
    name: "install: --output-format json -qq",
    args: [...GREETER, "--output-format", "json", "-qq"],
  },
  {
    name: "install: --output-format json of what nobody has",
    args: [...INSTALL, "nobody-has-this", "--output-format", "json"],
  },
  { name: "install: -qq of what nobody has", args: [...INSTALL, "nobody-has-this", "-qq"] },
  {
    name: "install: wrapped at COLUMNS",
    args: [...INSTALL, "greeter==2.0.0", "wordlist<2"],
    env: { COLUMNS: "60" },
  },
  {
    name: "install: wrapped in a narrow terminal",
    args: [...INSTALL, "nobody-has-this"],
    env: { COLUMNS: "20" },
  },
  {
    name: "install: not wrapped with UV_NO_WRAP",
    args: [...INSTALL, "greeter==2.0.0", "wordlist<2"],
    env: { COLUMNS: "60", UV_NO_WRAP: "1" },
  },
  { name: "install: --no-color", args: [...GREETER, "--no-color"] },
  { name: "install: --preview", args: [...GREETER, "--preview", "--require-build-hashes"] },
  { name: "--preview-features first", args: ["--preview-features", "pylock", ...GREETER] },
  {
    name: "install: a malformed hash",
    files: { "requirements.txt": "wordlist==1.0.0 --hash=sha256:abc\n" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: something that needs what came from a path",
    before: [["pip", "install", "--no-index", "[WHEELS]/wordlist-1.1.0-py3-none-any.whl"]],
    args: GREETER,
  },
  {
    name: "install: -U over what came from a path",
    before: [["pip", "install", "--no-index", "[WHEELS]/wordlist-1.1.0-py3-none-any.whl"]],
    args: [...GREETER, "-U"],
  },
  { name: "install: -U", before: [GREETER], args: [...INSTALL, "-U", "greeter"] },
  {
    name: "install: -U of the newest",
    before: [[...INSTALL, "greeter"]],
    args: [...INSTALL, "-U", "greeter"],
  },
  {
    name: "install: -P",
    before: [[...INSTALL, "greeter==1.1.0", "wordlist==1.1.0"]],
    args: [...INSTALL, "-P", "wordlist", "greeter"],
  },
  { name: "install: --reinstall", before: [GREETER], args: [...GREETER, "--reinstall"] },
  {
    name: "install: --reinstall-package",
    before: [GREETER],
    args: [...GREETER, "--reinstall-package", "wordlist"],
  },
  { name: "install: --exact", before: [[...INSTALL, "paint"]], args: [...GREETER, "--exact"] },
  { name: "install: --no-deps", args: [...GREETER, "--no-deps"] },
  { name: "install: --no-deps --strict", args: [...GREETER, "--no-deps", "--strict"] },
  {
    name: "install: --strict over what does not fit",
    before: [GREETER],
    args: [...INSTALL, "wordlist==1.0.0", "--strict"],
  },
  {
    name: "install: --strict over what does not fit there",
    before: [
      [...INSTALL, "lopsided"],
      [...INSTALL, "wordlist==1.1.0", "paint"],
    ],
    args: [...INSTALL, "lopsided", "--no-deps", "--strict", "--reinstall"],
  },
  { name: "install: --prerelease allow", args: [...INSTALL, "wordlist", "--prerelease", "allow"] },
  { name: "install: --pre", args: [...INSTALL, "wordlist", "--pre"] },
  { name: "install: pre-releases alone", args: [...INSTALL, "early"] },
  { name: "install: --prerelease disallow", args: [...INSTALL, "early", "--prerelease", "disallow"] },
  {
    name: "install: --prerelease explicit",
    args: [...INSTALL, "early", "wordlist>=3.0.0b1", "--prerelease", "explicit"],
  },
  { name: "install: --resolution lowest", args: [...INSTALL, "greeter>=1.1", "--resolution", "lowest"] },
  {
    name: "install: --resolution lowest-direct",
    args: [...INSTALL, "greeter>=1.1", "--resolution", "lowest-direct"],
  },
  { name: "install: --exclude-newer", args: [...INSTALL, "recent-thing", "--exclude-newer", "2024-12-31"] },
  {
    name: "install: --exclude-newer than all",
    args: [...INSTALL, "recent-thing", "--exclude-newer", "2023-12-31"],
  },
  {
    name: "install: --exclude-newer of no date",
    args: [...INSTALL, "recent-thing", "--exclude-newer", "someday"],
  },
  { name: "install: a yanked version", args: [...INSTALL, "withdrawn==1.0"] },
  { name: "install: only yanked versions", args: [...INSTALL, "withdrawn"] },
  { name: "install: a package that nobody has", args: [...INSTALL, "nobody-has-this"] },
  { name: "install: a version that does not exist", args: [...INSTALL, "wordlist==9"] },
  {
    name: "install: versions that contradict each other",
    args: [...INSTALL, "greeter==2.0.0", "wordlist<2"],
  },
  { name: "install: a requirement that nobody can meet", args: [...INSTALL, "needy"] },
  { name: "install: a newer Python", args: [...INSTALL, "future"] },
  { name: "install: another platform", args: [...INSTALL, "windows-only"] },
  {
    name: "install: --python-platform",
    args: [
      ...INSTALL,
      "windows-only",
      "--python-platform",
      "windows",
      "--python-version",
      "3.11",
      "--target",
      "out",
    ],
  },
  {
    name: "install: --python-platform of no platform",
    args: [...INSTALL, "paint", "--python-platform", "amiga"],
  },
  {
    name: "install: --python-version",
    args: [...INSTALL, "fastcount", "--python-version", "3.12", "--dry-run"],
  },
  { name: "install: --target", args: [...GREETER, "--target", "out"] },
  { name: "install: --prefix", args: [...GREETER, "--prefix", "out"] },
  {
    name: "install: a constraint",
    files: { "c.txt": "wordlist<1.1\n" },
    args: [...INSTALL, "greeter", "-c", "c.txt"],
  },
  {
    name: "install: an override",
    files: { "o.txt": "wordlist==1.0.0\n" },
    args: [...INSTALL, "greeter==2.0.0", "--override", "o.txt"],
  },
  {
    name: "install: a file",
    files: {
      "requirements.txt": "# all\ngreeter==1.1.0  # says hello\nwordlist ; python_version >= '3.8'\n",
    },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: nested files",
    files: {
      "requirements.txt": "-r base.txt\n-c limits.txt\npaint\n",
      "base.txt": "greeter\n",
      "limits.txt": "wordlist<2\n",
    },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: options in a file",
    files: { "requirements.txt": "--index-url [INDEX]\nwordlist\n" },
    args: ["pip", "install", "-r", "requirements.txt"],
  },
  {
    name: "install: --pre in a file",
    files: { "requirements.txt": "--pre\nwordlist\n" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: --trusted-host in a file",
    files: { "requirements.txt": "--trusted-host localhost\nwordlist\n" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: an option that no file has",
    files: { "requirements.txt": "wordlist\n--frobnicate\n" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: a line that is not a requirement",
    files: { "requirements.txt": "wordlist\npaint ==\n" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  { name: "install: a file that is not there", args: [...INSTALL, "-r", "nothing.txt"] },
  {
    name: "install: a nested file that is not there",
    files: { "requirements.txt": "-r nothing.txt\n" },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  { name: "install: a constraints file that is not there", args: [...INSTALL, "paint", "-c", "nothing.txt"] },
  { name: "install: from standard input", input: "paint\n", args: [...INSTALL, "-r", "-"] },
  {
    name: "install: environment.yml",
    files: { "environment.yml": "name: x\n" },
    args: [...INSTALL, "-r", "environment.yml"],
  },
  {
    name: "install: a wheel by its path",
    args: ["pip", "install", "--no-index", "[WHEELS]/paint-1.2.0-py3-none-any.whl"],
  },
  {
    name: "install: a wheel by its URL",
    args: ["pip", "install", "--no-index", "paint @ file://[WHEELS]/paint-1.2.0-py3-none-any.whl"],
  },
  ...["install: --no-binary and a wheel by its path", "sync: --no-binary and a wheel by its path"].map(
    (name) => ({
      name,
      files: { "requirements.txt": "paint @ file://[WHEELS]/paint-1.2.0-py3-none-any.whl\n" },
      args: name.startsWith("install")
        ? ["pip", "install", "--no-index", "-r", "requirements.txt", "--no-binary", "paint"]
        : ["pip", "sync", "--no-index", "requirements.txt", "--no-binary", ":all:"],
    }),
  ),
  {
    name: "install: a wheel that is not there",
    args: ["pip", "install", "--no-index", "./paint-9-py3-none-any.whl"],
  },
  {
    name: "install: --find-links of a folder",
    args: ["pip", "install", "--no-index", "--find-links", "[WHEELS]", "greeter"],
  },
  {
    name: "install: --find-links of a page",
    args: ["pip", "install", "--no-index", "--find-links", "[FLAT]", "greeter"],
  },
  { name: "install: --no-index", args: ["pip", "install", "--no-index", "greeter"] },
  { name: "install: --offline without a cache", args: [...GREETER, "--offline"] },
  {
    name: "install: --offline from the cache",
    before: [GREETER, ["pip", "uninstall", "greeter"]],
    args: [...GREETER, "--offline"],
  },
  {
    name: "install: --require-hashes",
    files: { "requirements.txt": HASHED },
    args: [...INSTALL, "-r", "requirements.txt", "--require-hashes"],
  },
  {
    name: "install: --require-hashes without any",
    args: [...INSTALL, "wordlist==1.1.0", "--require-hashes"],
  },
  { name: "install: --require-hashes without a pin", args: [...INSTALL, "wordlist", "--require-hashes"] },
  {
    name: "install: --require-hashes of what others need",
    files: { "requirements.txt": `greeter==1.1.0 --hash=${digest("greeter-1.1.0-py3-none-any.whl")}\n` },
    args: [...INSTALL, "-r", "requirements.txt", "--require-hashes"],
  },
  {
    name: "install: a digest that is wrong",
    files: { "requirements.txt": `wordlist==1.1.0 --hash=${WRONG}\n` },
    args: [...INSTALL, "-r", "requirements.txt"],
  },
  {
    name: "install: a digest of a URL that is wrong",
    args: [
      "pip",
      "install",
      "--no-index",
      `paint @ file://[WHEELS]/paint-1.2.0-py3-none-any.whl#sha256=${"0".repeat(64)}`,
    ],
  },
  { name: "install: --only-binary", args: [...INSTALL, "paint", "--only-binary", ":all:"] },
  { name: "install: --no-binary", args: [...INSTALL, "paint", "--no-binary", ":all:"] },
  { name: "install: --no-binary of another", args: [...INSTALL, "paint", "--no-binary", "wordlist"] },
  { name: "install: -q", args: [...INSTALL, "paint", "-q"] },
  { name: "install: -q of what nobody has", args: [...INSTALL, "nobody-has-this", "-qq"] },
  { name: "install: --color always", args: [...INSTALL, "greeter[sound]", "--color", "always"] },
  { name: "install: --user", args: [...INSTALL, "paint", "--user"] },
  {
    name: "install: --disable-pip-version-check",
    args: [...INSTALL, "paint", "--disable-pip-version-check"],
  },
  { name: "install: no environment", hasVenv: false, args: [...INSTALL, "paint"] },
  {
    name: "install: -p of an environment",
    before: [["venv", "other"]],
    args: [...INSTALL, "paint", "-p", "other"],
  },
  { name: "install: -p of nothing", args: [...INSTALL, "paint", "-p", "nowhere/python"] },
  {
    name: "install: an environment by VIRTUAL_ENV",
    before: [["venv", "other"]],
    env: { VIRTUAL_ENV: "other" },
    args: [...INSTALL, "paint"],
  },
  { name: "install: an unknown option", args: [...INSTALL, "paint", "--reinstal"] },
  { name: "install: an option without its value", args: ["pip", "install", "paint", "--index-url"] },
  { name: "install: a choice that there is not", args: [...INSTALL, "paint", "--resolution", "middle"] },
  { name: "install: something that is not a requirement", args: [...INSTALL, "paint =="] },
  { name: "install: -p of a version that is not installed", args: [...INSTALL, "paint", "-p", "3.99"] },
  { name: "install: -U --offline", before: [GREETER], args: [...INSTALL, "-U", "greeter", "--offline"] },
  {
    name: "install: --refresh-package",
    before: [GREETER],
    args: [...INSTALL, "paint", "--refresh-package", "wordlist"],
  },
  {
    name: "install: --exclude-newer-package",
    args: [...INSTALL, "recent-thing", "paint", "--exclude-newer-package", "recent-thing=2024-12-31"],
  },
  { name: "install: --no-build", args: [...INSTALL, "paint", "--no-build"] },
  { name: "install: only wheel variants", args: [...INSTALL, "variant"] },
  {
    name: "install: a wheel variant by its path",
    args: ["pip", "install", "--no-index", "[WHEELS]/variant-1.0-py3-none-any-x86_64_v3.whl"],
  },
  { name: "install: a platform tag in capitals", args: [...INSTALL, "capitals"] },
  {
    name: "install: -e in a file of constraints",
    files: { "c.txt": "-e ./x\n", "x/pyproject.toml": PROJECT },
    args: [...INSTALL, "paint", "-c", "c.txt"],
  },
  {
    name: "install: -e in a file of constraints that a file includes",
    files: { "r.txt": "paint\n-c c.txt\n", "c.txt": "-e ./x\n", "x/pyproject.toml": PROJECT },
    args: [...INSTALL, "-r", "r.txt"],
  },
  {
    name: "install: --index of a word",
    args: ["pip", "install", "paint", "--index", "nosuchname", "--default-index", "[INDEX]"],
  },
  {
    name: "install: --index of a folder that is not there",
    args: ["pip", "install", "paint", "--index", "./nosuchname", "--default-index", "[INDEX]"],
  },
  {
    name: "install: --default-index of a word",
    args: ["pip", "install", "paint", "--default-index", "nosuchname"],
  },
  {
    name: "install: --index with a name that has a blank",
    args: ["pip", "install", "paint", "--index", "a b=[INDEX]"],
  },
  {
    name: "install: [[index]] with a name that has a blank",
    files: { "uv.toml": "[[index]]\nname = 'a b'\nurl = '[INDEX]'\n" },
    args: ["pip", "install", "paint"],
  },
  {
    name: "install: two [[index]] of one name",
    files: {
      "uv.toml": "[[index]]\nname = 'a'\nurl = '[INDEX]'\n[[index]]\nname = 'a'\nurl = 'http://a.example'\n",
    },
    args: ["pip", "install", "paint"],
  },
  {
    name: "install: authenticate = always without credentials",
    files: {
      "uv.toml": "[[index]]\nname = 'a'\nurl = '[INDEX]'\ndefault = true\nauthenticate = 'always'\n",
    },
    args: ["pip", "install", "paint"],
  },
  {
    name: "install: authenticate = always with credentials",
    files: {
      "uv.toml": "[[index]]\nname = 'a'\nurl = '[INDEX]'\ndefault = true\nauthenticate = 'always'\n",
    },
    env: { UV_INDEX_A_USERNAME: "ada", UV_INDEX_A_PASSWORD: "lovelace" },
    args: ["pip", "install", "paint"],
  },
  {
    name: "install: --find-links of a folder that is not there",
    args: ["pip", "install", "paint", "--no-index", "-f", "nowhere"],
  },
  { name: "install: --only-deps", args: [...GREETER, "--only-deps"] },
  { name: "install: --no-proxy-env", args: [...GREETER, "--no-proxy-env"] },
  { name: "install: --torch-backend", args: [...INSTALL, "paint", "--torch-backend", "cpu"] },
  {
    name: "install: --prerelease-package",
    args: [...INSTALL, "early", "wordlist", "--prerelease-package", "wordlist=allow"],
  },
  {
    name: "install: a path of constraints with a blank",
    files: { "a b.txt": "wordlist<2\n" },
    args: [...INSTALL, "greeter", "-c", "a b.txt"],
  },
  {
    name: "install: two files in UV_CONSTRAINT",
    files: { "a.txt": "wordlist<2\n", "b.txt": "greeter<2\n" },
    env: { UV_CONSTRAINT: "a.txt b.txt" },
    args: [...INSTALL, "greeter"],
  },
  {
    name: "install: UV_EXCLUDE",
    files: { "e.txt": "wordlist\n" },
    env: { UV_EXCLUDE: "e.txt" },
    args: [...INSTALL, "greeter"],
  },
  {
    name: "install: UV_OVERRIDE",
    files: { "o.txt": "wordlist==1.0.0\n" },
    env: { UV_OVERRIDE: "o.txt" },
    args: [...INSTALL, "greeter"],
  },
  ...["uv.toml", "pyproject.toml"].flatMap((file): readonly CommandLine[] => {
    const header = file === "uv.toml" ? "" : "[tool.uv]\n";
    const withKeys = (keys: string): Readonly<Record<string, string>> => ({ [file]: `${header}${keys}\n` });
    return [
      {
        name: `install: constraint-dependencies of ${file}`,
        files: withKeys("constraint-dependencies = ['wordlist<1.1']"),
        args: [...INSTALL, "greeter"],
      },
      {
        name: `install: override-dependencies of ${file}`,
        files: withKeys("override-dependencies = ['wordlist==1.0.0']"),
        args: [...INSTALL, "greeter"],
      },
      {
        name: `install: exclude-dependencies of ${file}`,
        files: withKeys("exclude-dependencies = ['wordlist']"),
        args: [...INSTALL, "greeter"],
      },
      {
        name: `install: exclude-newer-package of ${file}`,
        files: withKeys("exclude-newer-package = { 'recent-thing' = '2024-12-31' }"),
        args: [...INSTALL, "recent-thing"],
      },
      {
        name: `install: exclude-newer-package = false of ${file}`,
        files: withKeys("exclude-newer = '2024-12-31'\nexclude-newer-package = { 'recent-thing' = false }"),
        args: [...INSTALL, "recent-thing"],
      },
    ];
  }),
  {
    name: "install: exclude-newer-package of [pip]",
    files: { "uv.toml": "[pip]\nexclude-newer-package = { 'recent-thing' = '2024-12-31' }\n" },
    args: [...INSTALL, "recent-thing"],
  },
  {
    name: "install: constraint-dependencies that cannot be read",
    files: { "uv.toml": "constraint-dependencies = ['wordlist ==']\n" },
    args: [...INSTALL, "greeter"],
  },
  {
    name: "sync: constraint-dependencies",
    files: { "uv.toml": "constraint-dependencies = ['wordlist<1.1']\n", "r.txt": "wordlist==2.0.0\n" },
    args: ["pip", "sync", "r.txt", "--index-url", "[INDEX]"],
  },
  {
    name: "compile: constraint-dependencies",
    files: { "uv.toml": "constraint-dependencies = ['wordlist<1.1']\n", "r.in": "greeter\n" },
    args: ["pip", "compile", "r.in", "--no-header", "--index-url", "[INDEX]"],
  },
  {
    name: "compile: an extra that fewer environments need than the package",
    files: { "r.in": "greeter\ngreeter[color] ; sys_platform == 'win32'\n" },
    args: [
      "pip",
      "compile",
      "r.in",
      "--no-header",
      "--universal",
      "--no-strip-extras",
      "--index-url",
      "[INDEX]",
    ],
  },
  {
    name: "install: no-binary = true",
    files: { "uv.toml": "no-binary = true\n" },
    args: [...INSTALL, "paint"],
  },
  {
    name: "install: a `.venv` that is a file",
    hasVenv: false,
    before: [["venv", "other"]],
    files: { ".venv": "other\n" },
    args: [...INSTALL, "paint"],
  },
  {
    name: "install: a `.venv` that is a file and leads nowhere",
    hasVenv: false,
    files: { ".venv": "other\n" },
    args: [...INSTALL, "paint"],
  },
  {
    name: "install: a `.venv` that is an empty folder",
    hasVenv: false,
    files: { ".venv/note.txt": "" },
    args: [...INSTALL, "paint"],
  },
  {
    name: "install: pylock.toml without hashes",
    files: { "pylock.toml": UNHASHED_LOCK },
    args: ["pip", "install", "-r", "pylock.toml"],
  },
  { name: "install: --require-build-hashes", args: [...GREETER, "--require-build-hashes"] },
  {
    name: "install: an editable project that is not there",
    args: [...INSTALL, "-e", "./nothing"],
  },
  { name: "install: --project", args: [...GREETER, "--project", "."] },
  { name: "install: -qq of what nobody has, before the words", args: ["-qq", ...INSTALL, "nobody-has-this"] },
  { name: "install: an empty file on standard input", input: "", args: [...INSTALL, "-r", "-"] },
  { name: "an unknown command", args: ["pip", "instal"] },
  { name: "uninstall", before: [GREETER], args: ["pip", "uninstall", "greeter", "wordlist"] },
  { name: "uninstall: what is not there", before: [GREETER], args: ["pip", "uninstall", "paint", "greeter"] },
  { name: "uninstall: several that are not there", args: ["pip", "uninstall", "./no", "paint", "greeter"] },
  { name: "uninstall: nothing that is there", args: ["pip", "uninstall", "paint"] },
  { name: "uninstall: a specifier", before: [GREETER], args: ["pip", "uninstall", "Greeter==9"] },
  {
    name: "uninstall: -r",
    before: [GREETER],
    files: { "requirements.txt": "wordlist>5\ngreeter\n" },
    args: ["pip", "uninstall", "-r", "requirements.txt"],
  },
  { name: "uninstall: -y", before: [GREETER], args: ["pip", "uninstall", "-y", "greeter"] },
  { name: "uninstall: --dry-run", before: [GREETER], args: ["pip", "uninstall", "greeter", "--dry-run"] },
  { name: "uninstall: nothing named", args: ["pip", "uninstall"] },
  { name: "uninstall: no environment", hasVenv: false, args: ["pip", "uninstall", "paint"] },
  { name: "list", before: [GREETER], args: ["pip", "list"] },
  { name: "list: nothing", args: ["pip", "list"] },
  { name: "list: json", before: [GREETER], args: ["pip", "list", "--format", "json"] },
  { name: "list: json of nothing", args: ["pip", "list", "--format=json"] },
  { name: "list: freeze", before: [GREETER], args: ["pip", "list", "--format", "freeze"] },
  {
    name: "list: --exclude",
    before: [GREETER],
    args: ["pip", "list", "--exclude", "Word_List", "--exclude", "wordlist"],
  },
  { name: "list: --strict", before: [[...GREETER, "--no-deps"]], args: ["pip", "list", "--strict"] },
  {
    name: "list: --strict beside --exclude",
    before: [[...GREETER, "--no-deps"]],
    args: ["pip", "list", "--strict", "--exclude", "greeter"],
  },
  { name: "list: -q", before: [GREETER], args: ["pip", "list", "-q"] },
  { name: "list: -qq", before: [GREETER], args: ["pip", "list", "-qq"] },
  { name: "list: ls", before: [GREETER], args: ["pip", "ls"] },
  { name: "freeze", before: [GREETER], args: ["pip", "freeze"] },
  {
    name: "freeze: a URL",
    before: [["pip", "install", "--no-index", "[WHEELS]/paint-1.2.0-py3-none-any.whl"]],
    args: ["pip", "freeze"],
  },
  { name: "freeze: --exclude", before: [GREETER], args: ["pip", "freeze", "--exclude", "greeter"] },
  {
    name: "freeze: --path",
    before: [[...INSTALL, "paint", "--target", "out"]],
    args: ["pip", "freeze", "--path", "out"],
  },
  {
    name: "freeze: --target",
    before: [[...INSTALL, "paint", "--target", "out"]],
    args: ["pip", "freeze", "--target", "out"],
  },
  { name: "show", before: [GREETER], args: ["pip", "show", "wordlist", "Greeter", "nothing"] },
  {
    name: "show: --files",
    before: [["pip", "install", "--index-url", "[INDEX]", "paint"]],
    args: ["pip", "show", "--files", "paint"],
  },
  { name: "show: nothing that is there", args: ["pip", "show", "nothing"] },
  { name: "show: nothing named", args: ["pip", "show"] },
  { name: "show: -q", before: [GREETER], args: ["pip", "show", "greeter", "-q"] },
  { name: "tree", before: [GREETER, [...INSTALL, "legacy-tool", "--no-deps"]], args: ["pip", "tree"] },
  {
    name: "tree: shared needs",
    before: [[...INSTALL, "legacy-tool", "greeter==1.1.0"]],
    args: ["pip", "tree"],
  },
  {
    name: "tree: --no-dedupe",
    before: [[...INSTALL, "legacy-tool", "greeter==1.1.0"]],
    args: ["pip", "tree", "--no-dedupe"],
  },
  {
    name: "tree: --invert",
    before: [[...INSTALL, "legacy-tool", "greeter==1.1.0"]],
    args: ["pip", "tree", "--invert"],
  },
  {
    name: "tree: specifiers",
    before: [[...INSTALL, "legacy-tool", "greeter==1.1.0"]],
    args: ["pip", "tree", "--show-version-specifiers"],
  },
  {
    name: "tree: specifiers, inverted",
    before: [[...INSTALL, "legacy-tool", "greeter==1.1.0"]],
    args: ["pip", "tree", "--show-version-specifiers", "--invert"],
  },
  { name: "tree: --depth", before: [GREETER], args: ["pip", "tree", "--depth", "0"] },
  {
    name: "tree: --package",
    before: [GREETER, [...INSTALL, "paint"]],
    args: ["pip", "tree", "--package", "greeter"],
  },
  { name: "tree: --prune", before: [GREETER], args: ["pip", "tree", "--prune", "wordlist"] },
  {
    name: "tree: --prune of what needs others",
    before: [GREETER],
    args: ["pip", "tree", "--prune", "greeter"],
  },
  {
    name: "tree: --package of what others need too",
    before: [[...INSTALL, "legacy-tool", "greeter==1.1.0"]],
    args: ["pip", "tree", "--package", "wordlist", "--package", "greeter"],
  },
  { name: "tree: a circle", before: [[...INSTALL, "hen"]], args: ["pip", "tree"] },
  {
    name: "tree: a circle, --no-dedupe",
    before: [[...INSTALL, "hen"]],
    args: ["pip", "tree", "--no-dedupe"],
  },
  { name: "tree: nothing", args: ["pip", "tree"] },
  { name: "check", before: [GREETER], args: ["pip", "check"] },
  { name: "check: nothing", args: ["pip", "check"] },
  { name: "check: a need that is not met", before: [[...GREETER, "--no-deps"]], args: ["pip", "check"] },
  {
    name: "check: another version",
    before: [GREETER, [...INSTALL, "wordlist==1.0.0"]],
    args: ["pip", "check"],
  },
  { name: "check: an older Python", before: [GREETER], args: ["pip", "check", "--python-version", "3.7"] },
  {
    name: "check: another platform",
    before: [[...INSTALL, "fastcount"]],
    args: ["pip", "check", "--python-platform", "windows"],
  },
  { name: "venv", hasVenv: false, args: ["venv"] },
  { name: "venv: where one is", args: ["venv"] },
  { name: "venv: --clear", args: ["venv", "--clear"] },
  {
    name: "venv: --clear of something else",
    files: { "other/file.txt": "precious" },
    args: ["venv", "--clear", "other"],
  },
  { name: "venv: --allow-existing", args: ["venv", "--allow-existing"] },
  { name: "venv: a path with a blank", args: ["venv", "my env"] },
  { name: "venv: -p of a version that is not installed", args: ["venv", "other", "-p", "3.99"] },
  {
    name: "venv: --seed of what no index has",
    hasVenv: false,
    args: ["venv", "--seed", "--index-url", "[INDEX]"],
  },
  { name: "venv: --quiet", args: ["venv", "other", "--quiet"] },
  { name: "cache dir", args: ["cache", "dir"] },
  { name: "cache clean", before: [GREETER], args: ["cache", "clean", "paint"] },
  { name: "cache clean: no cache", args: ["cache", "clean"], hasVenv: false },
  { name: "global flags first", before: [GREETER], args: ["-q", "pip", "list"] },
  { name: "--offline first", args: ["--offline", ...GREETER] },
  {
    name: "counter-flags",
    args: [...GREETER, "--offline", "--no-offline", "--no-require-hashes", "--no-system", "--no-upgrade"],
  },
];
