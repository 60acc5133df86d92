import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { atOnce, type Pausing } from "../../base/work/turns.ts";
import { errorCode } from "../../../test/support/vectors.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import { formatDigest, formatFiles } from "../pages/condense-page.ts";
import {
  openDigest,
  openFiles,
  versionsOf,
  type VersionFiles,
  type VersionList,
} from "../pages/condensed-page.ts";
import { groupByName, groupByVersion as groupInTurns } from "../pages/group-files.ts";
import type { IndexLocation } from "../indexes/locations.ts";
import type { SelectionPolicy } from "./judge-file.ts";
import { createSelector, findVersion, type SelectedVersion } from "./select.ts";
import type { DistributionFile } from "../pages/project-page.ts";

const TARGET = targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" });
const INDEX: IndexLocation = {
  url: "https://index.example/simple",
  kind: "simple",
  isDefault: true,
  isExplicit: false,
  origin: "test",
};
const FLAT: IndexLocation = { ...INDEX, url: "file:///wheels", kind: "flat", isDefault: false };
const EVERYTHING = { isForAll: true, names: new Set<string>() };
const ONLY_A = { isForAll: false, names: new Set(["a"]) };

describe("Selector.select chooses", () => {
  test.each<[string, readonly string[], string | undefined]>([
    [
      "the wheel with the better tag, wherever it stands",
      ["a-1.0-py3-none-any.whl", "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"],
      "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
    ],
    [
      "the highest build tag, as a number",
      ["a-1.0-9-py3-none-any.whl", "a-1.0-10-py3-none-any.whl", "a-1.0-py3-none-any.whl"],
      "a-1.0-10-py3-none-any.whl",
    ],
    [
      "a better tag before a higher build",
      ["a-1.0-9-py3-none-any.whl", "a-1.0-cp312-none-any.whl"],
      "a-1.0-cp312-none-any.whl",
    ],
    [
      "of two equal ones the first in the alphabet, wherever it stands",
      ["a-1.0-py3-none-any.whl", "a-1.0-py2.py3-none-any.whl"],
      "a-1.0-py2.py3-none-any.whl",
    ],
    [
      "of one version that is written in two ways the first in the alphabet",
      ["a-1.0.0-py3-none-any.whl", "a-1.0-py3-none-any.whl"],
      "a-1.0-py3-none-any.whl",
    ],
    [
      "a wheel although there is a source distribution",
      ["a-1.0.tar.gz", "a-1.0-py3-none-any.whl"],
      "a-1.0-py3-none-any.whl",
    ],
    ["nothing of another project", ["ab-1.0-py3-none-any.whl", "b-1.0-py3-none-any.whl"], undefined],
    [
      "nothing of a name that follows no standard",
      ["a-1.0.whl", "a-one-py3-none-any.whl", "a.txt", "a-1.0-py3-none-any.whl.asc"],
      undefined,
    ],
  ])("%s", (_name, filenames, expected) => {
    expect(select(filenames.map((filename) => file(filename)))[0]?.chosen?.filename).toBe(expected);
  });
});

