import { describe, expect, test } from "vitest";

import { readTexts } from "../../../test/support/read-texts.ts";
import { providerFor, type Index } from "../../../test/support/scenario.ts";
import { parseMetadata } from "../../pep/metadata/metadata.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import type { DirectDistribution, Registry } from "../../registry/registry.ts";
import type { NamedSource } from "../../sources/parse-source.ts";
import type { InstallerEvent } from "../events.ts";
import { resolveInputs, type ResolvedInputs } from "./resolve-inputs.ts";
import type { ResolveRequest } from "../requests.ts";

const TARGET = targetFor({ platform: "linux", pythonVersion: "3.12" });
const INDEX: Index = { "flask 1": [], "flask 2": ["idna"], "idna 3": [] };
const AB = "ab".repeat(32);

/** What the files at URLs turn out to be. */
type Described = Readonly<Record<string, string>>;

function registryOf(index: Index, described: Described): Registry {
  const looked = new Map<string, DirectDistribution>();
  const provider = providerFor(index);
  const lookAt = async (source: NamedSource): Promise<DirectDistribution> => {
    const [name = "", version = ""] = (described[source.url] ?? "").split(" ");
    const metadata = parseMetadata(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
    const found: DirectDistribution = { name, version: parseVersion(version), metadata, source };
    looked.set(name, found);
    return await Promise.resolve(found);
  };
  const refuse = (): never => {
    throw new Error("nothing is obtained");
  };
  return {
    listing: (name) => provider.listing(name),
    dependencies: async (name, version) => {
      const found = looked.get(name);
      return found === undefined
        ? await provider.dependencies(name, version)
        : { kind: "known", requires: [], providesExtra: [] };
    },
    describe: lookAt,
    described: (name) => looked.get(name),
    sourcedPath: () => undefined,
    source: (name, version) => ({
      kind: "index",
      name,
      version: version.text,
      filename: `${name}-${version.text}-py3-none-any.whl`,
      url: `https://files.example/${name}-${version.text}-py3-none-any.whl`,
      hashes: {},
      index: { url: "https://index.example/simple", kind: "simple" },
      metadata: false,
      yanked: false,
    }),
    files: () => [],
    obtain: refuse,
    save: refuse,
    direct: refuse,
    describeLater: () => undefined,
    pin: refuse,
    prefetchVersions: () => undefined,
    declared: () => undefined,
  };
}

async function resolveLines(
  lines: readonly string[],
  {
    described = {},
    kept = {},
    events = [],
    ...request
  }: Partial<ResolveRequest> & {
    readonly described?: Described;
    readonly kept?: Readonly<Record<string, string>>;
    readonly events?: InstallerEvent[];
  } = {},
): Promise<ResolvedInputs> {
  const inputs = await readTexts(lines);
  return await resolveInputs(
    { ...inputs, requiresHashes: inputs.requiresHashes || request.requiresHashes === true },
    { requirements: [], constraints: [], overrides: [], ...request },
    {
      registry: registryOf(INDEX, described),
      target: TARGET,
      upgraded: new Map(),
      kept: new Map(Object.entries(kept).map(([name, version]) => [name, parseVersion(version)])),
      onEvent: (event) => void events.push(event),
    },
  );
}

const shown = ({ distributions }: ResolvedInputs): readonly string[] =>
  distributions.map(
    ({ name, version, isRequested }) => `${name} ${version.text}${isRequested ? " (requested)" : ""}`,
  );

describe("resolveInputs()", () => {
  test("chooses versions, and distinguishes what was requested from what that needs", async () => {
    expect(shown(await resolveLines(["flask"]))).toEqual(["flask 2 (requested)", "idna 3"]);
    expect(shown(await resolveLines(["flask"], { kept: { flask: "1" } }))).toEqual(["flask 1 (requested)"]);
    expect(shown(await resolveLines(["flask"], { resolution: "lowest" }))).toEqual(["flask 1 (requested)"]);
    expect(shown(await resolveLines(["flask"], { noDependencies: true }))).toEqual(["flask 2 (requested)"]);
  });

  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: a project names as many requirements as are supported, which are read and then resolved
  test("is cancelled by what came while the requirements were read", async () => {
    const inputs = await readTexts(["flask"]);
    const cancelling = new AbortController();
    const asked: string[] = [];
    const registry = registryOf(INDEX, {});
    setImmediate(() => cancelling.abort());
    const resolving = resolveInputs(
      inputs,
      { requirements: [], constraints: [], overrides: [], signal: cancelling.signal },
      {
        registry: { ...registry, listing: (name) => (asked.push(name), registry.listing(name)) },
        target: TARGET,
        upgraded: new Map(),
        kept: new Map(),
        onEvent: () => undefined,
      },
    );
    await expect(resolving).rejects.toMatchObject({ code: "net/cancelled" });
    expect(asked).toEqual([]);
  });

  test("reports how many packages were resolved", async () => {
    const events: InstallerEvent[] = [];
    await resolveLines(["flask"], { events });
    expect(events.filter(({ kind }) => kind === "resolved")).toMatchObject([{ count: 2 }]);
  });

  test("looks up a source distribution's name, and records where it came from", async () => {
    const url = "https://files.example/thing.tar.gz";
    const { distributions, inputs } = await resolveLines([url], { described: { [url]: "thing 7" } });
    expect(inputs.requirements.map(({ requirement }) => requirement.name)).toEqual(["thing"]);
    expect(distributions[0]).toMatchObject({
      name: "thing",
      isRequested: true,
      directUrl: { kind: "archive", url },
      hashes: [],
    });
    expect(distributions[0]?.source()).toMatchObject({ kind: "sdist", url });
  });

  test("hands on the stated hashes of what an index has", async () => {
    const { distributions } = await resolveLines([`idna==3 --hash=sha256:${AB}`]);
    expect(distributions.map(({ hashes }) => hashes)).toEqual([[`sha256:${AB}`]]);
  });

  test("passes over a source whose marker does not hold", async () => {
    const url = "https://files.example/thing-7-cp312-cp312-win_amd64.whl";
    const found = await resolveLines([`thing @ ${url} ; sys_platform == 'win32'`, "idna"]);
    expect(shown(found)).toEqual(["idna 3 (requested)"]);
  });

  test.each<[string, readonly string[], Described, Partial<ResolveRequest>, string]>([
    ["no version that fits", ["flask==9"], {}, {}, "resolve/no-solution"],
    [
      "a wheel for another platform",
      ["thing @ https://files.example/thing-7-cp312-cp312-win_amd64.whl"],
      {},
      {},
      "wheel/incompatible",
    ],
    ["a file that is not there", ["thing @ file:///no/such/thing.tar.gz"], {}, {}, "wheel/not-found"],
    [
      "a source distribution of another project",
      ["thing @ https://files.example/x.tar.gz"],
      { "https://files.example/x.tar.gz": "other 1" },
      {},
      "wheel/invalid",
    ],
    [
      "a dependency without a hash",
      [`flask==2 --hash=sha256:${AB}`],
      {},
      { requiresHashes: true },
      "requirement/unhashed-dependency",
    ],
  ])("refuses %s", async (_, lines, described, request, code) => {
    await expect(resolveLines(lines, { described, ...request })).rejects.toMatchObject({ code });
  });
});
