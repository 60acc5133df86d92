import { expect, test } from "vitest";
import { outcome } from "../../test/support/outcome.ts";
import { readVectors } from "../../test/support/vectors.ts";
import type { MarkerEnvironment } from "../pep/markers/expression.ts";
import { parsePylock } from "../pep/files/pylock.ts";
import { targetFor } from "../pep/tags/target.ts";
import { createTagRanking } from "../pep/tags/tags.ts";
import { selectPackages, type SelectedPackage } from "./select.ts";

interface SelectCase {
  readonly in: {
    readonly lock: unknown;
    readonly kwargs: {
      readonly tags?: readonly { readonly str: string }[];
      readonly environment?: MarkerEnvironment;
      readonly extras?: readonly string[] | null;
      readonly dependency_groups?: readonly string[] | null;
      readonly prefer_sdist_predicate?: unknown;
    };
  };
  readonly out?: readonly (readonly [string, string | null, string, null])[];
  readonly error?: string;
}

const { select: cases } = readVectors<{ readonly select: readonly SelectCase[] }>("pylock");
const linux = targetFor({ platform: "linux", pythonVersion: "3.12" });

test.each(cases.map((selection, index) => [index, selection] as const))(
  "selectPackages() selects as packaging does: case %i",
  (_index, { in: { lock, kwargs }, out }) => {
    const tags = kwargs.tags?.map(({ str }) => str);
    const selected = outcome(() =>
      selectPackages(parsePylock(lock), {
        environment: kwargs.environment ?? linux.markers,
        tags: tags === undefined ? createTagRanking(linux) : { rank: (names) => rankAmong(tags, names) },
        ...(kwargs.extras === null || kwargs.extras === undefined ? {} : { extras: kwargs.extras }),
        ...(kwargs.dependency_groups === null || kwargs.dependency_groups === undefined
          ? {}
          : { groups: kwargs.dependency_groups }),
      }),
    );
    const expected = out?.map(([name, version, kind]) => [name, version ?? undefined, kind]);
    expect("code" in selected ? undefined : selected.map(shown)).toEqual(expected);
  },
);

function rankAmong(tags: readonly string[], names: readonly string[]): number | undefined {
  const rank = tags.findIndex((tag) => names.includes(tag));
  return rank === -1 ? undefined : rank;
}

function shown({ name, version, choice }: SelectedPackage): readonly unknown[] {
  return [name, version, `Package${choice.kind.charAt(0).toUpperCase()}${choice.kind.slice(1)}`];
}

const HASHES = { sha256: "ab" };

function lockOf(packages: readonly object[], head: object = {}): unknown {
  return { "lock-version": "1.0", "created-by": "a tool", ...head, packages };
}

function select(document: unknown, options: object = {}): readonly SelectedPackage[] {
  return selectPackages(parsePylock(document), {
    environment: linux.markers,
    tags: createTagRanking(linux),
    ...options,
  });
}

const always = (): boolean => true;

const REPOSITORY = { type: "git", url: "https://git.example/a", "commit-id": "a".repeat(40) };
const ARCHIVE = { url: "https://files.example/a-1.tar.gz?x=.whl", hashes: HASHES };
const WHEEL = { url: "https://files.example/a-1-py3-none-any.whl?x=1", hashes: HASHES };

const WHEELS = [
  "a-1-py3-none-any.whl",
  "a-1-cp312-cp312-manylinux_2_28_x86_64.whl",
  "a-1-2-cp312-cp312-manylinux_2_28_x86_64.whl",
  "a-1-10-cp312-cp312-manylinux_2_28_x86_64.whl",
  "a-1-cp312-cp312-win_amd64.whl",
].map((name) => ({ url: `https://files.example/${name}`, hashes: HASHES }));
const SDIST = { url: "https://files.example/a-1.tar.gz", hashes: HASHES };

