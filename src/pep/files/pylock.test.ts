import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { readVectors } from "../../../test/support/vectors.ts";
import { parsePylock } from "./pylock.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

interface PylockCase {
  readonly in: unknown;
  readonly out?: unknown;
  readonly error?: string;
}

const { from_dict: cases } = readVectors<{ readonly from_dict: readonly PylockCase[] }>("pylock");

test.each(cases.map((lock) => [JSON.stringify(lock.in), lock] as const))(
  "parsePylock() accepts and refuses as packaging does: %s",
  (_name, { in: document, error }) => {
    // Stricter than packaging: what is locked to a commit of Git names its full hash.
    const isNamed = /"commit-id":"(?![0-9a-f]{40}")/.test(JSON.stringify(document));
    const code =
      error === undefined
        ? isNamed
          ? "lock/invalid"
          : undefined
        : error === "PylockUnsupportedVersionError"
          ? "lock/unsupported-version"
          : "lock/invalid";
    const result = outcome(() => parsePylock(withDates(document)));
    expect("code" in result ? result.code : undefined).toBe(code);
  },
);

test("parsePylock() keeps every field of the specification", () => {
  const file = { url: "https://files.example/a-1.tar.gz", hashes: { sha256: "ab" } };
  const lock = parsePylock({
    "lock-version": "1.0",
    "created-by": "a tool",
    "requires-python": ">=3.9",
    environments: ["sys_platform == 'linux'"],
    extras: ["x"],
    "dependency-groups": ["dev"],
    "default-groups": ["dev"],
    tool: { pdm: { hashes: 1 } },
    packages: [
      {
        name: "a",
        version: "1",
        marker: "'x' in extras",
        "requires-python": ">=3.10",
        dependencies: [{ name: "b" }],
        index: "https://pypi.example/simple",
        sdist: { ...file, "upload-time": new Date("2026-11-01T10:00:00.250Z"), size: 10 },
        wheels: [{ name: "a-1-py3-none-any.whl", path: "wheels/other.whl", hashes: { SHA256: "AB" } }],
        "attestation-identities": [{ kind: "GitHub", repository: "a/a" }],
        tool: { pip: {} },
      },
      { name: "b", archive: { path: "b.tar.gz", size: 1, hashes: { md5: "cd" }, subdirectory: "src" } },
      { name: "c", directory: { path: "../c", editable: true, subdirectory: "python" } },
      {
        name: "d",
        vcs: { type: "git", url: "https://git.example/d", "requested-revision": "main", "commit-id": COMMIT },
      },
    ],
  });
  expect(lock).toEqual({
    lockVersion: "1.0",
    createdBy: "a tool",
    requiresPython: ">=3.9",
    environments: ["sys_platform == 'linux'"],
    extras: ["x"],
    dependencyGroups: ["dev"],
    defaultGroups: ["dev"],
    tool: { pdm: { hashes: 1 } },
    packages: [
      {
        name: "a",
        version: "1",
        marker: "'x' in extras",
        requiresPython: ">=3.10",
        dependencies: [{ name: "b" }],
        index: "https://pypi.example/simple",
        source: {
          kind: "files",
          sdist: { ...file, uploadTime: "2026-11-01T10:00:00.250Z", size: 10 },
          wheels: [{ name: "a-1-py3-none-any.whl", path: "wheels/other.whl", hashes: { sha256: "ab" } }],
        },
        attestationIdentities: [{ kind: "GitHub", repository: "a/a" }],
        tool: { pip: {} },
      },
      {
        name: "b",
        source: { kind: "archive", path: "b.tar.gz", size: 1, hashes: { md5: "cd" }, subdirectory: "src" },
      },
      { name: "c", source: { kind: "directory", path: "../c", isEditable: true, subdirectory: "python" } },
      {
        name: "d",
        source: {
          kind: "vcs",
          type: "git",
          url: "https://git.example/d",
          requestedRevision: "main",
          commitId: COMMIT,
        },
      },
    ],
  });
});

