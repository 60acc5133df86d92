import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import { Turns } from "../../base/work/turns.ts";
import { parseRequirement } from "../../pep/requirements/requirement.ts";
import type { Inputs, RequestedRequirement } from "../../sources/requested.ts";
import { readInputs, type InputSources } from "./read-inputs.ts";
import { nameRequirement } from "./to-requested.ts";
import type { InputReader } from "./read-files.ts";

interface Files {
  readonly [path: string]: string;
}

async function read(
  sources: Partial<InputSources>,
  files: Files = {},
  reader: Partial<InputReader> = {},
): Promise<Inputs> {
  const directory = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return await readInputs(
    { requirements: [], constraints: [], overrides: [], ...sources },
    {
      directory,
      env: {},
      readInput: () => Promise.resolve(""),
      fetch: () => Promise.reject(new Error("nothing is fetched")),
      ...reader,
    },
  );
}

const text = (value: string) => ({ kind: "text", text: value }) as const;
const file = (path: string) => ({ kind: "file", path }) as const;

// Promise: requirements of which a program takes names and versions only name no file
// Attack: a string that is a requirement by its grammar, and a path on a command line
test("a requirement that is put together from a name and its specifiers is never a path", async () => {
  for (const given of ["tool.tar.gz", "Tool.zip", "tool==1+a.tar.gz", "tool[a.zip]>=1"]) {
    const { name, extras, specifiers } = parseRequirement(given);
    const { requirements } = await read({
      requirements: [text(`${name}[${extras.join(",")}] ${specifiers.text}`)],
    });
    expect(requirements).toMatchObject([{ kind: "named", requirement: { name, specifiers } }]);
    expect(requirements[0]?.source).toBeUndefined();
  }
});

const shown = (requested: RequestedRequirement): string => `${requested.text} (${requested.origin})`;

describe("readInputs() reads", () => {
  test("requirements of the command line, of files, and of the files that they include", async () => {
    const { requirements } = await read(
      { requirements: [text("flask>=3"), file("reqs/a.txt")] },
      { "reqs/a.txt": "idna\n-r b.txt\n", "reqs/b.txt": "\n# a comment\njinja2==3\n" },
    );
    expect(requirements.map(shown)).toEqual([
      "flask>=3 (the command line)",
      "idna (reqs/a.txt:1)",
      "jinja2==3 (reqs/b.txt:3)",
    ]);
  });

  test("standard input, and files from the network by the session's client", async () => {
    const { requirements } = await read(
      { requirements: [file("-"), file("https://corp.example/r.txt")] },
      {},
      {
        readInput: () => Promise.resolve("flask\n"),
        fetch: (url) => Promise.resolve(url === "https://corp.example/r.txt" ? "idna\n" : ""),
      },
    );
    expect(requirements.map(({ text: written }) => written)).toEqual(["flask", "idna"]);
  });

  test("constraints also out of requirements files, and overrides and excludes", async () => {
    const inputs = await read(
      {
        requirements: [file("r.txt")],
        constraints: [file("c.txt")],
        overrides: [file("o.txt")],
        excludes: [file("e.txt")],
      },
      {
        "r.txt": "flask\n-c more.txt\n",
        "more.txt": "idna<4\n",
        "c.txt": "flask<4\n",
        "o.txt": "a==1\n",
        "e.txt": "B_b\n",
      },
    );
    expect(inputs.constraints.map(shown)).toEqual(["idna<4 (more.txt:1)", "flask<4 (c.txt:1)"]);
    expect(inputs.overrides.map(shown)).toEqual(["a==1 (o.txt:1)"]);
    expect(inputs.excludes).toEqual(["b-b"]);
  });

  test("`--require-hashes` of any file, as of the request", async () => {
    const asked = async (sources: Partial<InputSources>, files?: Files): Promise<boolean> =>
      (await read(sources, files)).requiresHashes;
    expect(await asked({ requirements: [text("a")] })).toBe(false);
    expect(await asked({ requirements: [text("a")], requiresHashes: true })).toBe(true);
    expect(await asked({ constraints: [file("c.txt")] }, { "c.txt": "--require-hashes\na==1\n" })).toBe(true);
  });

  test("what names its source outright, with or without the project's name", async () => {
    const { requirements } = await read({
      requirements: [
        text("flask @ https://files.example/flask-3-py3-none-any.whl"),
        text("https://files.example/idna-3-py3-none-any.whl"),
        text("https://files.example/thing.tar.gz"),
        { kind: "editable", text: "./app" },
      ],
    });
    expect(
      requirements.map((entry) => [
        entry.kind,
        entry.kind === "named" ? entry.requirement.name : undefined,
        entry.source?.kind,
      ]),
    ).toEqual([
      ["named", "flask", "direct"],
      ["named", "idna", "direct"],
      ["unnamed", undefined, "sdist"],
      ["unnamed", undefined, "directory"],
    ]);
  });

  test("a source that is given as a value as its own string", async () => {
    const [first] = (
      await read({
        requirements: [
          {
            kind: "source",
            source: { kind: "git", name: "app", url: "https://git.example/app", reference: "main" },
          },
        ],
      })
    ).requirements;
    expect(first).toMatchObject({ kind: "named", source: { kind: "git", reference: "main" } });
  });
});