test("selectPackages() takes the wheel that fits best, with the highest build number", () => {
  const [selected] = select(lockOf([{ name: "a", sdist: SDIST, wheels: WHEELS }]));
  expect(selected?.choice).toMatchObject({
    kind: "wheel",
    filename: "a-1-10-cp312-cp312-manylinux_2_28_x86_64.whl",
  });
});

test("selectPackages() takes the source distribution where wheels are refused", () => {
  const [selected] = select(lockOf([{ name: "a", sdist: SDIST, wheels: WHEELS }]), {
    refusesWheels: (name: string) => name === "a",
  });
  expect(selected?.choice).toMatchObject({ kind: "sdist", filename: "a-1.tar.gz" });
});

test.each([
  ["only wheels for other platforms", { wheels: [WHEELS[4]] }, {}],
  ["only a source distribution, and builds are off", { sdist: SDIST }, { refusesBuilds: always }],
  ["only wheels, and wheels are off", { wheels: WHEELS }, { refusesWheels: always }],
  ["a folder, and builds are off", { directory: { path: "a", editable: true } }, { refusesBuilds: always }],
  ["a repository, and builds are off", { vcs: REPOSITORY }, { refusesBuilds: always }],
  ["an archive that is built, and builds are off", { archive: ARCHIVE }, { refusesBuilds: always }],
  ["an archive that is a wheel, and wheels are off", { archive: WHEEL }, { refusesWheels: always }],
])("selectPackages() refuses a package that has %s", (_name, source, options) => {
  expect(() => select(lockOf([{ name: "a", ...source }]), options)).toThrowError(
    expect.objectContaining({
      code: "lock/no-file",
      details: expect.objectContaining({ name: "a" }) as unknown,
    }),
  );
});

test.each([
  ["a wheel, where builds are off", { archive: WHEEL }, { refusesBuilds: always }],
  ["a source distribution, where wheels are off", { archive: ARCHIVE }, { refusesWheels: always }],
])("selectPackages() takes an archive that is %s", (_name, source, options) => {
  expect(select(lockOf([{ name: "a", ...source }]), options)).toHaveLength(1);
});

test("selectPackages() refuses markers that overlap, and names both entries", () => {
  const packages = [
    { name: "a", version: "1", marker: "python_version >= '3.9'", wheels: [WHEELS[0]] },
    { name: "a", version: "1", marker: "sys_platform == 'linux'", wheels: [WHEELS[0]] },
  ];
  expect(() => select(lockOf(packages))).toThrowError(
    expect.objectContaining({
      code: "lock/ambiguous",
      details: expect.objectContaining({ packages: [0, 1] }) as unknown,
    }),
  );
});

test.each([
  ["requires-python", { "requires-python": ">=3.13" }],
  ["environments", { environments: ["sys_platform == 'win32'", "sys_platform == 'darwin'"] }],
])("selectPackages() enforces `%s`", (_name, head) => {
  expect(() => select(lockOf([], head))).toThrowError(
    expect.objectContaining({ code: "lock/unsupported-environment" }),
  );
});

test("selectPackages() refuses an extra and a group that were not locked", () => {
  expect(() => select(lockOf([], { extras: ["x"] }), { extras: ["y"] })).toThrowError(
    expect.objectContaining({ code: "lock/unknown-choice", hints: ["It has: `x`"] }),
  );
  expect(() => select(lockOf([]), { groups: ["dev"] })).toThrowError(
    expect.objectContaining({ code: "lock/unknown-choice" }),
  );
});

test("selectPackages() takes all extras that a lock has, but for those that are excluded", () => {
  const lock = lockOf(
    [
      { name: "a", version: "1", marker: '"x" in extras', archive: ARCHIVE },
      { name: "b", version: "1", marker: '"y" in extras', archive: ARCHIVE },
    ],
    { extras: ["x", "y"] },
  );
  const names = (options: object) => select(lock, options).map(({ name }) => name);
  expect(names({ extras: "all" })).toEqual(["a", "b"]);
  expect(names({ extras: "all", excludedExtras: ["x"] })).toEqual(["b"]);
  expect(names({})).toEqual([]);
});
