import { expect, test } from "vitest";
import { isPinionError, type PinionError } from "../../errors.ts";
import { readCommandLine } from "./program.ts";
import { similarWord } from "./similar-words.ts";

test.each([
  ["--reinstal", "--reinstall"],
  ["--dry-rum", "--dry-run"],
  ["--frob", undefined],
  ["--in", undefined],
])("similarWord() offers for %s %s", (word, expected) => {
  expect(similarWord(word, ["--reinstall", "--dry-run", "--json", "--index"])).toBe(expected);
});

test.each([
  ["pip install a --strit", "unexpected argument '--strit' found", "--strict"],
  ["pip install a --no-dep", "unexpected argument '--no-dep' found", "--no-deps"],
  // What is suggested never means the opposite.
  ["pip install a --no-exact2", "unexpected argument '--no-exact2' found", undefined],
  ["pip install a --no-strict2", "unexpected argument '--no-strict2' found", undefined],
  [
    "pip install a --output-format",
    "a value is required for '--output-format <OUTPUT_FORMAT>' but",
    undefined,
  ],
  [
    "pip install a --output-format yaml",
    "invalid value 'yaml' for '--output-format <OUTPUT_FORMAT>'",
    undefined,
  ],
  ["pip compile a --link-mode xyz", "invalid value 'xyz' for '--link-mode <LINK_MODE>'", undefined],
  ["pip sync a --link-mode xyz", "invalid value 'xyz' for '--link-mode <LINK_MODE>'", undefined],
  ["build --link-mode xyz", "invalid value 'xyz' for '--link-mode <LINK_MODE>'", undefined],
  ["build --resolution xyz", "invalid value 'xyz' for '--resolution <RESOLUTION>'", undefined],
  ["build --prerelease xyz", "invalid value 'xyz' for '--prerelease <PRERELEASE>'", undefined],
  ["pip install a --color xyz", "invalid value 'xyz' for '--color <COLOR_CHOICE>'", undefined],
  // A refusal names the option as the help does, whichever of its names was typed, and what it accepts.
  [
    "pip install a --trusted-host",
    "a value is required for '--allow-insecure-host <ALLOW_INSECURE_HOST>'",
    undefined,
  ],
  ["pip freeze --path", "a value is required for '--path <PATHS>' but none was supplied", undefined],
  [
    "pip install a --resolution",
    "but none was supplied\n  [possible values: highest, lowest, lowest-direct]",
    undefined,
  ],
  [
    "pip install a --fork-strategy xyz",
    "invalid value 'xyz' for '--fork-strategy <FORK_STRATEGY>'",
    undefined,
  ],
  // An option is not taken as a value, which it would be where a script's variable is unset.
  ["pip install --target --no-deps a", "a value is required for '--target <TARGET>'", undefined],
  ["pip install --index-url --no-deps a", "a value is required for '--index-url <INDEX_URL>'", undefined],
  ["pip install -r -q", "a value is required for '--requirement <REQUIREMENTS>'", undefined],
  ["pip compile a -o -qv", "a value is required for '--output-file <OUTPUT_FILE>'", undefined],
  ["pip compile a -c --index-url=b", "a value is required for '--constraint <CONSTRAINTS>'", undefined],
  ["venv -p --seed a", "a value is required for '--python <PYTHON>'", undefined],
  ["pip install a --check --dry-run", "'--check' cannot be used with '--dry-run'", undefined],
  [
    "pip sync a --no-build-isolation-package x",
    "unexpected argument '--no-build-isolation-package' found",
    undefined,
  ],
  ["pip list extra", "unexpected argument 'extra' found", undefined],
  ["lab serve", "required arguments were not provided:\n  <shape>", undefined],
  ["lab list extra", "unexpected argument 'extra' found", undefined],
  ["pip instal", "unrecognized subcommand 'instal'", "pinion pip install"],
  ["lock diff", "required arguments were not provided:\n  <old>\n  <new>", undefined],
  ["lock diff one.toml", "required arguments were not provided:\n  <new>", undefined],
  ["lock diff a b c", "unexpected argument 'c' found", undefined],
  ["lock verify", "required arguments were not provided:\n  <file>", undefined],
  ["cache push", "required arguments were not provided:\n  --lock <FILE>", undefined],
  [
    "cache export",
    "required arguments were not provided:\n  --lock <FILE>\n  --output-file <OUTPUT_FILE>\n\nUsage: pinion cache export [options] --lock <FILE> --output-file <OUTPUT_FILE>\n",
    undefined,
  ],
  ["cache import", "required arguments were not provided:\n  <archive>", undefined],
  ["cache list", "unrecognized subcommand 'list'", undefined],
  ["pip venv", "unrecognized subcommand 'venv'", "pinion venv"],
  ["pip cache dir", "unrecognized subcommand 'cache'", "pinion cache"],
  ["instal flask", "unrecognized subcommand 'instal'", "pinion pip install"],
])("a wrong command line: %s", (line, message, tip) => {
  const refusal = refusalOf(line);
  expect(refusal.message).toContain(message);
  expect(/ {2}tip: .* exists: '(.*)'/.exec(refusal.message)?.[1]).toBe(tip);
});

