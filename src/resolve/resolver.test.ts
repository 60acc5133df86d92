import { describe, expect, test } from "vitest";

import { PinionError } from "../errors.ts";
import { formatRequirement } from "../pep/requirements/requirement.ts";
import { parseSpecifierSet } from "../pep/versions/specifier.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { outcome, providerFor, questionOf, resolveIn } from "../../test/support/scenario.ts";
import type { Index } from "../../test/support/scenario.ts";
import type { DependencyEdge } from "./graph.ts";
import type { ListedVersion, Provider } from "./provider.ts";
import { resolve } from "./resolver.ts";

describe("resolve() backtracks no further than it must", () => {
  test("a version whose needs are unmet is passed over", async () => {
    const index: Index = { "a 1.0": [], "a 2.0": ["b>=2"], "b 1.0": [] };
    expect(await outcome(index, ["a", "b"])).toBe("a==1.0 b==1.0 (3 attempts)");
  });

  test("a conflict below goes back to the project that caused it", async () => {
    const index: Index = {
      "a 1.0": ["shared<=2"],
      "b 1.0": ["shared<=2"],
      "b 2.0": ["c"],
      "c 1.0": ["shared>=3"],
      "shared 1.0": [],
      "shared 2.0": [],
      "shared 3.0": [],
    };
    expect(await outcome(index, ["a", "b"])).toBe("a==1.0 b==1.0 shared==2.0 (6 attempts)");
  });

  test("releases with one requirement are rejected together", async () => {
    const releases = Object.fromEntries(
      Array.from({ length: 100 }, (_, patch) => [`a 1.${patch}`, ["b>=2"]]),
    );
    const index: Index = { ...releases, "a 0.1": [], "b 1.0": [] };
    // Each is looked at once, none twice.
    expect(await outcome(index, ["a", "b"])).toBe("a==0.1 b==1.0 (102 attempts)");
  });

  test("projects that keep being rejected are decided earlier", async () => {
    // Only in the order of first sight this takes 93 attempts.
    expect(await outcome(narrowIndex(195 * 7919), ["p0", "p1", "p2"])).toMatch(/ \(30 attempts\)$/u);
  });

  test("a requirement with a marker is a package of its own, and counts as one among conflicts", async () => {
    const index: Index = {
      "p 4.0": ["z<1.4"],
      "p 3.0": ["z<1.3"],
      "p 2.0": ["z<1.2"],
      "p 1.0": ["z<1.1"],
      "p 0.5": [],
      "z 2.0": [],
      "z 1.0": [],
    };
    // So chooses uv 0.13.9.
    expect(await outcome(index, ["z", "p"])).toMatch(/^p==0\.5 z==2\.0 /u);
    expect(await outcome(index, ["z", "p; python_version < '4'"])).toMatch(/^p==4\.0 z==1\.0 /u);
  });

  test("a version that needs another version of itself is not a version", async () => {
    expect(await outcome({ "a 1.0": [], "a 2.0": ["a<2"] }, ["a"])).toBe("a==1.0 (2 attempts)");
  });

  test("projects that need each other are selected together", async () => {
    expect(await outcome({ "a 1.0": ["b"], "b 1.0": ["a"] }, ["a"])).toBe("a==1.0 b==1.0 (2 attempts)");
  });
});

// Promise: no untrusted input makes a command hang, and Ctrl-C ends every command
// Attack: a list of some megabytes requires tens of thousands of projects, all of which the cache answers for at once
test("asks for very many projects a few at a time, and not for those that are not needed", async () => {
  const names = Array.from({ length: 5000 }, (_, at) => `p${at}`);
  const asked = async (index: Index): Promise<number> => {
    const provider = providerFor(index);
    let count = 0;
    const listing = (name: string): ReturnType<Provider["listing"]> => {
      count += 1;
      return provider.listing(name);
    };
    await resolve(questionOf(names), { ...provider, listing }).catch(() => {});
    const atEnd = count;
    // None comes after the end.
    for (let turn = 0; turn < 10; turn += 1)
      await new Promise((next) => {
        setImmediate(next);
      });
    expect(count).toBe(atEnd);
    return count;
  };
  expect(await asked({})).toBeLessThan(200);
  expect(await asked(Object.fromEntries(names.map((name) => [`${name} 1.0`, []])))).toBe(names.length);
});

