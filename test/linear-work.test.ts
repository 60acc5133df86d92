// What is done with the files of a wheel, the entries of a lock file or certificates takes time in proportion to their number.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { atOnce } from "../src/base/work/turns.ts";
import { parseJournal } from "../src/install/journal/journal-text.ts";
import { planPlacement } from "../src/install/placement-steps.ts";
import { listFiles } from "../src/install/uninstall.ts";
import { layOutWheel } from "../src/install/wheels/wheel-layout.ts";
import { diffLocks } from "../src/lock/diff.ts";
import { claimOf, releasesOf } from "../src/pep/markers/claims.ts";
import type { MarkerComparison } from "../src/pep/markers/expression.ts";
import {
  projectRequirements,
  requirementsOfMetadata,
  requirementsOfTable,
} from "../src/pep/project-table.ts";
import { parsePylock, type Pylock } from "../src/pep/files/pylock.ts";
import { parseRequirement, type Requirement } from "../src/pep/requirements/requirement.ts";
import { parseSpecifierSet } from "../src/pep/versions/specifier.ts";
import { targetFor } from "../src/pep/tags/target.ts";
import { rangeOf } from "../src/pep/versions/version-range.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import { applicableRequirements, conditionsIn, requirementRules } from "../src/resolve/requirements.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { readProjectGroups, type ProjectGroups } from "../src/sources/projects/project-groups.ts";
import { readSources } from "../src/sources/projects/project-sources.ts";
import { checkStatements } from "../src/sources/projects/project-statements.ts";
import { createKey, mintCertificate } from "../src/lab/certificates/mint.ts";
import { readBundleBytes } from "../src/trust/read-source.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { inspectingProduct } from "../src/x509/explain/inspectors.ts";
import { fakeEnvironment, temporaryFolder, temporaryStore, wanted } from "./install-environment.ts";
import { bestTimes, isLinear } from "./linear-time.ts";