describe("readInputs() refuses", () => {
  test.each<[string, Partial<InputSources>, Files, string]>([
    [
      "an option among requirements",
      { requirements: [text("--index-url https://a")] },
      {},
      "requirement/invalid",
    ],
    ["a second line", { requirements: [text("flask\nidna")] }, {}, "requirement/invalid"],
    ["what is not a requirement", { requirements: [text("fla sk ==")] }, {}, "requirement/invalid"],
    [
      "a line that is not one",
      { requirements: [file("r.txt")] },
      { "r.txt": "fla sk ==\n" },
      "requirement/invalid-file",
    ],
    ["a file that does not exist", { requirements: [file("no.txt")] }, {}, "requirement/file-not-found"],
    ["a folder", { requirements: [file("folder")] }, { "folder/x": "" }, "requirement/file-not-found"],
    ["a Conda environment", { requirements: [file("environment.yml")] }, {}, "requirement/unsupported"],
    ["a lock file", { requirements: [file("pylock.toml")] }, {}, "requirement/unsupported"],
    ["a constraint without a name", { constraints: [text("./app")] }, {}, "requirement/unsupported"],
    ["an override without a name", { overrides: [text("./app")] }, {}, "requirement/unsupported"],
    [
      "a URL of another project",
      { requirements: [text("flask @ https://files.example/idna-3-py3-none-any.whl")] },
      {},
      "wheel/invalid",
    ],
    [
      "extras without a project",
      { requirements: [text("a")], extras: ["web"] },
      {},
      "requirement/unsupported",
    ],
  ])("%s", async (_, sources, files, code) => {
    await expect(read(sources, files)).rejects.toMatchObject({ code });
  });

  test("a password in what it cannot read, and does not show it", async () => {
    await expect(
      read({ requirements: [text("fla sk @ https://ada:secret@corp.example/x")] }),
    ).rejects.toMatchObject({ message: expect.not.stringContaining("secret") });
  });
});

describe("readInputs() warns of", () => {
  test.each([
    ["a file without requirements", { "r.txt": "# nothing\n" }, "does not contain any dependencies"],
    ["a trusted host", { "r.txt": "a\n--trusted-host corp.example\n" }, "--trusted-host"],
    ["a preference that has no meaning here", { "r.txt": "a\n--prefer-binary\n" }, "--prefer-binary"],
  ])("%s", async (_, files, expected) => {
    const { warnings } = await read({ requirements: [file("r.txt")] }, files);
    expect(warnings).toEqual([expect.stringContaining(expected)]);
  });

  test("nothing where a file holds only options", async () => {
    const { warnings } = await read({ requirements: [file("r.txt")] }, { "r.txt": "--no-index\n" });
    expect(warnings).toEqual([]);
  });
});

test("nameRequirement() sorts and normalizes extras, each once", () => {
  const found = nameRequirement("app", {
    extras: ["Web_x", "a", "web-x"],
    url: "https://a/",
    marker: undefined,
  });
  expect(found).toMatchObject({ name: "app", extras: ["a", "web-x"], url: "https://a/" });
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a checked-out project, or what it includes, names very many requirements, which are resolved in one piece
test.each([
  ["a requirements file", "r.txt", (names: readonly string[]) => names.join("\n")],
  [
    "pyproject.toml",
    "pyproject.toml",
    (names: readonly string[]) =>
      `[project]\nname = "p"\nversion = "1"\ndependencies = ${JSON.stringify(names)}\n`,
  ],
  [
    "a script",
    "script.py",
    (names: readonly string[]) => `# /// script\n# dependencies = ${JSON.stringify(names)}\n# ///\n`,
  ],
])("readInputs() refuses more requirements than any project has: %s", async (_kind, path, textOf) => {
  const names = Array.from({ length: 20_001 }, (_value, number) => `a${number}`);
  const reading = read({ requirements: [file(path)] }, { [path]: textOf(names) });
  await expect(reading).rejects.toMatchObject({ code: "requirement/unsupported", details: { max: 20_000 } });
  const most = await read({ requirements: [file(path)] }, { [path]: textOf(names.slice(1)) });
  expect(most.requirements).toHaveLength(20_000);
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a requirements file, or what it includes, has as many lines as one may have
test("readInputs() is cancelled between the lines of a long file", async () => {
  const cancelling = new AbortController();
  setImmediate(() => cancelling.abort());
  const lines = Array.from({ length: 20_000 }, (_value, number) => `a${number}>=1`).join("\n");
  const files = { "a.txt": "-r b.txt", "b.txt": lines };
  const reading = read({ requirements: [file("a.txt")] }, files, { turns: new Turns(cancelling.signal) });
  await expect(reading).rejects.toMatchObject({ code: "net/cancelled" });
});
