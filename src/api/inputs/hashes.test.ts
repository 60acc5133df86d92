import { describe, expect, test } from "vitest";

import { readTexts } from "../../../test/support/read-texts.ts";
import { targetFor } from "../../pep/tags/target.ts";
import type { Inputs } from "../../sources/requested.ts";
import { hashesOf, requireHashes, requireHashesOfAll, statedHashes } from "./hashes.ts";
import type { RequirementInput } from "./read-inputs.ts";

const [AB = "", CD = ""] = ["ab", "cd"].map((pair) => pair.repeat(32));
const WHEEL = "https://files.example/flask-1-py3-none-any.whl";

describe("requireHashes()", () => {
  test.each([
    ["a pin with a hash", [`flask==1 --hash=sha256:${AB}`]],
    ["an arbitrary equality with a hash", [`flask===1 --hash=sha512:${AB}${AB}`]],
    ["a weak hash beside a strong one", [`flask==1 --hash=md5:${"0".repeat(32)} --hash=sha256:${AB}`]],
    ["a URL with a hash in its fragment", [`flask @ ${WHEEL}#sha256=${AB}`]],
    ["a pin whose hash a constraint states", ["flask==1", "-c constraints.txt"]],
  ])("accepts %s", async (_, lines) => {
    const constraint = lines.find((line) => line.startsWith("-c"));
    const inputs = await readTexts(
      lines.filter((line) => line !== constraint),
      constraint === undefined
        ? {}
        : { constraints: [{ kind: "text", text: `flask==1 --hash=sha256:${AB}` }] },
    );
    expect(() => requireHashes(inputs)).not.toThrow();
  });

  test.each([
    ["a version that is open", [`flask>=1 --hash=sha256:${AB}`]],
    ["a prefix", [`flask==1.* --hash=sha256:${AB}`]],
    ["a pin without a hash", ["flask==1"]],
    ["a pin with weak hashes only", [`flask==1 --hash=md5:${"0".repeat(32)}`]],
    ["a URL without a hash", [`flask @ ${WHEEL}`]],
    ["a folder", ["./flask"]],
    ["a folder with a hash", [`flask @ file:///flask --hash=sha256:${AB}`]],
    ["a repository with a hash", [`flask @ git+https://git.example/flask --hash=sha256:${AB}`]],
    ["one of several", [`flask==1 --hash=sha256:${AB}`, "idna==3"]],
  ])("refuses %s", async (_, lines) => {
    const inputs = await readTexts(lines);
    expect(() => requireHashes(inputs)).toThrow(
      expect.objectContaining({ code: "requirement/hash-required" }),
    );
  });

  // Promise: `--require-hashes` installs only what has a hash
  // Attack: a requirement without a hash leads to a URL, and a constraint has the hash of a file of the index
  test.each(["requirements", "overrides"] as const)(
    "refuses a URL for the hash of a version: %s",
    async (kind) => {
      const constraints = [{ kind: "text", text: `flask==1 --hash=sha256:${AB}` }] as const;
      const inputs =
        kind === "requirements"
          ? await readTexts([`flask @ ${WHEEL}`], { constraints })
          : await readTexts(["flask==1"], {
              constraints,
              overrides: [{ kind: "text", text: `flask @ ${WHEEL}` }],
            });
      expect(() => requireHashes(inputs)).toThrow(
        expect.objectContaining({ code: "requirement/hash-required" }),
      );
    },
  );

  // Promise: `--require-hashes` installs only what has a hash
  // Attack: what a project requires is known only once it is built, with build requirements that have no hashes
  test("refuses a project that has to be built first", async () => {
    const source = { kind: "directory", url: "file:///project", isEditable: false } as const;
    const project = { path: "setup.py", text: "", reason: "it is a program", source, sources: new Map() };
    const inputs = { ...(await readTexts([])), unread: { projects: [project], extras: [], knownExtras: [] } };
    expect(() => requireHashes(inputs)).toThrow(
      expect.objectContaining({
        code: "requirement/hash-required",
        message: "Hash-checking is not supported for local directories: .",
      }),
    );
  });

  test("looks at overrides too", async () => {
    const inputs = await readTexts([`flask==1 --hash=sha256:${AB}`], {
      overrides: [{ kind: "text", text: "idna==3" }],
    });
    expect(() => requireHashes(inputs)).toThrow(
      expect.objectContaining({ code: "requirement/hash-required" }),
    );
  });
});