// Promise: untrusted input cannot make a command hang
// Attack: a wheel of many files, the last of which would be installed over the first
test("finding two files of a wheel for one place takes time in proportion to their number", async () => {
  const spec = { name: "tool", version: "1.0", files: { "tool/__init__.py": "" } };
  const { wheel } = await wanted(temporaryStore(), spec);
  const { sha256, directory, filename, distInfo, manifest } = wheel;
  const target = fakeEnvironment();
  const [first] = manifest;
  const wheels = [5_000, 10_000, 20_000].map((count) => {
    const paths = Array.from({ length: count }, (_, at) => `tool-1.0.data/data/share/f${at}`);
    const files = [...paths, "tool-1.0.data/purelib/tool/__init__.py"].map((path) => ({ ...first!, path }));
    const all = [...manifest, ...files];
    return {
      sha256,
      directory,
      filename,
      distInfo,
      archiveSize: undefined,
      fileCount: all.length,
      manifest: all,
      prepared: undefined,
    };
  });
  expect(() => layOutWheel(wheels[0]!, "tool", target)).toThrow(
    "two of its files would be installed as `__init__.py`",
  );
  const best = await bestTimes(wheels, (each) => layOutWheel(each, "tool", target));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: a wheel that replaces every module of a large folder with bytecode
test("replacing modules takes time in proportion to their number", async () => {
  const mirrors = [100, 200, 400].map((count) => {
    const [folder, staged] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(folder, "__pycache__"));
    for (let at = 0; at < count; at += 1) {
      writeFileSync(join(folder, `m${at}.py`), "");
      writeFileSync(join(staged, `m${at}.py`), "");
      writeFileSync(join(folder, `__pycache__/m${at}.cpython-312.pyc`), "");
    }
    return { folder, staged };
  });
  const plan = (mirror: (typeof mirrors)[number]) =>
    atOnce(
      planPlacement({ mirrors: [mirror], removed: [], lasting: new Set(), keep: (path) => `${path}.kept` }),
    );
  const setAside = plan(mirrors[0]!).steps.filter(({ kind }) => kind === "set-aside");
  expect(setAside).toHaveLength(200);
  const best = await bestTimes(mirrors, plan);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: lock files with many entries of one package
test("comparing lock files takes time in proportion to their entries", async () => {
  const lock = (versions: readonly string[]): Pylock =>
    parsePylock({
      "lock-version": "1.0",
      "created-by": "a tool",
      packages: versions.map((version) => ({ name: "a", version, directory: { path: "a" } })),
    });
  const pairs = [4_000, 8_000, 16_000].map((count) => ({
    before: lock(Array.from({ length: count }, () => "2")),
    after: lock([...Array.from({ length: count }, () => "1"), "2"]),
  }));
  const [pair] = pairs;
  expect(diffLocks(pair!.before, pair!.after)).toEqual([
    { kind: "version", name: "a", old: ["2"], new: ["1", "2"], direction: "other" },
  ]);
  const best = await bestTimes(pairs, ({ before, after }) => diffLocks(before, after));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: an archive of a few bytes can fill neither the memory nor the disk
// Attack: lock files with many entries of one version, each of which is compared with the many files of another
test("comparing the files of lock files takes time in proportion to their number", async () => {
  const wheel = (at: number): object => ({
    url: `https://files.example/a-1-${at}-py3-none-any.whl`,
    hashes: { sha256: "ab" },
  });
  const lock = (packages: readonly object[]): Pylock =>
    parsePylock({ "lock-version": "1.0", "created-by": "a tool", packages });
  const pairs = [500, 1_000, 2_000].map((count) => {
    const wheels = Array.from({ length: count }, (_, at) => wheel(at));
    return {
      before: lock(wheels.map(() => ({ name: "a", version: "1", wheels: [wheel(0)] }))),
      after: lock([{ name: "a", version: "1", wheels }]),
    };
  });
  const [pair] = pairs;
  expect(diffLocks(pair!.before, pair!.after)).toMatchObject([{ kind: "files", removed: [], changed: [] }]);
  const best = await bestTimes(pairs, ({ before, after }) => diffLocks(before, after));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: a marker that lists very many versions
test("reading the versions that a marker lists takes time in proportion to their number", async () => {
  const comparisons = [2_500, 5_000, 10_000].map((count): MarkerComparison => ({
    kind: "comparison",
    left: { kind: "field", field: "python_version" },
    operator: "in",
    right: { kind: "string", value: Array.from({ length: count }, (_, at) => `3.${2 * at}`).join(" ") },
  }));
  expect(claimOf(comparisons[0]!)).toMatchObject({ kind: "version", field: "python_full_version" });
  const best = await bestTimes(comparisons, claimOf);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang, or fill the memory
// Attack: a RECORD in a shared folder names files in folders on top of each other that are not there
test("looking for the files of a RECORD takes time in proportion to their paths", async () => {
  const target = fakeEnvironment();
  const distributions = [1_000, 2_000, 4_000].map((depth) => {
    const directory = join(target.scheme.purelib, `x${depth}-1.dist-info`);
    mkdirSync(directory);
    const rows = Array.from({ length: 20 }, (_, at) => `${at}/${"a/".repeat(depth)}x,,\n`);
    writeFileSync(join(directory, "RECORD"), rows.join(""));
    return { name: "x", kind: "dist-info", directory } as const;
  });
  expect(atOnce(listFiles(distributions[0]!, target))).toMatchObject({
    files: [join(distributions[0]!.directory, "RECORD")],
    warnings: [],
  });
  const best = await bestTimes(distributions, (distribution) => atOnce(listFiles(distribution, target)));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: a journal in a shared folder names many files in folders on top of each other
test("reading a journal looks once at each folder", async () => {
  const { root, scheme } = fakeEnvironment();
  const places = { root, scheme, changeFolders: [join(root, ".pinion-change")] };
  const texts = [100, 200, 400].map((count) => {
    const folder = `${count}/${"d/".repeat(count)}`;
    mkdirSync(join(root, folder), { recursive: true });
    const steps = Array.from({ length: 4 * count }, (_, at) => ({
      kind: "set-aside",
      path: `root/${folder}${at}`,
      kept: `0/old/${at}`,
    }));
    return JSON.stringify({ format: 2, steps, thinned: [] });
  });
  expect(atOnce(parseJournal(texts[0]!, places)).steps).toHaveLength(400);
  const best = await bestTimes(texts, (text) => atOnce(parseJournal(text, places)));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: metadata with many extras of its own, each with requirements, or with markers that name many extras
test("reading the requirements of extras takes time in proportion to their number", async () => {
  const { markers } = targetFor({ platform: "linux", pythonVersion: "3.12" });
  const rules = requirementRules(conditionsIn(markers));
  const lists = [500, 1_000, 2_000].map((count) => {
    const names = Array.from({ length: count }, (_, at) => `e${at}`);
    return [`a[${names.join(",")}]`, ...names.map((name) => `b; extra == '${name}'`)].map(parseRequirement);
  });
  const read = (requires: readonly Requirement[]) =>
    applicableRequirements(requires, { name: "a" }, rules).length;
  expect(read(lists[0]!)).toBe(500);
  const best = await bestTimes(lists, read);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  const odd = lists[2]!.map((entry) =>
    entry.marker === undefined ? entry : parseRequirement("b; extra != 'x'"),
  );
  expect(() => read(odd)).toThrow("refer to one another too often");
  const names = Array.from({ length: 3_000 }, (_, at) => `e${at}`);
  const any = `(${names.map((name) => `extra == '${name}'`).join(" or ")})`;
  const none = names.map((name) => `extra != '${name}'`).join(" and ");
  for (const marker of [`${any} and os_name == 'never'`, none]) {
    const wide = [`a[${names.join(",")}]`, `b; ${marker}`].map(parseRequirement);
    expect(() => read(wide)).toThrow("refer to one another too often");
  }
});

// Promise: untrusted input cannot make a command hang
// Attack: a requirement on all extras of a distribution, each of which is read by itself
test("reading extras one by one takes time in proportion to their number", async () => {
  const { markers } = targetFor({ platform: "linux", pythonVersion: "3.12" });
  const lists = [500, 1_000, 2_000].map((count) =>
    Array.from({ length: count }, (_, at) => parseRequirement(`b; extra == 'e${at}'`)),
  );
  const read = (requires: readonly Requirement[]) => {
    const rules = requirementRules(conditionsIn(markers));
    return requires.flatMap((_, at) =>
      applicableRequirements(requires, { name: "a", extra: `e${at}` }, rules),
    ).length;
  };
  expect(read(lists[0]!)).toBe(500);
  const best = await bestTimes(lists, read);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  const any = Array.from({ length: 2_000 }, (_, at) => `extra == 'e${at}'`).join(" or ");
  expect(() => read([...lists[2]!, parseRequirement(`c; ${any}`)])).toThrow("refer to one another too often");
});

// Promise: untrusted input cannot make a command hang
// Attack: metadata of a project whose markers name many extras
test("dividing metadata by extras takes time in proportion to their number", async () => {
  const metadata = (providesExtra: readonly string[], requires: readonly string[]) => ({
    name: "p",
    providesExtra,
    requiresDist: requires.map(parseRequirement),
  });
  const all = [500, 1_000, 2_000].map((count) => {
    const names = Array.from({ length: count }, (_, at) => `e${at}`);
    return metadata(
      names,
      names.map((name) => `b; extra == '${name}'`),
    );
  });
  expect(requirementsOfMetadata(all[0]!).extras.get("e7")).toMatchObject([{ written: "b" }]);
  const best = await bestTimes(all, requirementsOfMetadata);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  const { providesExtra } = all[2]!;
  const any = providesExtra.map((name) => `extra == '${name}'`).join(" or ");
  expect(() => requirementsOfMetadata(metadata(providesExtra, [`b; ${any}`]))).toThrow("too many extras");
});

// Promise: untrusted input cannot make a command hang
// Attack: a project of a few kilobytes, an extra of which requires itself under many markers
test("the extras of a project that lead to themselves by too many ways are refused", () => {
  const again = Array.from({ length: 14 }, (_, at) => `p[a]; python_full_version != '3.${at}'`);
  const others = Array.from({ length: 200 }, (_, at) => `${"d".repeat(100)}${at}`);
  const project = (list: readonly string[]) =>
    requirementsOfTable({ name: "p", dependencies: [], optionalDependencies: new Map([["a", list]]) });
  expect(projectRequirements(project([...again.slice(0, 2), ...others]), ["a"])).toHaveLength(4 * 200);
  expect(() => projectRequirements(project([...again, ...others]), ["a"])).toThrow("too often");
  const extras = Array.from({ length: 5_000 }, (_, at) => `a${at}`);
  const dependencies = [`p[${extras.join(",")}]; os_name == '${"x".repeat(30_000)}'`];
  const long = requirementsOfTable({ name: "p", dependencies, optionalDependencies: new Map() });
  expect(() => projectRequirements(long, [])).toThrow("too often");
});

// Promise: untrusted input cannot make a command hang
// Attack: metadata whose requirement, or whose Requires-Python, excludes one version after the other
test("reading specifiers takes time in proportion to their number", async () => {
  const sets = [2_000, 4_000, 8_000].map((count) =>
    parseSpecifierSet(Array.from({ length: count }, (_, at) => `!=${at}`).join(",")),
  );
  expect(rangeOf(sets[0]!).intervals).toHaveLength(2_001);
  for (const read of [rangeOf, releasesOf]) {
    const best = await bestTimes(sets, read);
    expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  }
});

// Promise: untrusted input cannot make a command hang
// Attack: metadata with many requirements, of one project or of as many, or with markers and circles of extras that double the environments, or of which each part of many has a copy
test("solving takes time in proportion to the requirements of one distribution", async () => {
  const target = targetFor({ platform: "linux", pythonVersion: "3.12" });
  const one = { kind: "specific", target, isPythonRequested: false } as const;
  const all = { kind: "universal", requiresPython: parseSpecifierSet(">=3.12") } as const;
  const separate = ["d==1; platform_machine == 'm'", "d>=1; platform_machine != 'm'"];
  const solve = (requires: readonly string[], environment: typeof one | typeof all, maxCopied?: number) =>
    resolve(
      {
        requirements: [{ requirement: parseRequirement("a"), origin: { kind: "user" } }],
        environment,
        prereleases: "if-necessary",
        resolution: "highest",
      },
      {
        listing: () =>
          Promise.resolve({ kind: "found", versions: [{ version: parseVersion("1"), yanked: false }] }),
        dependencies: (name) =>
          Promise.resolve({
            kind: "known",
            requires: (name === "a" ? requires : name === "z" ? separate : []).map(parseRequirement),
            providesExtra: [],
          }),
      },
      { maxCopied },
    );
  const lists = [1_000, 2_000, 4_000].map((count) => Array.from({ length: count }, (_, at) => `b${at}`));
  const best = await bestTimes(lists, (requires) => solve(requires, one));
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
  const excluding = Array.from({ length: 2_000 }, (_, at) => `b!=${at + 2}`);
  await expect(solve(excluding, one)).rejects.toMatchObject({ code: "resolve/no-solution" });
  const doubling = Array.from({ length: 24 }, (_, at) => `b; platform_release in 'p${at}'`);
  await expect(solve(doubling, all)).rejects.toMatchObject({ code: "resolve/budget-exhausted" });
  const many = Array.from({ length: 200 }, (_, at) => `b${at}`);
  await expect(solve([...many, "z"], all, 100)).rejects.toMatchObject({
    code: "resolve/budget-exhausted",
    message: expect.stringContaining("too many markers"),
  });
  const circles = Array.from({ length: 30 }, (_, at) => `a[x]; extra == 'x' and os_name != 'o${at}'`);
  const more = Array.from({ length: 100 }, (_, at) => `b${at}; extra == 'x'`);
  await expect(solve(["a[x]", ...circles, ...more], all)).rejects.toThrow("refer to one another too often");
});

// Promise: untrusted input cannot make a command hang
// Attack: a project's index table names a file of many certificates, none of which can be read
test("looking at certificates takes time in proportion to their number", async () => {
  const section = `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
  const files = [5_000, 10_000, 20_000].map((count) => Buffer.from(section.repeat(count)));
  expect(readBundleBytes(files[0]!).damaged).toHaveLength(5_000);
  const best = await bestTimes(files, readBundleBytes);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: a project has very many groups, beside one source that cannot be meant
test("looking for sources in all groups of a project takes time in proportion to their number", async () => {
  const table = { tool: { uv: { sources: { lib: { index: "nowhere" } } } } };
  const options = { file: "pyproject.toml", folder: temporaryFolder(), workspace: "none" } as const;
  const stated = await readSources(table, { ...options, isFromNetwork: false, ignored: [] });
  const projects = [2_000, 4_000, 8_000].map((count) => {
    const groups = Array.from({ length: count }, (_, at) => [`g${at}`, [`a${at}`]]);
    const document = { "dependency-groups": { ...Object.fromEntries(groups), last: ["lib"] } };
    return readProjectGroups(document, { project: "app", folder: "" });
  });
  const check = (groups: ProjectGroups): unknown => checkStatements({ groups, required: [] }, stated, "");
  expect(check(projects[0]!)).toMatchObject([{ name: "lib", index: { name: "nowhere" } }]);
  const best = await bestTimes(projects, check);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});

// Promise: untrusted input cannot make a command hang
// Attack: a box on the way shows a certificate whose name is very long, and begins again and again as that of a product
test("looking for the product that inspects a connection takes time in proportion to the names", async () => {
  const key = createKey("P-256");
  const chains = [2_000, 4_000, 8_000].map((count) => {
    const { der } = mintCertificate({ key, subject: "juniper ".repeat(count) });
    return [parseCertificate(der)];
  });
  expect(inspectingProduct(chains[0]!)).toBeUndefined();
  const best = await bestTimes(chains, inspectingProduct);
  expect(isLinear(best), `${best.join(", ")} ms`).toBe(true);
});
