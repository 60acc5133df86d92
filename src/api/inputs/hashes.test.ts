import { describe, expect, test } from "vitest";

import { readTexts } from "../../../test/support/read-texts.ts";
import { hashesOf, requireHashes, requireHashesOfAll, statedHashes } from "./hashes.ts";

const [AB, CD] = ["ab", "cd"].map((pair) => pair.repeat(32));
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
    ["one of several", [`flask==1 --hash=sha256:${AB}`, "idna==3"]],
  ])("refuses %s", async (_, lines) => {
    const inputs = await readTexts(lines);
    expect(() => requireHashes(inputs)).toThrow(
      expect.objectContaining({ code: "requirement/hash-required" }),
    );
  });

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

test("statedHashes() adds up what requirements and constraints state, by project", async () => {
  const inputs = await readTexts([`Flask==1 --hash=sha256:${AB}`, "idna==3"], {
    constraints: [{ kind: "text", text: `flask==1 --hash=sha256:${CD}` }],
  });
  expect([...statedHashes(inputs)]).toEqual([["flask", [`sha256:${AB}`, `sha256:${CD}`]]]);
});

test("hashesOf() takes a fragment's hash for a file, and not for a repository", async () => {
  const { requirements } = await readTexts([
    `flask @ ${WHEEL}#sha256=${AB}`,
    `idna @ git+https://git.example/idna#sha256=${AB}`,
  ]);
  expect(requirements.map(hashesOf)).toEqual([[`sha256:${AB}`], []]);
});

test("requireHashesOfAll() names the dependency that is not pinned", () => {
  const stated = new Map([["flask", [`sha256:${AB}`]]]);
  expect(() => requireHashesOfAll(["flask"], stated)).not.toThrow();
  expect(() => requireHashesOfAll(["flask", "jinja2"], stated)).toThrow(
    expect.objectContaining({
      code: "requirement/unhashed-dependency",
      details: { requirement: "jinja2" },
    }),
  );
});
