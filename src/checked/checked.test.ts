// Malformed arguments, over every public function: refused by one code, with the field, and without what was given.

import { describe, expect, test } from "vitest";

import * as library from "../index.ts";
import * as tls from "../tls.ts";
import * as wheel from "../wheel.ts";

const target = library.targetFor({ platform: "linux", pythonVersion: "3.12" });
const into = { kind: "directory", path: "/no/such/folder", target } as const;
const request = { requirements: [{ kind: "text", text: "greeter" }], into } as const;
const installer = library.createInstaller({
  cacheDirectory: "/no/such/cache",
  directory: "/no/such",
  network: { isOffline: true },
});
const SECRET = "hunter2-is-secret";

type Called = (...args: readonly unknown[]) => unknown;
const functionsOf = (entry: object): readonly (readonly [string, Called])[] =>
  Object.entries(entry).filter(
    (pair): pair is [string, Called] => typeof pair[1] === "function" && !/^[A-Z]/.test(pair[0]),
  );

/** What takes a value of any kind, or nothing: the rest refuses every value below. */
const TAKES_ANYTHING: ReadonlySet<string> = new Set([
  "close",
  "explainError",
  "isPinionError",
  "prepareConnections",
]);
const FUNCTIONS = [
  ...functionsOf(installer),
  ...functionsOf(library),
  ...functionsOf(tls),
  ...functionsOf(wheel),
].filter(([name]) => !TAKES_ANYTHING.has(name));

/** What no function takes as its first argument. */
const NEVER: readonly (readonly [string, unknown])[] = [
  ["nothing", undefined],
  ["null", null],
  ["a number", 42],
  ["a truth value", true],
  ["a symbol", Symbol(SECRET)],
  ["a function", () => SECRET],
  ["a promise", Promise.resolve(SECRET)],
  ["a list of numbers", [1, 2]],
  ["an object with other fields", { [`https://user:${SECRET}@host`]: SECRET, requirments: [] }],
  ["a Map", new Map([[SECRET, SECRET]])],
  ["a Date", new Date(0)],
];