test("a package for all environments is named by all that require it, where markers exclude each other too", async () => {
  const index: Index = {
    "a 1.0": ["b; sys_platform == 'darwin'", "c"],
    "b 1.0": ["c; sys_platform == 'linux'", "c; sys_platform == 'win32'", "d; sys_platform == 'linux'"],
    "c 1.0": [],
    "d 1.0": [],
  };
  const environment = { kind: "universal", requiresPython: parseSpecifierSet(">=3.8") } as const;
  const { packages } = await resolve({ ...questionOf(["a"]), environment }, providerFor(index));
  // uv lists "b" for "c", and leaves out "d", which nothing reaches.
  expect(packages.map(({ name, namedBy }) => [name, namedBy])).toEqual([
    ["a", []],
    ["b", ["a"]],
    ["c", ["a", "b"]],
  ]);
});

describe("resolve() chooses versions", () => {
  const index: Index = { "a 1.0": ["b>=1"], "a 2.0": ["b>=1"], "b 1.0": [], "b 2.0": [], "b 3.0a1": [] };

  test.each([
    ["highest", "a==2.0 b==2.0"],
    ["lowest", "a==1.0 b==1.0"],
    ["lowest-direct", "a==1.0 b==2.0"],
  ] as const)("%s", async (resolution, versions) => {
    expect(await outcome(index, ["a>=1"], { resolution })).toBe(`${versions} (2 attempts)`);
  });

  test("preferred versions stay while they fit", async () => {
    expect(await outcome(index, ["a"], { preferences: { a: "1.0", b: "1.0" } })).toBe(
      "a==1.0 b==1.0 (2 attempts)",
    );
    expect(await outcome(index, ["a>1"], { preferences: { a: "1.0", b: "0.5" } })).toBe(
      "a==2.0 b==2.0 (2 attempts)",
    );
  });

  test("an installed version stays while it fits, even where no index has it", async () => {
    const local: Index = {
      ...index,
      "b 1.5": { requires: ["c"], isUnlisted: true },
      "c 1.0": { isUnlisted: true },
    };
    const installed = { b: "1.5", c: "1.0" };
    expect(await outcome(local, ["a"], { installed })).toBe("a==2.0 b==1.5 c==1.0 (3 attempts)");
    expect(await outcome(local, ["a", "b>=2"], { installed })).toBe("a==2.0 b==2.0 (2 attempts)");
  });

  test("an upgrade keeps what is installed where nothing better can be found", async () => {
    const local: Index = { ...index, "b 7.0": { requires: [], isUnlisted: true } };
    const upgrade = (upgraded: Readonly<Record<string, string>>, more = {}): Promise<string> =>
      outcome(local, ["b"], { upgraded, ...more });
    expect(await upgrade({ b: "7.0" })).toBe("b==7.0 (1 attempt)");
    expect(await upgrade({ b: "1.0" })).toBe("b==2.0 (1 attempt)");
    expect(await upgrade({ b: "7.0" }, { resolution: "lowest" })).toBe("b==1.0 (1 attempt)");
  });

  test("without dependencies only what is required is selected", async () => {
    expect(await outcome(index, ["a"], { noDependencies: true })).toBe("a==2.0 (1 attempt)");
  });
});

describe("resolve() takes pre-releases", () => {
  const index: Index = { "a 1.0": [], "a 2.0a1": [], "only 1.0b1": [] };

  test.each([
    ["if-necessary", ["a"], "a==1.0 (1 attempt)"],
    ["if-necessary", ["a>1"], "a==2.0a1 (1 attempt)"],
    ["if-necessary", ["only"], "only==1.0b1 (1 attempt)"],
    ["allow", ["a"], "a==2.0a1 (1 attempt)"],
    ["disallow", ["a>1"], "resolve/no-solution"],
    ["disallow", ["only"], "resolve/no-solution"],
    ["explicit", ["a>1"], "resolve/no-solution"],
    ["explicit", ["a>=2.0a1"], "a==2.0a1 (1 attempt)"],
    ["explicit", ["a!=1.0,!=3.0a1"], "resolve/no-solution"],
  ] as const)("%s: %j", async (prereleases, requires, expected) => {
    expect(await outcome(index, requires, { prereleases })).toBe(expected);
  });

  test("explicit does not follow the wishes of dependencies", async () => {
    const nested: Index = { ...index, "b 1.0": ["a>=2.0a1"] };
    expect(await outcome(nested, ["b"], { prereleases: "explicit" })).toBe("resolve/no-solution");
    expect(await outcome(nested, ["b"])).toBe("a==2.0a1 b==1.0 (2 attempts)");
  });
});