describe("Selector.select says why a version is unusable", () => {
  test.each<[string, readonly DistributionFile[], Partial<SelectionPolicy>, object]>([
    [
      "another platform",
      [file("a-1.0-cp312-cp312-win_amd64.whl")],
      {},
      { kind: "no-matching-tag", dimension: "platform", available: ["win_amd64"] },
    ],
    [
      "another ABI",
      [file("a-1.0-cp312-cp311-manylinux_2_17_x86_64.whl")],
      {},
      { kind: "no-matching-tag", dimension: "abi", example: "cp312" },
    ],
    [
      "another implementation",
      [file("a-1.0-pp310-pypy310_pp73-manylinux_2_17_x86_64.whl")],
      {},
      { kind: "no-matching-tag", dimension: "python-implementation" },
    ],
    [
      "the closest of several mismatches",
      [file("a-1.0-pp310-pypy310_pp73-win32.whl"), file("a-1.0-py3-none-macosx_10_0_ppc64.whl")],
      {},
      { kind: "no-matching-tag", dimension: "platform", available: ["macosx_10_0_ppc64"] },
    ],
    [
      "only a source distribution",
      [file("a-1.0.tar.gz")],
      {},
      { kind: "no-usable-wheels", hasOnlySources: true },
    ],
    [
      "a source distribution beside wheels for others",
      [file("a-1.0.tar.gz"), file("a-1.0-py3-none-win32.whl")],
      {},
      { kind: "no-usable-wheels" },
    ],
    [
      "no building, for one project",
      [file("a-1.0.tar.gz")],
      { onlyBinary: ONLY_A },
      { kind: "no-build", isForAll: false },
    ],
    [
      "no building, for all",
      [file("a-1.0.tar.gz")],
      { onlyBinary: EVERYTHING },
      { kind: "no-build", isForAll: true },
    ],
    [
      "no wheels",
      [file("a-1.0-py3-none-any.whl")],
      { noBinary: EVERYTHING },
      { kind: "no-binary", isForAll: true },
    ],
    [
      "no wheels, and building is not possible",
      [file("a-1.0-py3-none-any.whl"), file("a-1.0.tar.gz")],
      { noBinary: ONLY_A },
      { kind: "no-binary", isForAll: false },
    ],
    [
      "a newer Python is wanted",
      [file("a-1.0-py3-none-any.whl", { requiresPython: ">=3.13" })],
      {},
      { kind: "requires-python", specifiers: { text: ">=3.13" } },
    ],
    [
      "a newer Python is wanted for the source distribution",
      [file("a-1.0.tar.gz", { requiresPython: ">=3.13" })],
      {},
      { kind: "requires-python" },
    ],
    [
      "too new",
      [file("a-1.0-py3-none-any.whl", { uploadTime: "2026-01-01T00:00:00Z" })],
      { excludeNewerMs: Date.parse("2026-01-01T00:00:00Z") },
      { kind: "excluded-newer" },
    ],
    [
      "too new, where no source distribution may be built either",
      [
        file("a-1.0.tar.gz", { uploadTime: "2026-01-03T00:00:00Z" }),
        file("a-1.0-py3-none-any.whl", { uploadTime: "2026-01-02T00:00:00Z" }),
      ],
      {
        excludeNewerMs: Date.parse("2026-01-01T00:00:00Z"),
        onlyBinary: { isForAll: true, names: new Set() },
      },
      { kind: "excluded-newer", published: "2026-01-02T00:00:00Z" },
    ],
    [
      "of unknown age",
      [file("a-1.0-py3-none-any.whl")],
      { excludeNewerMs: Date.now() },
      { kind: "excluded-newer" },
    ],
    [
      "of an age that cannot be read",
      [file("a-1.0-py3-none-any.whl", { uploadTime: "yesterday" })],
      { excludeNewerMs: Date.now() },
      { kind: "excluded-newer" },
    ],
  ])("%s", (_name, files, policy, reason) => {
    const [version] = select(files, policy);
    expect(version?.chosen).toBeUndefined();
    expect(version?.unusable).toMatchObject(reason);
  });
});

