// Laws of the shapes: a request that is right in every field passes, and with any one of its fields spoilt it does not.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { casesOf } from "../../../test/support/cases.ts";
import type { InstallerOptions } from "../../api/options.ts";
import type { ApplyOptions, PlanRequest } from "../../api/requests.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { parseVersion } from "../../pep/versions/version.ts";
import { installerOptions } from "./installer-options.ts";
import { planRequest } from "./requests.ts";
import { options, optional, signal, text, type AnyShape } from "./shape.ts";

const target = targetFor({ platform: "linux", pythonVersion: "3.12" });

const PLAN: PlanRequest = {
  requirements: [
    { kind: "text", text: "greeter", fromNetwork: "https://example.test/r.txt" },
    { kind: "editable", text: "./project" },
    { kind: "file", path: "requirements.txt" },
    { kind: "source", source: { kind: "git", url: "https://example.test/r.git" } },
  ],
  constraints: [{ kind: "text", text: "wordlist<3" }],
  extras: ["color"],
  groups: [{ name: "dev", path: "pyproject.toml" }],
  ignoresSources: "all",
  readInput: () => Promise.resolve(""),
  signal: new AbortController().signal,
  noBinary: { isForAll: false, names: new Set(["greeter"]) },
  excludeNewerMs: 0,
  excludeNewerPackages: new Map([["greeter", 1]]),
  builds: {
    configSettings: { key: ["value"] },
    configSettingsPackages: { greeter: { key: "value" } },
    extraRequirements: { greeter: [{ text: "wheel", matchesRuntime: true }] },
    withoutIsolation: ["greeter"],
    requiresHashes: true,
  },
  upgrade: ["greeter"],
  reinstall: "all",
  prereleases: "allow",
  prereleasesOf: new Map([["greeter", "disallow"]]),
  preferences: new Map([["greeter", [{ version: parseVersion("1.0") }]]]),
  resolution: "lowest",
  noDependencies: false,
  into: { kind: "directory", path: "/folder", target },
  linkMode: "copy",
  isExact: true,
};

const OPTIONS: InstallerOptions = {
  cacheDirectory: "/cache",
  directory: "/folder",
  env: { HTTPS_PROXY: "http://user:secret@proxy.test" },
  home: "",
  indexes: {
    defaultIndex: {
      value: "https://index.test",
      origin: "the test",
      authenticate: "always",
      excludeNewer: "never",
    },
    indexes: [{ value: "https://other.test", origin: "the test", ignoreErrorCodes: [403] }],
  },
  indexStrategy: "first-index",
  trust: {
    anchors: ["PEM"],
    exceptions: [{ host: "h", port: 443, allow: ["weak-key"], origin: "the test" }],
  },
  network: {
    proxy: { all: { value: "http://proxy.test", origin: "the test" } },
    proxyLogin: { scheme: "basic", credentials: { username: "u", password: "secret", source: "the test" } },
    insecureHosts: [{ host: "h", port: 80, scheme: "http", origin: "the test" }],
    clientCertificate: { cert: "/cert.pem", key: "/key.pem", passphrase: "secret" },
    retries: 0,
    connectTimeoutMs: 1,
    concurrentDownloads: 1,
    isOffline: true,
  },
  sharedCache: { url: "s3://bucket", mode: "read" },
  refresh: ["greeter"],
  onEvent: () => undefined,
  builds: { concurrency: 1, variables: { greeter: { KEY: "secret" } }, guard: (command) => command },
};

const REQUESTS: readonly (readonly [string, AnyShape, object])[] = [
  ["a plan's request", planRequest, PLAN],
  ["an installer's options", installerOptions, OPTIONS],
];

/** Allowed in no field. */
const SPOILT: readonly unknown[] = [
  null,
  Symbol("secret"),
  10n,
  Number.NaN,
  [null],
  new Map([[0, 0]]),
  /secret/,
];

type Path = readonly (string | number)[];

/** The paths of all fields, but for those within a target or a version, of which only some are looked at. */
function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null || value instanceof AbortSignal) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((entry: unknown, index) => [index, entry])
    : Object.entries(value);
  return entries.flatMap(([key, entry]) => {
    const path = [...at, key];
    return key === "target" || key === "version" ? [path] : [path, ...pathsOf(entry, path)];
  });
}

function changed(value: unknown, [key, ...rest]: Path, change: (field: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((entry: unknown, index) => (index === key ? changed(entry, rest, change) : entry));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: changed(fields[key], rest, change) };
}

const shown = (path: Path): string =>
  path.reduce<string>((text_, key) => {
    if (typeof key === "number") return `${text_}[${key}]`;
    return text_ === "" ? key : `${text_}.${key}`;
  }, "");

describe.each(REQUESTS)("%s", (_name, shape, request) => {
  const paths = pathsOf(request);

  test("passes where every field is right", () => {
    expect(paths.length).toBeGreaterThan(30);
    expect(shape.find(request, "")).toBeUndefined();
    expect(shape.find(structuredCloneOf(request), "")).toBeUndefined();
  });

  test("does not pass with any field spoilt, and the fault is there or above it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(...SPOILT), (path, spoilt) => {
        const fault = shape.find(
          changed(request, path, () => spoilt),
          "",
        );
        expect(fault).toBeDefined();
        // Names of variables and of projects are shown in brackets.
        const field = (fault?.field ?? "").replaceAll(/\[([A-Za-z]\w*)\]/g, ".$1");
        const [one, other] = [field, shown(path)].toSorted((a, b) => a.length - b.length);
        expect(other?.startsWith(one ?? "?")).toBe(true);
        expect(JSON.stringify(fault)).not.toContain("secret");
      }),
      { numRuns: casesOf(2000) },
    );
  });

  test("does not pass with a name that a letter is missing of, and the fault says which may be meant", () => {
    const names = paths.filter((path) => {
      const key = path.at(-1);
      const above = path.at(-2);
      const isOption = typeof key === "string" && key.length > 5 && above !== "env";
      return isOption && !path.includes("variables") && !path.includes("configSettingsPackages");
    });
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), (path, at) => {
        const key = String(path.at(-1));
        const typed = key.slice(0, at % key.length) + key.slice((at % key.length) + 1);
        const fault = shape.find(
          changed(request, path.slice(0, -1), (fields) => ({ ...(fields as object), [typed]: true })),
          "",
        );
        if (fault?.isUnknown === true) expect(fault.meant).toBeDefined();
        // Between any names, only the value can be wrong.
        else expect(fault?.field).toContain(typed);
      }),
      { numRuns: casesOf(500) },
    );
  });
});

/** Other objects with the same fields; functions and signals stay. */
function structuredCloneOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCloneOf);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, structuredCloneOf(entry)])),
  );
}

test("types and shapes cannot disagree", () => {
  const shapes = [
    // @ts-expect-error a field of the type is missing
    options<ApplyOptions>({}),
    // @ts-expect-error the type has no such field
    options<ApplyOptions>({ signal: optional(signal), other: text }),
    // @ts-expect-error the type allows another kind of value
    options<ApplyOptions>({ signal: optional(text) }),
    // @ts-expect-error the type allows the field to be missing
    options<ApplyOptions>({ signal }),
  ];
  expect(shapes).toHaveLength(4);
});