describe("resolve() takes yanked versions", () => {
  const index: Index = { "a 1.0": [], "a 2.0": { yanked: "Bad build" }, "b 1.0": ["a==2.0"] };

  test.each([
    [["a"], "a==1.0 (1 attempt)"],
    [["a==2.0"], "a==2.0 (1 attempt)"],
    [["a===2.0"], "a==2.0 (1 attempt)"],
    [["a>=2.0"], "resolve/no-solution"],
    [["a==2.*"], "resolve/no-solution"],
    [["a==2.0,>1"], "resolve/no-solution"],
    [["b"], "resolve/no-solution"],
    [["b", "a==2"], "a==2.0 b==1.0 (2 attempts)"],
  ] as const)("%j", async (requires, expected) => {
    expect(await outcome(index, requires)).toBe(expected);
  });

  test("a preferred version may be yanked, and is reported", async () => {
    const { warnings } = await resolveIn(index, ["a"], { question: { preferences: { a: "2.0" } } });
    expect(warnings).toEqual(['`a==2.0` is yanked (reason: "Bad build")']);
  });
});

describe("resolve() respects Requires-Python", () => {
  const index: Index = {
    "a 1.0": [],
    "a 2.0": { requiresPython: ">=3.13" },
    "capped 1.0": [],
    "capped 2.0": { requiresPython: ">=3.8,<3.11" },
  };

  test.each([
    ["3.12", ["a"], "a==1.0 (2 attempts)"],
    ["3.13.0b1", ["a"], "a==2.0 (1 attempt)"],
    ["3.12", ["a>=2"], "resolve/no-solution"],
    // An upper bound is a guess: honouring it would select ancient versions.
    ["3.12", ["capped"], "capped==2.0 (1 attempt)"],
  ] as const)("on %s: %j", async (python, requires, expected) => {
    expect(await outcome(index, requires, { python })).toBe(expected);
  });
});

