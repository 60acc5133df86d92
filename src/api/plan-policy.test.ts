import { describe, expect, test } from "vitest";

import { installedDistribution } from "../../test/support/installed-distribution.ts";
import { readTexts } from "../../test/support/read-texts.ts";
import { openConnections } from "./network.ts";
import type { InstallerOptions } from "./options.ts";
import { targetFor } from "../pep/tags/target.ts";
import { keptVersions, locateNamed, refreshOf, registryPolicy, withFileOptions } from "./plan-policy.ts";
import type { ResolveRequest } from "./requests.ts";
import { emptyRequirementsOptions } from "../pep/requirements/requirements-txt.ts";
import { locateIndexes } from "../registry/indexes/locations.ts";

const request: ResolveRequest = { requirements: [], constraints: [], overrides: [] };
const options: InstallerOptions = { cacheDirectory: "/cache", directory: "/project" };

describe("withFileOptions()", () => {
  const located = async (lines: readonly string[], indexes: NonNullable<InstallerOptions["indexes"]> = {}) =>
    withFileOptions(indexes, (await readTexts(lines)).options);

  const asked = async (indexes: NonNullable<InstallerOptions["indexes"]>): Promise<readonly string[]> => {
    const settings = await located(["--index-url https://file.example/simple"], indexes);
    return locateIndexes({ ...settings, directory: "/project" }).locations.map(({ url }) => url);
  };
  const user = { value: "https://own.example/simple", origin: "uv.toml" };

  test("takes the index of a file for the default one", async () => {
    const { indexes } = await located(["--index-url https://file.example/simple"]);
    expect(indexes).toEqual([
      {
        value: "https://file.example/simple",
        origin: "-:1",
        isDefault: true,
        claim: { isOfRequirements: true },
      },
    ]);
    expect(await asked({})).toEqual(["https://file.example/simple"]);
    expect(await asked({ indexes: [user] })).toEqual([user.value, "https://file.example/simple"]);
  });

  test("keeps the user's default index, whichever way it is set", async () => {
    expect(await asked({ defaultIndex: user })).toEqual([user.value]);
    expect(await asked({ indexes: [{ ...user, isDefault: true }] })).toEqual([user.value]);
  });

  test("does not take for a default what an earlier index of the same name hides", async () => {
    const first = { value: "corp=https://first.example/simple", origin: "--index" };
    expect(await asked({ indexes: [first, { ...user, name: "corp", isDefault: true }] })).toEqual([
      "https://first.example/simple",
      "https://file.example/simple",
    ]);
  });

  test("adds a file's further indexes and links after those of the command line", async () => {
    const { extraIndexUrls, findLinks } = await located(
      ["--extra-index-url https://file.example/simple", "--find-links https://file.example/links"],
      { extraIndexUrls: [{ value: "https://own.example/simple", origin: "--extra-index-url" }] },
    );
    expect(extraIndexUrls?.map(({ value }) => value)).toEqual([
      "https://own.example/simple",
      "https://file.example/simple",
    ]);
    expect(findLinks).toEqual([
      { value: "https://file.example/links", origin: "-:2", claim: { isOfRequirements: true } },
    ]);
  });

  test("claims only the name for a server that the user names too", async () => {
    const lines = [
      "--extra-index-url other=http://corp.example/simple/",
      "--find-links http://other.example/links",
    ];
    const own = [{ value: "corp=http://corp.example/pypi", origin: "--index" }];
    const claimed = [{ value: "http://other.example/", origin: "pinion.toml", claim: {} }];
    const { extraIndexUrls, findLinks } = await located(lines, { indexes: [...own, ...claimed] });
    expect(extraIndexUrls?.map(({ claim }) => claim)).toEqual([
      { isOfRequirements: true, isOnKnownServer: true },
    ]);
    expect(findLinks?.map(({ claim }) => claim)).toEqual([{ isOfRequirements: true }]);
  });

  test("switches indexes off where either says so", async () => {
    expect((await located(["--no-index"])).isIndexOff).toBe(true);
    expect((await located([], { isIndexOff: true })).isIndexOff).toBe(true);
    expect((await located([])).isIndexOff).toBe(false);
  });
});