/** The error of a call that throws, rejects, or fails when it is iterated. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    const result: unknown = await call();
    if (typeof result === "object" && result !== null && Symbol.asyncIterator in result)
      for await (const _piece of result as AsyncIterable<unknown>) break;
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("every public function", () => {
  test.each(FUNCTIONS)("%s() refuses a malformed argument by its code", async (name, called) => {
    for (const [kind, value] of NEVER) {
      const error = await failureOf(() => called(value));
      const code = name === "parsePlan" ? "plan/invalid" : "usage/invalid-argument";
      expect([kind, error]).toEqual([kind, expect.objectContaining({ name: "PinionError", code })]);
      if (library.isPinionError(error))
        expect(JSON.stringify([error.message, error.details, error.hints])).not.toContain(SECRET);
    }
  });

  test.each(functionsOf(installer).filter(([name]) => !TAKES_ANYTHING.has(name)))(
    "installer.%s() refuses by a rejection, where it does not answer at once",
    async (name, called) => {
      const answersAtOnce = name === "list" || name === "why";
      let result: unknown;
      const call = (): unknown => (result = called(42));
      if (answersAtOnce) {
        expect(call).toThrow(library.PinionError);
        return;
      }
      expect(call).not.toThrow();
      await expect(failureOf(() => result)).resolves.toBeInstanceOf(library.PinionError);
    },
  );
});

describe("a refusal", () => {
  const refusalOf = async (changed: object): Promise<library.PinionError> => {
    const error = await failureOf(() => installer.plan(changed as library.PlanRequest));
    if (!library.isPinionError(error)) throw new Error("not refused", { cause: error });
    return error;
  };

  test.each<[string, object, Partial<library.MalformedArgument>]>([
    [
      "a mistyped option",
      { ...request, requirments: [] },
      { field: "requirments", meant: "requirements", given: "a list" },
    ],
    ["a missing field", { into }, { field: "requirements", given: "missing", allowed: "a list" }],
    ["null for a list", { ...request, requirements: null }, { field: "requirements", given: "null" }],
    [
      "an object for a list",
      { ...request, requirements: { 0: { kind: "text", text: SECRET } } },
      { field: "requirements", given: "an object", allowed: "a list" },
    ],
    [
      "a string for an object",
      { ...request, requirements: [SECRET] },
      { field: "requirements[0]", given: "a string" },
    ],
    [
      "a number for a string",
      { ...request, requirements: [{ kind: "text", text: 5_318_008 }] },
      { field: "requirements[0].text", given: "a number", allowed: "a string" },
    ],
    [
      "another word of a choice",
      { ...request, resolution: "lowset" },
      { field: "resolution", given: "another string", meant: "lowest" },
    ],
    [
      "a string for a truth value",
      { ...request, isExact: "yes" },
      { field: "isExact", given: "a string", allowed: "true or false" },
    ],
    [
      "an unknown kind",
      { ...request, into: { kind: "folder", path: "/p", target } },
      { field: "into.kind", given: "another string" },
    ],
    [
      "a promise that was not waited for",
      { ...request, inputs: Promise.resolve() },
      { field: "inputs", given: "a promise (is an `await` missing?)" },
    ],
    [
      "an array for a set",
      { ...request, noBinary: { isForAll: false, names: ["greeter"] } },
      { field: "noBinary.names", given: "a list", allowed: "a Set" },
    ],
    [
      "a path with a zero character",
      { ...request, into: { ...into, path: "a\0b" } },
      { field: "into.path", given: "a string" },
    ],
  ])("of %s names the field, what was given and what is allowed", async (_case, changed, expected) => {
    const error = await refusalOf(changed);
    expect(error).toMatchObject({
      code: "usage/invalid-argument",
      details: { function: "installer.plan", ...expected },
    });
    expect(error.message).toContain(expected.field);
    expect(JSON.stringify([error.message, error.details, error.hints])).not.toMatch(/hunter2|5318008/);
  });

  test("tells that the options of a request are its fields", async () => {
    const plan = Object.fromEntries(functionsOf(installer))["plan"] ?? expect.fail();
    const error = await failureOf(() => plan(request, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ details: { field: "a second argument", given: "an object" } });
    // As `requests.map(installer.plan)` calls it.
    await expect(failureOf(() => plan(request, 0))).resolves.toMatchObject({ code: "resolve/no-solution" });
  });

  test("is not for what another function takes, so that one value can serve both", async () => {
    const error = await failureOf(() =>
      installer.plan({ ...request, formats: "both", note: "ours" } as object as library.PlanRequest),
    );
    expect(error).toMatchObject({ code: "resolve/no-solution" });
  });

  test("is not for options that are undefined, where there are defaults", () => {
    const graph = library.dependencyGraph([], target, { depth: undefined, pruned: undefined } as object);
    expect(graph).toEqual({ roots: [], nodes: [], edges: [] });
    expect(library.dependencyTree([], target, { roots: undefined } as object)).toEqual([]);
  });

  test("is for the relative path of an environment", async () => {
    const base = { path: "here" };
    const error = await failureOf(() => library.createVenv(base as library.VenvOptions));
    expect(error).toMatchObject({ details: { field: "path", allowed: "an absolute path" } });
  });

  test.each<[string, object, string]>([
    ["an installer's indexes", { indexes: { isIndexOff: true } }, "indexes"],
    ["an installer's shared cache", { sharedCache: { url: "s3://bucket" } }, "sharedCache"],
  ])("is for fields of a prototype: %s", async (_, inherited, field) => {
    const options = Object.assign(Object.create(inherited), {
      cacheDirectory: "/c",
      directory: "/d",
    }) as never;
    const error = await failureOf(() => library.createInstaller(options));
    expect(error).toMatchObject({ code: "usage/invalid-argument", details: { field } });
  });

  test("is for fields that a copy leaves out: a getter of a class, one that is not enumerable", async () => {
    class Request {
      readonly requirements = request.requirements;
      readonly into = request.into;
      get builds(): object {
        return { requiresHashes: true };
      }
    }
    const hidden = Object.defineProperty({ ...request }, "builds", { value: {}, enumerable: false });
    for (const given of [new Request(), hidden]) {
      const error = await failureOf(() => installer.plan(given));
      expect(error).toMatchObject({
        code: "usage/invalid-argument",
        details: { field: "builds", given: "inherited or not enumerable" },
      });
    }
  });

  test("is not for what is only unusual: frozen, without a prototype, with undefined options", async () => {
    const unusual = Object.freeze({
      __proto__: null,
      ...request,
      requirements: Object.freeze([Object.freeze({ kind: "text", text: "greeter" })]),
      noSuchOption: undefined,
      signal: undefined,
    });
    const error = await failureOf(() => installer.plan(unusual));
    expect(error).toMatchObject({ code: "resolve/no-solution" });
  });
});