describe("Selector.select", () => {
  test.each([
    ["an upper bound", ">=3.8,<3.12"],
    ["an excluded version", "!=3.12.*"],
    ["what cannot be read", ">=3.x"],
    ["nothing", ""],
  ])("is not kept from a file by %s", (_name, requiresPython) => {
    expect(select([file("a-1.0-py3-none-any.whl", { requiresPython })])[0]?.chosen).toBeDefined();
  });

  test("lets one file of a version fit where another wants a newer Python", () => {
    const [version] = select([
      file("a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", { requiresPython: ">=3.13" }),
      file("a-1.0-py3-none-any.whl"),
    ]);
    expect(version?.chosen?.filename).toBe("a-1.0-py3-none-any.whl");
  });

  test("counts files before the moment of --exclude-newer, and takes projects out of it", () => {
    const limit = Date.parse("2026-01-01T00:00:00Z");
    const old = file("a-1.0-py3-none-any.whl", { uploadTime: "2025-12-31T23:59:59.999Z" });
    const young = file("a-2.0-py3-none-any.whl", { uploadTime: "2026-02-01T00:00:00Z" });
    expect(usable(select([old, young], { excludeNewerMs: limit }))).toEqual(["1.0"]);
    expect(
      usable(
        select([old, young], { excludeNewerMs: limit, excludeNewerPackages: new Map([["a", undefined]]) }),
      ),
    ).toEqual(["2.0", "1.0"]);
    expect(usable(select([old, young], { excludeNewerPackages: new Map([["a", limit]]) }))).toEqual(["1.0"]);
  });

  test.each([
    ["the required digest before a better tag", ["sha256:bb"], "a-1.0-py3-none-any.whl"],
    ["a file of unknown digest before one that has another", ["sha256:cc"], "a-1.0-1-py3-none-any.whl"],
    ["the better tag where nothing is required", [], "a-1.0-cp312-none-any.whl"],
  ])("prefers %s", (_name, required, expected) => {
    const files = [
      file("a-1.0-cp312-none-any.whl", { hashes: { sha256: "aa" } }),
      file("a-1.0-py3-none-any.whl", { hashes: { sha256: "bb" } }),
      file("a-1.0-1-py3-none-any.whl"),
    ];
    expect(select(files, { hashes: new Map([["a", required]]) })[0]?.chosen?.filename).toBe(expected);
  });

  test("does not ask the files of a folder for their age", () => {
    const versions = groupByVersion([file("a-1.0-py3-none-any.whl")], "a", FLAT);
    const selected = createSelector({ target: TARGET, excludeNewerMs: 0 }).select("a", {
      indexes: [versions],
    });
    expect(usable(selected)).toEqual(["1.0"]);
  });

  test.each<[string, readonly DistributionFile[], false | string, string | undefined]>([
    [
      "a release that is taken back in part through the rest",
      [file("a-1.0-cp312-none-any.whl", { yanked: "bad" }), file("a-1.0-py3-none-any.whl")],
      false,
      "a-1.0-py3-none-any.whl",
    ],
    [
      "a release that is taken back as a whole, with the reason",
      [file("a-1.0-py3-none-any.whl", { yanked: "bad" }), file("a-1.0.tar.gz", { yanked: "bad" })],
      "bad",
      "a-1.0-py3-none-any.whl",
    ],
    [
      "a reason without what would move a cursor",
      [file("a-1.0-py3-none-any.whl", { yanked: "bad\u001b[2J\u202E" })],
      "bad[2J",
      "a-1.0-py3-none-any.whl",
    ],
    ["without a reason", [file("a-1.0-py3-none-any.whl", { yanked: "" })], "", "a-1.0-py3-none-any.whl"],
    ["unusable and taken back", [file("a-1.0.tar.gz", { yanked: "bad" })], "bad", undefined],
  ])("shows %s", (_name, files, yanked, chosen) => {
    const [version] = select(files);
    expect(version?.yanked).toBe(yanked);
    expect(version?.chosen?.filename).toBe(chosen);
  });

  // Measured with uv 0.12.5 on random indexes; `undefined`: the version was taken back, which is told.
  test.each<[string, readonly DistributionFile[], Partial<SelectionPolicy>, object | undefined]>([
    [
      "a wheel that wants another Python, before the source distribution",
      [file("a-1.0-py3-none-any.whl", { requiresPython: ">=3.13" }), file("a-1.0.tar.gz")],
      { onlyBinary: EVERYTHING },
      { kind: "requires-python" },
    ],
    [
      "that nothing is built, before what the source distribution wants or that it was taken back",
      [
        file("a-1.0.tar.gz", { requiresPython: ">=3.13", yanked: "bad" }),
        file("a-1.0-py3-none-win_amd64.whl"),
      ],
      { onlyBinary: EVERYTHING },
      { kind: "no-build" },
    ],
    [
      "that nothing is built, before a wheel that was taken back",
      [file("a-1.0-py3-none-any.whl", { yanked: "bad" }), file("a-1.0.tar.gz", { yanked: "bad" })],
      { onlyBinary: EVERYTHING },
      { kind: "no-build" },
    ],
    [
      "the tags of what was not taken back",
      [file("a-1.0-py3-none-any.whl", { yanked: "bad" }), file("a-1.0-pp39-pypy39_pp73-any.whl")],
      {},
      { kind: "no-matching-tag", dimension: "python-implementation", available: ["py3", "pp39"] },
    ],
    [
      "the platforms of the wheels that would fit but for that",
      [
        file("a-1.0-cp312-cp312-manylinux_2_99_x86_64.whl", { yanked: "bad" }),
        file("a-1.0-py2-none-any.whl"),
        file("a-1.0-py3-none-win_amd64.whl"),
      ],
      {},
      { dimension: "platform", available: ["manylinux_2_99_x86_64", "win_amd64"] },
    ],
    [
      "a taken back source distribution before wheels that do not fit",
      [file("a-1.0.tar.gz", { yanked: "bad" }), file("a-1.0-py3-none-win_amd64.whl")],
      {},
      undefined,
    ],
    [
      "a project that --no-binary takes out of --only-binary :all:",
      [file("a-1.0.tar.gz", { yanked: "bad" })],
      { onlyBinary: EVERYTHING, noBinary: ONLY_A },
      undefined,
    ],
    [
      "a wheel that --only-binary takes out of --no-binary :all:",
      [file("a-1.0-py3-none-any.whl")],
      { noBinary: EVERYTHING, onlyBinary: ONLY_A },
      undefined,
    ],
  ])("tells %s", (_name, files, policy, reason) => {
    const [version] = select(files, policy);
    const told = version?.yanked === false ? version.unusable : version?.unusableUnlessYanked;
    if (reason === undefined) expect(told).toBeUndefined();
    else expect(told).toMatchObject(reason);
  });

  test.each([
    [["a-2.1.0-py3-none-any.whl", "a-2.1-py3-none-any.whl"], "2.1"],
    [["a-2.1-py3-none-any.whl", "a-2.1.0-cp312-none-any.whl"], "2.1.0"],
    [["a-2.1-cp27-none-any.whl", "a-2.1.0-py3-none-any.whl"], "2.1.0"],
    [["a-2.1.0.tar.gz", "a-2.1-py3-none-any.whl"], "2.1"],
    [["a-2.1.tar.gz", "a-2.1.0.tar.gz"], "2.1.0"],
  ])("one version that is written in two ways is as the chosen file has it: %j", (filenames, expected) => {
    const [selected, another] = select(
      filenames.map((filename) => file(filename)),
      { sourceDistributions: "take" },
    );
    expect([selected?.version.text, selected?.chosen?.version.text, another]).toEqual([
      expected,
      expected,
      undefined,
    ]);
    expect(selected?.files.map(({ filename }) => filename).toSorted()).toEqual(filenames.toSorted());
  });

  describe("of several indexes", () => {
    const second: IndexLocation = { ...INDEX, url: "https://second.example/simple" };
    const page = (index: IndexLocation, ...filenames: readonly string[]): readonly VersionFiles[] =>
      groupByVersion(
        filenames.map((filename) => file(filename)),
        "a",
        index,
      );
    const shown = (versions: readonly SelectedVersion[]): readonly unknown[] =>
      versions.map(({ version, files }) => [version.text, ...files.map(({ index }) => index.url)]);
    const indexes = [
      page(INDEX, "a-1.0-py3-none-any.whl", "a-2.0-cp27-cp27m-win32.whl", "a-4.0.tar.gz"),
      page(
        second,
        "a-1.0.0-cp312-none-any.whl",
        "a-2.0-cp312-none-any.whl",
        "a-3.0-py3-none-any.whl",
        "a-4.0-py3-none-any.whl",
      ),
    ];
    const selector = createSelector({ target: TARGET, sourceDistributions: "take" });

    test("every version once, with the files of the first index whose files fit here", () => {
      expect(shown(selector.select("a", { indexes }))).toEqual([
        ["4.0", INDEX.url],
        ["3.0", second.url],
        ["2.0", second.url],
        ["1.0", INDEX.url],
      ]);
    });

    test("in order: with the files of the first index that has it, and the place of that index", () => {
      const selected = selector.select("a", { indexes, isInOrder: true });
      expect(shown(selected)).toEqual([
        ["4.0", INDEX.url],
        ["3.0", second.url],
        ["2.0", INDEX.url],
        ["1.0", INDEX.url],
      ]);
      expect(selected.map(({ indexPlace }) => indexPlace)).toEqual([0, 1, 0, 0]);
    });

    test.each([true, false])("what is too new in one is taken from another (in order: %s)", (isInOrder) => {
      const uploaded = (time: string): DistributionFile =>
        file("a-1.0-py3-none-any.whl", { uploadTime: time });
      const selected = createSelector({ target: TARGET, excludeNewerMs: Date.UTC(2025, 0) }).select("a", {
        indexes: [
          groupByVersion([uploaded("2026-01-01T00:00:00Z")], "a", INDEX),
          groupByVersion([uploaded("2024-01-01T00:00:00Z")], "a", second),
        ],
        isInOrder,
      });
      expect(shown(selected)).toEqual([["1.0", second.url]]);
    });

    test("what is flat stands beside the files of each", () => {
      const flat = [page(FLAT, "a-3.0-cp312-none-any.whl", "a-5.0-py3-none-any.whl")];
      expect(shown(selector.select("a", { flat, indexes }))).toEqual([
        ["5.0", FLAT.url],
        ["4.0", INDEX.url],
        ["3.0", FLAT.url],
        ["2.0", second.url],
        ["1.0", INDEX.url],
      ]);
      expect(shown(selector.select("a", { flat, indexes: [] }))).toEqual([
        ["5.0", FLAT.url],
        ["3.0", FLAT.url],
      ]);
    });
  });
});