// Promise: no stranger chooses who sees a client certificate
// Attack: a repository from the network, or a requirements file from there, names an index of the attacker
test("the client certificate for all indexes is for none that the network names", () => {
  const own = { indexes: [{ value: "https://own.example/simple", origin: "--index" }] };
  const network = openConnections({ ...options, indexes: own });
  const named = (host: string, isFromNetwork?: true): void => {
    const url = `https://${host}/simple`;
    locateNamed({ name: host, url, file: "pyproject.toml", isFromNetwork }, { indexes: [], network, own });
  };
  named("local.example");
  named("own.example", true);
  named("remote.example", true);
  const remote = {
    ...emptyRequirementsOptions(),
    extraIndexUrls: [{ value: "https://far.example/", file: "https://far.example/r.txt", line: 1 }],
  };
  network.locate(withFileOptions(own, [remote]));
  expect([...(network.settings.clientCertificateOrigins ?? [])]).toEqual([
    "https://own.example",
    "https://pypi.org",
    "https://local.example",
  ]);
});

describe("registryPolicy()", () => {
  test("joins the names of the request and of files, and knows the stated hashes", async () => {
    const hash = `sha256:${"ab".repeat(32)}`;
    const inputs = await readTexts([
      "--no-binary numpy,scipy",
      "--only-binary :all:",
      `flask==1 --hash=${hash}`,
    ]);
    const policy = registryPolicy(
      { ...request, noBinary: { isForAll: false, names: new Set(["lxml"]) } },
      {
        options: { ...options, indexStrategy: "unsafe-best-match" },
        inputs,
        target: targetFor({ platform: "linux", pythonVersion: "3.12" }),
      },
    );
    expect(policy).toMatchObject({
      strategy: "unsafe-best-match",
      noBinary: { isForAll: false, names: new Set(["lxml", "numpy", "scipy"]) },
      onlyBinary: { isForAll: true },
      hashes: new Map([["flask", [hash]]]),
    });
  });
});

describe("refreshOf()", () => {
  test.each<[string, Partial<ResolveRequest>, InstallerOptions["refresh"], "all" | readonly string[]]>([
    ["nothing", {}, undefined, []],
    ["what the options name", {}, ["Flask"], ["flask"]],
    ["everything of the options", { upgrade: ["flask"] }, "all", "all"],
    ["everything for an upgrade of all", { upgrade: "all" }, [], "all"],
    ["everything for a new installation of all", { reinstall: "all" }, [], "all"],
    [
      "each project once, in its normal spelling",
      { upgrade: ["My_App"], reinstall: ["my-app"] },
      ["flask"],
      ["flask", "my-app"],
    ],
  ])("asks again for %s", (_, changes, refresh, expected) => {
    expect(refreshOf({ ...request, ...changes }, { ...options, refresh })).toEqual(expected);
  });
});

describe("keptVersions()", () => {
  const installed = [
    installedDistribution("flask 1"),
    installedDistribution("idna 3"),
    installedDistribution("local 1", [], "https://files.example/local-1-py3-none-any.whl"),
  ];
  test.each<[string, Partial<ResolveRequest>, readonly string[]]>([
    ["everything, wherever it came from", {}, ["flask", "idna", "local"]],
    ["not what is upgraded", { upgrade: ["Flask"] }, ["idna", "local"]],
    ["not what is installed again", { reinstall: ["idna", "local"] }, ["flask"]],
    ["nothing where all is upgraded", { upgrade: "all" }, []],
    ["nothing where all is installed again", { reinstall: "all" }, []],
  ])("keeps %s", (_, changes, expected) => {
    expect([...keptVersions({ ...request, ...changes }, installed).keys()]).toEqual(expected);
  });
});