describe("resolve() opens extras", () => {
  const index: Index = {
    "a 1.0": {
      requires: ["b", "c; extra == 'x'", "d>=1; extra == 'y'", "a[x,y]; extra == 'all'"],
      extras: ["x", "y", "all"],
    },
    "b 1.0": [],
    "c 1.0": [],
    "d 1.0": [],
  };

  test.each([
    [["a"], "a==1.0 b==1.0 (2 attempts)"],
    [["a[x]"], "a[x]==1.0 b==1.0 c==1.0 (3 attempts)"],
    [["a[x]", "a[y]"], "a[x,y]==1.0 b==1.0 c==1.0 d==1.0 (4 attempts)"],
    [["a[all]"], "a[all]==1.0 b==1.0 c==1.0 d==1.0 (4 attempts)"],
    [["a[x]", "c>1"], "resolve/no-solution"],
  ] as const)("%j", async (requires, expected) => {
    expect(await outcome(index, requires)).toBe(expected);
  });

  test("an unknown extra is a warning", async () => {
    const { packages, warnings } = await resolveIn(index, ["a[nope]"]);
    expect(packages.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(warnings).toEqual(["The package `a==1.0` does not have an extra named `nope`"]);
  });

  // Promise: of warnings whose number others choose, only the first few are shown
  // Attack: a distribution requires very many extras that another one does not have
  test("of very many unknown extras, the first are named", async () => {
    const extras = Array.from({ length: 500 }, (_, at) => `nope${at}`);
    const { warnings } = await resolveIn(index, [`a[${extras.join(",")}]`]);
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe("The package `a==1.0` does not have 480 more of the extras");
  });

  test("an extra shares its project's version", async () => {
    const versions: Index = {
      "a 1.0": { requires: ["b==1.0; extra == 'x'"], extras: ["x"] },
      "a 2.0": { requires: ["b==2.0; extra == 'x'"], extras: ["x"] },
      "b 1.0": [],
      "b 2.0": [],
    };
    expect(await outcome(versions, ["a[x]", "b<2"])).toBe("a[x]==1.0 b==1.0 (3 attempts)");
  });

  test("the dependencies of a project include those of its extras", async () => {
    const { packages } = await resolveIn(index, ["a[x]"]);
    expect(packages[0]?.dependencies.map(({ to }) => packages[to]?.name)).toEqual(["b", "c"]);
  });
});

describe("resolve() applies the user's rules to everybody's requirements", () => {
  const index: Index = {
    "a 1.0": ["b>=2", "c; sys_platform == 'win32'", "d; extra == 'x'"],
    "b 1.0": [],
    "b 2.0": [],
    "b 3.0": [],
    "d 1.0": [],
  };

  test.each([
    ["markers", ["a"], {}, "a==1.0 b==3.0 (2 attempts)"],
    ["a constraint narrows", ["a"], { constraints: ["b<3"] }, "a==1.0 b==2.0 (2 attempts)"],
    ["a constraint requires nothing", ["b"], { constraints: ["a==1.0"] }, "b==3.0 (1 attempt)"],
    ["nor do its extras", ["a"], { constraints: ["a[x]==1.0"] }, "a==1.0 b==3.0 (2 attempts)"],
    [
      "a constraint elsewhere",
      ["a"],
      { constraints: ["b<3; sys_platform == 'win32'"] },
      "a==1.0 b==3.0 (2 attempts)",
    ],
    ["a constraint that excludes", ["a"], { constraints: ["b<2"] }, "resolve/no-solution"],
    ["an override replaces", ["a"], { overrides: ["b<2"] }, "a==1.0 b==1.0 (2 attempts)"],
    ["an override ignores markers", ["a"], { overrides: ["c"] }, "resolve/no-solution"],
    ["an override of an extra stays with it", ["a"], { overrides: ["d==1.0"] }, "a==1.0 b==3.0 (2 attempts)"],
    ["an override in an extra", ["a[x]"], { overrides: ["d<1"] }, "resolve/no-solution"],
    ["an exclude drops", ["a"], { excludes: ["b"] }, "a==1.0 (1 attempt)"],
  ] as const)("%s", async (_, requires, question, expected) => {
    expect(await outcome(index, requires, question)).toBe(expected);
  });
});

describe("resolve() pins projects by URL", () => {
  const index: Index = {
    "a 1.0": { requires: ["b>=1"], isUnlisted: true },
    "b 1.0": [],
    "c 1.0": ["a>=1"],
    "c 2.0": ["a>=2"],
    "evil 1.0": ["b @ https://elsewhere.test/b-1.0-py3-none-any.whl"],
    "same 1.0": ["a @ https://files.test/a.whl"],
  };
  const direct = { a: ["1.0", "https://files.test/a.whl"] } as const;

  test.each([
    [["a @ https://files.test/a.whl", "c"], "a==1.0 b==1.0 c==1.0 (4 attempts)"],
    [["a @ https://files.test/a.whl", "a<1"], "resolve/no-solution"],
    [
      ["a @ https://files.test/a.whl", "a @ https://files.test/a.whl#sha256=00"],
      "a==1.0 b==1.0 (2 attempts)",
    ],
    [["a @ https://files.test/a.whl", "a @ https://files.test/other.whl"], "requirement/conflicting-urls"],
    [["a @ https://files.test/a.whl", "same"], "a==1.0 b==1.0 same==1.0 (3 attempts)"],
    [["evil"], "requirement/transitive-url"],
  ] as const)("%j", async (requires, expected) => {
    expect(await outcome(index, requires, { direct })).toBe(expected);
  });

  test("a constraint may name a URL, also for what is needed by others", async () => {
    const constraints = ["a @ https://files.test/a.whl"];
    expect(await outcome(index, ["c"], { direct, constraints })).toBe("a==1.0 b==1.0 c==1.0 (4 attempts)");
  });

  test("addresses in the metadata of a pinned project are asked for", async () => {
    const nested: Index = {
      "a 1.0": { requires: ["b @ https://files.test/b.whl"], isUnlisted: true },
      "b 9.0": { isUnlisted: true },
      "b 1.0": [],
    };
    const provider = { ...providerFor(nested), direct: async () => parseVersion("9.0") };
    const { packages } = await resolve(
      questionOf(["a @ https://files.test/a.whl", "b>=1"], { direct }),
      provider,
    );
    expect(packages.map(({ name, version, url }) => [name, version.text, url])).toEqual([
      ["a", "1.0", "https://files.test/a.whl"],
      ["b", "9.0", "https://files.test/b.whl"],
    ]);
  });

  test("passwords in URLs stay out of messages", async () => {
    const secret: Index = { "evil 1.0": ["b @ https://me:secret@elsewhere.test/b.whl"] };
    const failure: unknown = await resolveIn(secret, ["evil"]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PinionError);
    expect(JSON.stringify([failure, String(failure)])).not.toContain("secret");
    expect(failure).toMatchObject({
      message: "Failed to resolve dependencies for package `evil==1.0`",
      cause: { message: expect.stringContaining("adding `b @ https://me:****@elsewhere.test/b.whl` to") },
    });
  });
});

describe("resolve() asks the provider", () => {
  const index: Index = { "a 1.0": ["b"], "a 2.0": ["b>=2"], "b 1.0": [] };

  test("each question once", async () => {
    const asked: string[] = [];
    const provider = providerFor(index);
    await resolve(questionOf(["a"]), {
      listing: (name) => (asked.push(name), provider.listing(name)),
      dependencies: (name, version) => (
        asked.push(`${name} ${version.text}`),
        provider.dependencies(name, version)
      ),
    });
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  test("and is not disturbed by a guess that fails", async () => {
    const provider = providerFor(index);
    const { packages } = await resolve(questionOf(["a<2", "b"]), {
      ...provider,
      dependencies: async (name, version) => {
        if (version.text === "2.0") throw new PinionError("net/timeout", "No answer");
        return await provider.dependencies(name, version);
      },
    });
    expect(packages.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("and fails with the provider when the answer is needed", async () => {
    const provider = {
      ...providerFor(index),
      dependencies: () => Promise.reject(new PinionError("net/timeout", "No answer")),
    };
    await expect(resolve(questionOf(["a"]), provider)).rejects.toMatchObject({ code: "net/timeout" });
  });

  test("and looks only at versions that come into question", async () => {
    const looked = new Set<string>();
    const versions = Array.from({ length: 1000 }, (_, count): ListedVersion => {
      const version = parseVersion(String(1000 - count));
      return {
        version,
        get yanked(): false {
          looked.add(version.text);
          return false;
        },
      };
    });
    const provider: Provider = {
      ...providerFor({ "a 500": [] }),
      listing: async () => ({ kind: "found", versions }),
    };
    await resolve(questionOf(["a<=500"]), provider);
    expect([...looked]).toEqual(["500"]);
  });

  test("for many versions at once after many failures", async () => {
    const releases = Object.fromEntries(
      Array.from({ length: 60 }, (_, number) => [`a ${number}.0`, [`b>${number}`]]),
    );
    const announced: number[] = [];
    await resolve(questionOf(["a", "b"]), {
      ...providerFor({ ...releases, "b 0.5": [] }),
      prefetchVersions: (_, versions) => announced.push(versions.length),
    });
    expect(announced.slice(0, 3)).toEqual([5, 10, 20]);
    expect(Math.max(...announced)).toBeLessThanOrEqual(50);
  });

  test("until it is cancelled", async () => {
    const controller = new AbortController();
    const provider = { ...providerFor(index), listing: () => new Promise<never>(() => {}) };
    const resolution = resolve(questionOf(["a"]), provider, { signal: controller.signal });
    controller.abort();
    await expect(resolution).rejects.toMatchObject({ code: "net/cancelled" });
  });

  test("within a budget", async () => {
    await expect(resolveIn(index, ["a"], { resolve: { maxSteps: 2 } })).rejects.toMatchObject({
      code: "resolve/budget-exhausted",
      details: { steps: 2 },
    });
  });

  // Promise: what an index says of dependencies is read in bounded time
  // Attack: projects whose versions exclude one another, so that each step learns more and takes longer than the last one
  test("that is counted in comparisons too, since steps get dearer", async () => {
    const projects = Array.from({ length: 13 }, (_, at) => `p${at}`);
    const crowd = Object.fromEntries(
      projects.flatMap((name, at) =>
        Array.from({ length: 12 }, (_version, version) => [
          `${name} ${version}.0`,
          projects.slice(at + 1).map((other) => `${other}!=${version}.0`),
        ]),
      ),
    );
    const resolution = resolveIn(crowd, projects, { resolve: { maxComparisons: 100_000 } });
    await expect(resolution).rejects.toMatchObject({ code: "resolve/budget-exhausted" });
  });

  // Promise: what an index says of dependencies is read in bounded time, and does not use up the memory
  // Attack: each of some hundred requirements, of a few kilobytes, excludes another thousand versions of one project
  test("and intervals of versions that it makes and keeps", async () => {
    const names = Array.from({ length: 20 }, (_, at) => `e${at}`);
    const exclusions = (at: number): string =>
      Array.from({ length: 900 }, (_, patch) => `!=1.${at}.${patch}`).join();
    const excluding = Object.fromEntries(names.map((name, at) => [`${name} 1`, [`x${exclusions(at)}`]]));
    const excluded: Index = { ...excluding, "x 2": [] };
    const solve = (maxComparisons: number): Promise<unknown> =>
      resolveIn(excluded, names, { resolve: { maxComparisons } });
    await expect(solve(1000)).rejects.toMatchObject({ code: "resolve/budget-exhausted" });
    expect(await solve(100_000)).toBeTruthy();
  });

  // Promise: what an index says of dependencies is read in bounded time, and does not use up the memory
  // Attack: very many versions of a project, every other one of which cannot be used for the same reason
  test("and of versions that are ruled out together", async () => {
    const releases = Array.from({ length: 400 }, (_, at) => [`a ${at}`, [at % 2 === 0 ? "x>1" : "y>1"]]);
    const alternating: Index = { ...Object.fromEntries(releases), "x 1": [], "y 1": [] };
    const solve = (maxComparisons: number): Promise<unknown> =>
      resolveIn(alternating, ["a"], { resolve: { maxComparisons } });
    await expect(solve(5000)).rejects.toMatchObject({ code: "resolve/budget-exhausted" });
    await expect(solve(100_000)).rejects.toMatchObject({ code: "resolve/no-solution" });
  });

  test("and reports each version that it tries", async () => {
    const tried: string[] = [];
    const onEvent = ({ name, version }: { name: string; version: { text: string } }): void => {
      tried.push(`${name} ${version.text}`);
    };
    await resolveIn(index, ["a"], { resolve: { onEvent } });
    expect(tried).toEqual(["a 2.0", "a 1.0", "b 1.0"]);
  });
});

test("resolve() reports which requirements a refusal is about, and where they were written", async () => {
  const refusal: unknown = await resolveIn({ "a 1.0": [], "b 1.0": [] }, ["a>1", "b"]).catch(
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({
    code: "resolve/no-solution",
    message: "No solution found when resolving dependencies",
    details: { packages: ["a"], requirements: [{ text: "a>1", origin: "test" }] },
  });
});

/** Twelve projects of eight versions, each of which needs two neighbours in a window of two versions. */
function narrowIndex(seed: number): Index {
  let state = seed;
  const random = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const index: Record<string, readonly string[]> = {};
  for (let project = 0; project < 12; project++) {
    for (let version = 1; version <= 8; version++) {
      const requires: string[] = [];
      for (let count = 0; count < 2; count++) {
        const other = project + 1 + random(5);
        if (other >= 12) continue;
        const lowest = 1 + random(7);
        requires.push(`p${other}>=${lowest},<=${lowest + 1}`);
      }
      index[`p${project} ${version}.0`] = requires;
    }
  }
  return index;
}

test("resolve() reports which package needs which, and what the user required", async () => {
  const graph = await resolveIn(
    { "a 1": ["b[x]", "c; sys_platform == 'win32'"], "b 2": ["c; extra == 'x'"], "c 3": [] },
    ["a", "c>=1", "d; python_version < '3'"],
  );
  const edge = ({ to, extras }: DependencyEdge): string =>
    `${graph.packages[to]!.name}${extras.length === 0 ? "" : `[${extras.join(",")}]`}`;
  expect(
    Object.fromEntries(graph.packages.map(({ name, dependencies }) => [name, dependencies.map(edge)])),
  ).toEqual({ a: ["b[x]"], b: ["c"], c: [] });
  expect(
    graph.requirements.map((entry) => [edge(entry), formatRequirement(entry.requirement.requirement)]),
  ).toEqual([
    ["a", "a"],
    ["c", "c>=1"],
  ]);
  expect([graph.kind, graph.forks]).toEqual(["specific", []]);
});