describe("isExcludedNewer", () => {
  const UPLOADED = [undefined, "no time", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"];
  const LIMITS = [undefined, Date.UTC(2023, 0), Date.UTC(2025, 0), Date.UTC(2026, 0), Date.UTC(2027, 0)];

  test("is whether the version is unusable because its files are too new", () => {
    const files = fc.array(
      fc.record({
        filename: fc.constantFrom(
          "a-1.0-py3-none-any.whl",
          "a-1.0-cp39-cp39-win32.whl",
          "a-1.0.tar.gz",
          "a-2.0-py3-none-any.whl",
        ),
        uploadTime: fc.constantFrom(...UPLOADED),
        yanked: fc.constantFrom(false as const, "taken back"),
      }),
    );
    const pages = fc.array(fc.tuple(fc.constantFrom(INDEX, { ...INDEX, url: "https://b.example" }), files));
    const given = fc.record({
      flat: files,
      pages,
      limit: fc.constantFrom(...LIMITS),
      isInOrder: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ flat, pages: listed, limit, isInOrder }) => {
        const opened = (index: IndexLocation, page: readonly object[]): VersionList => {
          const versions = groupByVersion(page as readonly DistributionFile[], "a", index);
          return openDigest(Buffer.from(atOnce(formatDigest(versions))), index)!;
        };
        const whole = (page: readonly { filename: string; uploadTime: string | undefined }[]): object[] =>
          page.map(({ filename, uploadTime, ...rest }) =>
            file(filename, { ...rest, ...(uploadTime === undefined ? {} : { uploadTime }) }),
          );
        const selector = createSelector({
          target: TARGET,
          ...(limit === undefined ? {} : { excludeNewerMs: limit }),
        });
        const selected = selector.select("a", {
          flat: [opened(FLAT, whole(flat))],
          indexes: listed.map(([index, page]) => opened(index, whole(page))),
          isInOrder,
        });
        for (const version of selected)
          expect(version.isExcludedNewer).toBe(version.unusable?.kind === "excluded-newer");
      }),
    );
  });

  // Memory and time grow with the versions that come into question, not with all that a page lists
  test("is known without the files where the date leaves out all or none", () => {
    const page = Buffer.from(
      ["2.0\t9000\t9000\tno files", "1.1\t9000\t\tno files", "1.0\t1000\t2000\tno files", ""].join("\n"),
    );
    const excluded = (excludeNewerMs: number): readonly unknown[] =>
      createSelector({ target: TARGET, excludeNewerMs })
        .select("a", { indexes: [openDigest(page, INDEX)!] })
        .map(({ isExcludedNewer }) => isExcludedNewer);
    expect(excluded(5000)).toEqual([true, true, false]);
    expect(excluded(1000)).toEqual([true, true, true]);
  });
});

