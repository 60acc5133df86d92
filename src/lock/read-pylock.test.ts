import { expect, test } from "vitest";
import { readVectors } from "../../test/support/vectors.ts";
import { isPylockName, readPylock } from "./read-pylock.ts";
import { formatPylock } from "./write-pylock.ts";

interface LockFileCase {
  readonly tool: string;
  readonly name: string;
  readonly text: string;
}

const { files } = readVectors<{ readonly files: readonly LockFileCase[] }>("pylock-files");

test.each(files.map((file) => [file.tool, file.name, file.text] as const))(
  "a lock file of %s (%s) is written back as the same value",
  (tool, _name, text) => {
    const lock = readPylock(text, { file: "pylock.toml" });
    const header = text.split("\n").filter((line) => line.startsWith("#"));
    const written = formatPylock(lock, { header });
    expect(readPylock(written, { file: "pylock.toml" })).toEqual(lock);
    // uv's files come back byte for byte.
    expect(tool.startsWith("uv") ? written : text).toBe(text);
  },
);

test("everything that the specification knows is written back as the same value", () => {
  const lock = readPylock(
    `lock-version = "1.0"
environments = ["sys_platform == 'linux'", 'os_name == "nt"']
requires-python = ">=3.9"
extras = ["x"]
dependency-groups = ["dev"]
default-groups = []
created-by = "a \\"tool\\" of \\u0007 bells"
[[packages]]
name = "a"
version = "1"
marker = "'x' in extras"
requires-python = ">=3.10"
dependencies = [{name = "b"}, {name = "c", version = "1"}]
index = "https://pypi.example/simple"
[packages.sdist]
url = "https://files.example/a-1.tar.gz"
upload-time = 2026-11-01T10:00:00.25Z
size = 10
hashes = {sha256 = "ab", md5 = "cd"}
[[packages.attestation-identities]]
kind = "GitHub"
repository = "a/a"
[packages.tool.pip]
numbers = [1, 2.5, inf, true]
when = 2026-11-01
"a key with blanks" = 'C:\\temp'
[[packages]]
name = "b"
archive = {path = "b.tar.gz", size = 1, hashes = {sha256 = "ab"}, subdirectory = "src"}
[[packages]]
name = "c"
directory = {path = "../c", editable = true}
[[packages]]
name = "d"
vcs = {type = "git", url = "https://git.example/d", requested-revision = "main", commit-id = "0123456789abcdef0123456789abcdef01234567"}
[tool.pdm]
strategy = ["inherit_metadata"]
`,
    { file: "pylock.toml" },
  );
  expect(readPylock(formatPylock(lock), { file: "pylock.toml" })).toEqual(lock);
});

test.each([
  ["a table that is not closed", 'lock-version = "1.0"\n[[packages\n', "lock/invalid", "pylock.toml:2"],
  [
    "a package without a source",
    'lock-version = "1.0"\ncreated-by = "a"\n\n[[packages]]\nname = "a"\nversion = "1"\n\n[[packages]]\nname = "b"\n',
    "lock/invalid",
    "pylock.toml:4",
  ],
  [
    "another major version",
    'lock-version = "2.0"\ncreated-by = "a"\npackages = []\n',
    "lock/unsupported-version",
    "pylock.toml",
  ],
])("readPylock() names file and line of %s", (_name, text, code, where) => {
  expect(() => readPylock(text, { file: "pylock.toml" })).toThrowError(
    expect.objectContaining({ code, message: `Cannot read the lock file \`${where}\`` }),
  );
});

test("readPylock() refuses what is not UTF-8, nested too deeply, or too large", () => {
  const deep = `a = ${"[".repeat(200_000)}\n`;
  for (const bytes of [Uint8Array.of(0x61, 0xff), Buffer.from(deep)])
    expect(() => readPylock(bytes, { file: "pylock.toml" })).toThrowError(
      expect.objectContaining({ code: "lock/invalid" }),
    );
  expect(() => readPylock(Buffer.alloc(100 * 1024 ** 2, 0x20), { file: "pylock.toml" })).toThrowError(
    expect.objectContaining({ code: "lock/too-large" }),
  );
});

test.each([
  ["pylock.toml", true],
  ["a/b/pylock.dev.toml", true],
  ["https://corp.example/pylock.prod.toml", true],
  ["pylock..toml", false],
  ["pylock.a.b.toml", false],
  ["pyproject.toml", false],
  ["xpylock.toml", false],
])("isPylockName(%j) is %s", (path, expected) => {
  expect(isPylockName(path)).toBe(expected);
});