describe("statedHashes()", () => {
  const environment = targetFor({ platform: "linux", pythonVersion: "3.12" }).markers;
  const [ab, cd] = [`--hash=sha256:${AB}`, `--hash=sha256:${CD}`];

  interface Stated {
    readonly requirements?: readonly string[];
    readonly constraints?: readonly string[];
    readonly overrides?: readonly string[];
  }

  async function inputsOf({ requirements = [], constraints = [], overrides = [] }: Stated): Promise<Inputs> {
    const text = (line: string): RequirementInput => ({ kind: "text", text: line });
    return await readTexts(requirements, {
      constraints: constraints.map(text),
      overrides: overrides.map(text),
    });
  }

  test.each<[string, Stated, readonly (string | undefined)[] | undefined]>([
    ["nothing", { requirements: ["flask==1"] }, undefined],
    ["those of a requirement", { requirements: [`Flask==1 ${ab}`] }, [AB]],
    ["those of a constraint", { requirements: ["flask==1"], constraints: [`flask==1 ${ab}`] }, [AB]],
    ["those of an override", { requirements: ["flask==1"], overrides: [`flask==1 ${ab}`] }, [AB]],
    [
      "what a requirement and a constraint have in common",
      { requirements: [`flask==1 ${ab} ${cd}`], constraints: [`flask==1 ${cd}`] },
      [CD],
    ],
    [
      "what requirements have in common, whatever the case of their letters",
      { requirements: [`flask==1 ${ab} ${cd}`, `flask ${ab.replace(AB, AB.toUpperCase())}`] },
      [AB],
    ],
    [
      "those of an override instead of the requirement's",
      { requirements: [`flask==1 ${ab}`], overrides: [`flask==2 ${cd}`] },
      [CD],
    ],
    [
      "those of the requirement beside an override that has none",
      { requirements: [`flask==1 ${ab}`], overrides: ["flask==1"] },
      [AB],
    ],
    [
      "none of the requirement where an override pins another version",
      { requirements: [`flask==1 ${ab}`], overrides: ["flask==2"] },
      undefined,
    ],
    [
      "none of the requirement where an override leads elsewhere",
      { requirements: [`flask==1 ${ab}`], overrides: [`flask @ ${WHEEL}`] },
      undefined,
    ],
    [
      "those that count in the environment",
      {
        requirements: [
          `flask==1 ; sys_platform == "linux" ${ab}`,
          `flask==2 ; sys_platform == "win32" ${cd}`,
        ],
      },
      [AB],
    ],
  ])("knows %s", async (_, stated, expected) => {
    const hashes = statedHashes(await inputsOf(stated), environment);
    expect(hashes.get("flask")).toEqual(expected?.map((digits) => `sha256:${digits}`));
  });

  // Promise: every hash that was given is checked
  // Attack: a requirements file states a hash of the attacker's file, beside a constraint or another file of the user with the real one
  test.each<[string, Stated]>([
    ["a requirement and a constraint", { requirements: [`flask==1 ${cd}`], constraints: [`flask==1 ${ab}`] }],
    ["two requirements", { requirements: [`flask==1 ${ab}`, `flask==1 ${cd}`] }],
    [
      "a URL and a constraint",
      { requirements: [`flask @ ${WHEEL}#sha256=${CD}`], constraints: [`flask==1 ${ab}`] },
    ],
    ["an override and a constraint", { overrides: [`flask==1 ${cd}`], constraints: [`flask==1 ${ab}`] }],
  ])("refuses a project for which %s allow no hash in common", async (_, stated) => {
    const inputs = await inputsOf(stated);
    expect(() => statedHashes(inputs, environment)).toThrow(
      expect.objectContaining({
        code: "requirement/hash-required",
        message: expect.stringContaining("no overlapping hashes"),
      }),
    );
  });

  test("takes any of them for all environments, where they may be about different files", async () => {
    const stated = { requirements: [`flask==1 ${ab}`], constraints: [`flask==1 ${cd}`] };
    const hashes = statedHashes(await inputsOf(stated), undefined);
    expect(hashes.get("flask")).toEqual([`sha256:${AB}`, `sha256:${CD}`]);
  });
});

test("hashesOf() takes a fragment's hash for a file, and not for a repository", async () => {
  const { requirements } = await readTexts([
    `flask @ ${WHEEL}#sha256=${AB}`,
    `idna @ git+https://git.example/idna#sha256=${AB}`,
  ]);
  expect(requirements.map(hashesOf)).toEqual([[`sha256:${AB}`], []]);
});

test("requireHashesOfAll() names the dependency that is not pinned, or is not a file", () => {
  const stated = new Map(["flask", "idna"].map((name) => [name, [`sha256:${AB}`]]));
  const isFile = (name: string): boolean => name !== "idna";
  expect(() => requireHashesOfAll(["flask"], stated, isFile)).not.toThrow();
  for (const requirement of ["jinja2", "idna"])
    expect(() => requireHashesOfAll(["flask", requirement], stated, isFile)).toThrow(
      expect.objectContaining({ code: "requirement/unhashed-dependency", details: { requirement } }),
    );
});