describe("findVersion", () => {
  test("finds every version and no other, however many there are", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), fc.nat(200), (numbers, wanted) => {
        const versions = select(numbers.map((number) => file(`a-1.${number}-py3-none-any.whl`)));
        const found = findVersion(versions, parseVersion(`1.${wanted}.0`));
        expect(found !== undefined).toBe(numbers.includes(wanted));
      }),
    );
  });
});

describe("openDigest", () => {
  // Promise: Ctrl-C ends a command within a second
  // Attack: a page of many files of one version, which all are looked at when it is chosen
  test("refuses a version with more files than any release has, in whichever way it is written", () => {
    const files = [
      ...Array.from({ length: 5000 }, (_, build) => file(`a-1.0-${build}-py3-none-any.whl`)),
      ...Array.from({ length: 5000 }, (_, build) => file(`a-1-${build}-py3-none-any.whl`)),
    ];
    const listed = (): readonly VersionFiles[] => groupByVersion(files, "a", INDEX);
    expect(listed()).toHaveLength(2);
    files.push(file("a-1.0.tar.gz"));
    expect(listed).toThrow(/version 1(\.0)? has more than 10000 files/);
    expect(errorCode(listed)).toBe("index/malformed-page");
  });

  test("is grouped and written in turns", () => {
    const files = Array.from({ length: 5000 }, (_, number) => file(`a-1.${number}-py3-none-any.whl`));
    expect(pausesOf(groupInTurns(files, "a", INDEX))).toBeGreaterThan(10);
    expect(pausesOf(formatDigest(groupByVersion(files, "a", INDEX)))).toBeGreaterThan(10);
    expect(pausesOf(groupByName(files))).toBeGreaterThan(10);
    expect(pausesOf(formatFiles(files))).toBeGreaterThan(10);
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a page of links that is in the cache lists as many files as a page may
  test("is opened in turns where it is a page of many projects", () => {
    const files = Array.from({ length: 5000 }, (_, number) => file(`a-1.${number}-py3-none-any.whl`));
    const kept = Buffer.from(atOnce(formatFiles(files)), "latin1");
    expect(pausesOf(openFiles(kept))).toBeGreaterThan(10);
    expect(atOnce(openFiles(kept))).toEqual(
      files.map(({ filename }) => expect.objectContaining({ filename })),
    );
    expect(atOnce(openFiles(Buffer.from("damaged")))).toEqual([]);
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a page whose every file is of a version of its own, all of which are put in order
  test("refuses more versions than any project has", () => {
    const files = Array.from({ length: 100_001 }, (_, number) => file(`a-${number}-py3-none-any.whl`));
    expect(errorCode(() => groupByVersion(files, "a", INDEX))).toBe("index/malformed-page");
    expect(groupByVersion(files.slice(1), "a", INDEX)).toHaveLength(100_000);
  });

  test("gives back what formatDigest was given", () => {
    const text = fc.string({ unit: "binary", maxLength: 30 });
    const files = fc.array(
      fc.record(
        {
          filename: fc.constantFrom(
            "a-1.0-py3-none-any.whl",
            "a-2.0rc1-py3-none-any.whl",
            "a-1.0.tar.gz",
            "A-0!1.0+x.1-py3-none-any.whl",
          ),
          url: fc.webUrl().chain((url) => fc.constantFrom(url, `${url}/a-1.0-py3-none-any.whl`, `${url}/`)),
          hashes: fc.dictionary(fc.constantFrom("sha256", "md5"), fc.string()),
          yanked: fc.oneof(fc.constant(false as const), text),
          metadata: fc.oneof(fc.boolean(), fc.record({ sha256: fc.string() })),
          requiresPython: text,
          uploadTime: fc.oneof(text, fc.constantFrom("2024-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z")),
          size: fc.nat(),
        },
        { requiredKeys: ["filename", "url", "hashes", "yanked", "metadata"] },
      ),
    );
    fc.assert(
      fc.property(files, (page) => {
        const versions = groupByVersion(page, "a", INDEX);
        const digest = atOnce(formatDigest(versions));
        expect(digest).toMatch(/^[\t\n\u0020-\u007E]*$/);
        const fields = ({ index, version, uploaded, files: kept }: VersionFiles): object => ({
          index,
          version,
          uploaded,
          files: kept,
        });
        const opened = versionsOf(openDigest(Buffer.from(digest), INDEX)!).map(fields);
        expect(opened).toEqual(versions.map(fields));
      }),
      { numRuns: 30 },
    );
  });

  // Memory and time grow with the versions that come into question, not with all that a page lists
  test("gives each version once, as the lines by themselves do, without a look at any", () => {
    const names = ["1.0", "1.0.0", "1", "2.0rc1", "1.5", "1.5.0", "3"].map(
      (version) => `a-${version}-py3-none-any.whl`,
    );
    fc.assert(
      fc.property(fc.subarray(names), (listed) => {
        const versions = groupByVersion(
          listed.map((name) => file(name)),
          "a",
          INDEX,
        );
        const lines = Buffer.from(atOnce(formatDigest(versions)));
        const found = (page: VersionList): readonly unknown[] =>
          createSelector({ target: TARGET })
            .select("a", { indexes: [page] })
            .map(({ version, chosen, files }) => [version.text, chosen, files]);
        expect(found(openDigest(lines, INDEX)!)).toEqual(found(versions));
      }),
    );
    const unread = createSelector({ target: TARGET }).select("a", {
      indexes: [openDigest(Buffer.from("not a version\t\t\t[]\nnor this\t\t\t[]\n"), INDEX)!],
    });
    expect(unread).toHaveLength(2);
  });

  test("refuses a truncated string", () => {
    const digest = atOnce(formatDigest(groupByVersion([file("a-1.0-py3-none-any.whl")], "a", INDEX)));
    expect(openDigest(Buffer.from(digest.slice(0, -1)), INDEX)).toBeUndefined();
  });
});

function select(
  files: readonly DistributionFile[],
  policy: Partial<SelectionPolicy> = {},
): readonly SelectedVersion[] {
  return createSelector({ target: TARGET, ...policy }).select("a", {
    indexes: [groupByVersion(files, "a", INDEX)],
  });
}

function usable(versions: readonly SelectedVersion[]): readonly string[] {
  return versions.filter(({ chosen }) => chosen !== undefined).map(({ version }) => version.text);
}

function file(filename: string, changes: Partial<DistributionFile> = {}): DistributionFile {
  return {
    filename,
    url: `https://files.example/${filename}`,
    hashes: {},
    yanked: false,
    metadata: false,
    ...changes,
  };
}

function groupByVersion(...given: Parameters<typeof groupInTurns>): readonly VersionFiles[] {
  return atOnce(groupInTurns(...given));
}

function pausesOf(work: Pausing<unknown>): number {
  let pauses = 0;
  while (work.next().done !== true) pauses += 1;
  return pauses;
}