const WHEEL = { url: "https://files.example/a-1-py3-none-any.whl", hashes: { sha256: "ab" } };

test.each([
  ["no hash at all", { wheels: [{ ...WHEEL, hashes: {} }] }, "packages[0].wheels[0].hashes"],
  [
    "a hash that is a number",
    { wheels: [{ ...WHEEL, hashes: { sha256: 1 } }] },
    "packages[0].wheels[0].hashes.sha256",
  ],
  ["a negative size", { wheels: [{ ...WHEEL, size: -1 }] }, "packages[0].wheels[0].size"],
  ["half a byte", { wheels: [{ ...WHEEL, size: 0.5 }] }, "packages[0].wheels[0].size"],
  [
    "a time that is a string",
    { wheels: [{ ...WHEEL, "upload-time": "2026-11-01" }] },
    "packages[0].wheels[0].upload-time",
  ],
  ["wheels that are a table", { wheels: WHEEL }, "packages[0].wheels"],
  [
    "a file name with a separator",
    { wheels: [{ ...WHEEL, name: "../a-1-py3-none-any.whl" }] },
    "packages[0].wheels[0]",
  ],
  [
    "a URL whose name is not encoded well",
    { wheels: [{ ...WHEEL, url: "https://files.example/a-1%zz.whl" }] },
    "packages[0].wheels[0]",
  ],
  ["a marker with an unknown name", { marker: "os == 'nt'", wheels: [WHEEL] }, "packages[0].marker"],
  ["an invalid version", { version: "one", wheels: [WHEEL] }, "packages[0].version"],
  ["invalid specifiers", { "requires-python": "3.9", wheels: [WHEEL] }, "packages[0].requires-python"],
  ["a directory without a path", { directory: { editable: true } }, "packages[0].directory.path"],
  [
    "an editable that is a string",
    { directory: { path: ".", editable: "yes" } },
    "packages[0].directory.editable",
  ],
  [
    "a repository without a commit",
    { vcs: { type: "git", url: "https://git.example/a" } },
    "packages[0].vcs.commit-id",
  ],
  [
    "a commit that is a branch",
    { vcs: { type: "git", url: "https://git.example/a", "commit-id": "main" } },
    "packages[0].vcs.commit-id",
  ],
  ["a repository that is nowhere", { vcs: { type: "git", "commit-id": COMMIT } }, "packages[0].vcs"],
])("parsePylock() refuses %s and names the place", (_name, fields, place) => {
  const document = { "lock-version": "1.0", "created-by": "a tool", packages: [{ name: "a", ...fields }] };
  expect(() => parsePylock(document)).toThrowError(
    expect.objectContaining({ code: "lock/invalid", details: expect.objectContaining({ place }) as unknown }),
  );
});

test.each([[null], ["text"], [[]], [new Date()]])(
  "parsePylock() refuses a document that is %j",
  (document) => {
    expect(() => parsePylock(document)).toThrowError(expect.objectContaining({ code: "lock/invalid" }));
  },
);

function withDates(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDates);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first?.[0] === "__datetime__" && typeof first[1] === "string") return new Date(first[1]);
  return Object.fromEntries(entries.map(([key, field]) => [key, withDates(field)]));
}

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a lock file of a project lists very many packages, which are read and planned in one piece
test("parsePylock() refuses more packages than any project has", () => {
  const packages = Array.from({ length: 20_001 }, (_value, number) => ({
    name: `a${number}`,
    directory: { path: "." },
  }));
  const of = (count: number) => (): unknown =>
    parsePylock({ "lock-version": "1.0", "created-by": "a tool", packages: packages.slice(0, count) });
  expect(outcome(of(20_001))).toMatchObject({ code: "lock/invalid" });
  expect(outcome(of(20_000))).not.toHaveProperty("code");
});