test.each([
  ["add six", "to install packages, use 'pinion pip install'"],
  ["pip add six", "to install packages, use 'pinion pip install'"],
  ["remove six", "to remove packages, use 'pinion pip uninstall'"],
  ["upgrade", "to upgrade packages, use 'pinion pip install --upgrade'"],
  ["verify", "some similar subcommands exist: 'pinion lock verify', 'pinion cache verify'"],
  ["run main.py", undefined],
])("`pinion %s` is answered with what it means here, or without a tip", (line, tip) => {
  const refusal = refusalOf(line);
  expect(/^ {2}tip: (.*)$/m.exec(refusal.message)?.[1]).toBe(tip);
});

test.each([
  ["install -q flask", "pip install"],
  ["--offline list", "pip list"],
  ["uninstall flask", "pip uninstall"],
])("`pinion %s` means `pinion %s`, and says so", (line, whole) => {
  const invocation = readCommandLine(line.split(" "), "1.0");
  if ("text" in invocation) throw new Error("it is not a request for help");
  expect(invocation.spec.words.join(" ")).toBe(whole);
  expect(invocation.warnings).toEqual([`\`pinion ${whole.slice(4)}\` means \`pinion ${whole}\``]);
});

test.each(["help install", "install --help", "help pip install"])(
  "`pinion %s` prints the help of it",
  (line) => {
    const help = readCommandLine(line.split(" "), "1.0");
    expect(help).toMatchObject({ isAsked: true, text: expect.stringMatching(/^Usage: pinion pip install /) });
  },
);

test("help says what an option means for its command, and the root's lists those of every command", () => {
  const textOf = (line: string): string => {
    const help = readCommandLine(line.split(" "), "1.0");
    return "text" in help ? help.text : "";
  };
  expect(textOf("help pip uninstall")).toContain("Remove what a requirements file lists");
  expect(textOf("help pip install")).toContain("--fetch-intermediates");
  expect(textOf("--help")).toMatch(/Options of every command:\n +-q, --quiet/);
});

test.each([
  "pip list --retries 3 --cert a.pem --proxy http://p.example --timeout 3 --no-proxy-env --keyring-provider auto",
  "pip freeze --disable-pip-version-check --all --local --no-input",
  "pip check --use-feature x --exists-action w --progress-bar off",
  "--project . pip show six --python-preference system --no-managed-python",
  "pip install six --root-user-action ignore --prefer-binary --no-color --preview --no-warn-script-location --src s",
  "pip download six --no-clean --check-build-dependencies --require-virtualenv --debug --resume-retries 2",
])("options of pip and uv that CI files hold are accepted: %s", (line) => {
  const invocation = readCommandLine(line.split(" "), "1.0");
  if ("text" in invocation) throw new Error("it is not a request for help");
  const [first = ""] = line.replace("--project . ", "").split(" ").slice(1);
  expect(invocation.spec.words).toEqual(["pip", first]);
});

test.each([
  "install",
  "download",
  "uninstall",
  "list",
  "freeze",
  "show",
  "check",
  "wheel",
  "compile",
  "sync",
  "tree",
])("`pip %s` takes without noise what CI files hold", (command) => {
  const flags =
    "--no-input --progress-bar off --root-user-action ignore --no-color --preview --project . --python-preference system".split(
      " ",
    );
  const installs = ["--prefer-binary", "--no-warn-script-location"];
  const changes = ["install", "uninstall", "sync"].includes(command) ? ["--break-system-packages"] : [];
  const own = command === "install" ? [...installs, ...changes] : changes;
  const invocation = readCommandLine(
    ["pip", command, ...flags, ...own, ...(WITHOUT_ARGUMENTS.has(command) ? [] : ["six"])],
    "1.0",
  );
  if ("text" in invocation) throw new Error("it is not a request for help");
  // An empty one is not printed.
  expect(invocation.warnings.filter((text) => text !== "")).toEqual([]);
});

test("uv's other words for choices are accepted, and not offered", () => {
  const line = "pip install a --link-mode reflink --index-strategy unsafe-any-match";
  const invocation = readCommandLine(line.split(" "), "1.0");
  if ("text" in invocation) throw new Error("it is not a request for help");
  const { values } = invocation.flags;
  expect([values.get("link-mode")?.value, values.get("index-strategy")?.value]).toEqual([
    "clone",
    "unsafe-first-match",
  ]);
  expect(refusalOf("pip install a --link-mode xyz").message).toContain(
    "[possible values: clone, hardlink, copy, symlink]",
  );
});

function refusalOf(line: string): PinionError {
  try {
    readCommandLine(line.split(" "), "1.0");
  } catch (error) {
    if (isPinionError(error, "usage/invalid-argument")) return error;
    throw error;
  }
  throw new Error("the command line was accepted");
}

const WITHOUT_ARGUMENTS: ReadonlySet<string> = new Set(["list", "freeze", "tree", "check"]);

test.each([
  ["pip compile -o - -", ["-"]],
  ["pip install a -C --build-option=--quiet", ["a"]],
  ["pip install a --config-settings --dry-run=yes", ["a"]],
  ["pip compile a --custom-compile-command --frob", ["a"]],
  ["pip install --target=--no-deps a", ["a"]],
  ["pip install --target there -- -a --target --no-deps", ["-a", "--target", "--no-deps"]],
])("a value may begin with a hyphen unless the command has an option of that name: %s", (line, args) => {
  expect(readCommandLine(line.split(" "), "1.0")).toMatchObject({ arguments: args });
});
