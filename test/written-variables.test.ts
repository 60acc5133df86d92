// What Pinion writes into requirements files: a variable that one names is filled in by whoever installs from it, so only the user's
// own lines name one.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, test } from "vitest";

import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { commandStage, type CommandStage } from "./support/command-stage.ts";

/** A server of wheels, in whatever folder a URL has them; it notes the paths that it is asked for. */
async function wheelServer(
  wheels: (url: string) => readonly ReturnType<typeof makeWheel>[],
): Promise<{ readonly url: string; readonly asked: readonly string[] } & AsyncDisposable> {
  const asked: string[] = [];
  let served: readonly ReturnType<typeof makeWheel>[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const [path = ""] = (request.url ?? "").split("?");
    const name = basename(path);
    if (!name.endsWith(".whl")) {
      response.setHeader("content-type", "text/html");
      return void response.end(linksTo(served, request.url));
    }
    const found = served.find(({ filename }) => filename === name);
    response.statusCode = found === undefined ? 404 : 200;
    response.end(found?.bytes);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  served = wheels(url);
  return {
    url,
    asked,
    [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())),
  };
}

function linksTo(wheels: readonly ReturnType<typeof makeWheel>[], folder = ""): string {
  return wheels.map(({ filename }) => `<a href="${folder}${filename}">${filename}</a>`).join("");
}

const SECRET = "${CI_TOKEN}";
const INJECTED = "--pre";
/** Of Python's `splitlines`, by which pip reads the file. */
const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
const sourced = (source: Readonly<Record<string, string>>): string => {
  const fields = Object.entries(source).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `# /// script\n# dependencies = ["inner"]\n# [tool.uv.sources]\n# inner = { ${fields.join(", ")} }\n# ///\n`;
};
const readOutput = (stage: CommandStage): string =>
  readFileSync(join(stage.world.project, "out.txt"), "utf8");

describe.skipIf(process.platform === "win32").concurrent("a requirements file that is written", () => {
  // Promise: what came over the network, and a project's file, name no variable in what is written for pip, uv and Pinion to read
  // Attack: the metadata of a wheel from a URL, a project or a script requires a URL with the variable of a secret, which the next install would send
  test.for([
    ["a distribution's metadata", "metadata.in"],
    ["a project", "pyproject.toml"],
    ["a script", "script.py"],
    ["the sources of a script", "sources.py"],
  ] as const)("names no variable of %s", async ([, input], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer((url) => [
      makeWheel({ name: "inner", version: "1.0" }),
      makeWheel({
        name: "outer",
        version: "1.0",
        requires: [`inner @ ${url}/${SECRET}/inner-1.0-py3-none-any.whl`],
      }),
    ]);
    const wheel = `${server.url}/${SECRET}/inner-1.0-py3-none-any.whl`;
    const inner = `inner @ ${wheel}`;
    stage.world.tree("project", {
      "metadata.in": `outer @ ${server.url}/outer-1.0-py3-none-any.whl\n`,
      "pyproject.toml": `[project]\nname = "p"\nversion = "1"\ndependencies = ["${inner}"]\n`,
      "script.py": `# /// script\n# dependencies = ["${inner}"]\n# ///\n`,
      "sources.py": `# /// script\n# dependencies = ["inner"]\n# [tool.uv.sources]\n# inner = { url = "${wheel}" }\n# ///\n`,
    });
    const compiled = await stage.pinion(["pip", "compile", input, "-o", "out.txt", "--no-index"]);
    expect(compiled.code).toBe(0);
    expect(readOutput(stage)).toContain("inner @ ");
    expect(readOutput(stage)).not.toContain(SECRET);
    const env = { CI_TOKEN: "hunter2" };
    const synced = await stage.pinion(["pip", "sync", "out.txt", "--no-index"], { env });
    expect({ code: synced.code, installed: stage.installed() }).toMatchObject({
      code: 0,
      installed: expect.arrayContaining(["inner==1.0"]),
    });
    expect(server.asked.join()).not.toContain("hunter2");
  });

  // Promise: each line of what is written is one pin
  // Attack: a distribution requires a URL that ends in the sign that draws in the next line, and so hides the pin that follows
  test("draws no line into that of a URL of a distribution's metadata", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer((url) => [
      makeWheel({ name: "inner", version: "1.0" }),
      makeWheel({
        name: "aouter",
        version: "1.0",
        requires: [`inner @ ${url}/inner-1.0-py3-none-any.whl#\\`],
      }),
      makeWheel({ name: "later", version: "1.0" }),
    ]);
    const at = (name: string): string => `${name} @ ${server.url}/${name}-1.0-py3-none-any.whl\n`;
    stage.world.tree("project", { "in.txt": at("aouter") + at("later") });
    const words = ["in.txt", "-o", "out.txt", "--no-index", "--no-annotate", "--no-header"];
    expect(await stage.pinion(["pip", "compile", ...words])).toMatchObject({ code: 0 });
    expect(readOutput(stage).split("\n")).toEqual([
      at("aouter").trimEnd(),
      `${at("inner").trimEnd()}#%5C`,
      at("later").trimEnd(),
      "",
    ]);
  });

  // Promise: each line of what is written is one pin
  // Attack: a distribution requires a URL that holds a line end of Python's, or a project has a source with one, and after it an option
  test.for([
    ["a distribution's metadata, with U+0085", "next-line.in"],
    ["a distribution's metadata, with U+2028", "separator.in"],
    ["the URL of a project's source", "url.py"],
    ["the subdirectory of a project's source", "subdirectory.py"],
    ["the path of a project's source", "path.py"],
    ["a local file that a project requires", "local/pyproject.toml"],
  ] as const)("holds no line that is within %s", async ([, input], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer((url) => [
      makeWheel({ name: "inner", version: "1.0" }),
      ...["\u0085", "\u2028"].map((end, at) =>
        makeWheel({
          name: `outer${at}`,
          version: "1.0",
          requires: [`inner @ ${url}/inner-1.0-py3-none-any.whl#a${end}${INJECTED}`],
        }),
      ),
    ]);
    const wheel = (name: string): string => `${server.url}/${name}-1.0-py3-none-any.whl`;
    const local = pathToFileURL(join(stage.world.project, "inner-1.0-py3-none-any.whl")).href;
    stage.world.tree("project", {
      "next-line.in": `outer0 @ ${wheel("outer0")}\n`,
      "separator.in": `outer1 @ ${wheel("outer1")}\n`,
      "url.py": sourced({ url: `${server.url}/\n${INJECTED}/inner-1.0-py3-none-any.whl` }),
      "subdirectory.py": sourced({ url: wheel("inner"), subdirectory: `a\n${INJECTED}` }),
      "path.py": sourced({ path: `a\n${INJECTED}` }),
      "local/pyproject.toml": `[project]\nname = "p"\nversion = "1"\ndependencies = [${JSON.stringify(`inner @ ${local}#a\u0085${INJECTED}`)}]\n`,
      [`a\n${INJECTED}/pyproject.toml`]: '[project]\nname = "inner"\nversion = "1.0"\n',
    });
    const { bytes } = makeWheel({ name: "inner", version: "1.0" });
    writeFileSync(join(stage.world.project, "inner-1.0-py3-none-any.whl"), bytes);
    const words = [input, "-o", "out.txt", "--no-index", "--no-annotate", "--no-header"];
    expect(await stage.pinion(["pip", "compile", ...words])).toMatchObject({ code: 0 });
    const lines = readOutput(stage).split(LINE_ENDS);
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^inner @ \S+$/)]));
    expect(lines.filter((line) => line.startsWith("--"))).toEqual([]);
  });

  // Promise: each line of what is written is one pin, which names no variable and no namesake on an index
  // Attack: a project has its source in a folder that is called like an option, like a URL with the variable of a secret, or like the project
  test.for([
    [INJECTED, "./--pre"],
    [`https://index.example/${SECRET}`, /^inner @ file:\/\/\/\S+\/https:\/index\.example\/\$%7BCI_TOKEN%7D$/],
    ["index @ https", /^inner @ file:\/\/\/\S+\/index%20@%20https$/],
    ["inner[extra]", /^inner @ file:\/\/\/\S+\/inner%5Bextra%5D$/],
    ["inner", "./inner"],
    ["in/inner", "in/inner"],
  ] as const)(
    "names the folder of a project's source and nothing else: %s",
    async ([path, line], { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      stage.world.tree("project", {
        "script.py": sourced({ path }),
        [`${path}/pyproject.toml`]: '[project]\nname = "inner"\nversion = "1.0"\n',
      });
      const words = ["--no-index", "--no-annotate", "--no-header", "-q"];
      const compiled = await stage.pinion(["pip", "compile", "script.py", "-o", "out.txt", ...words]);
      expect({ code: compiled.code, lines: readOutput(stage).trimEnd().split(LINE_ENDS) }).toEqual({
        code: 0,
        lines: [typeof line === "string" ? line : (expect.stringMatching(line) as unknown)],
      });
      await stage.pinion(["pip", "compile", "out.txt", "-o", "again.txt", ...words]);
      expect(readFileSync(join(stage.world.project, "again.txt"), "utf8")).toBe(readOutput(stage));
    },
  );

  // Promise: each line of what is written is one pin, which names no namesake on an index
  // Attack: a project requires what is in a folder that is called like an option, or like the project
  test.for([
    [INJECTED, "./--pre"],
    ["inner", "./inner"],
    ["inner[extra]", /^inner @ file:\/\/\/\S+\/inner%5Bextra%5D$/],
  ] as const)(
    "names the folder that a project requires and nothing else: %s",
    async ([path, line], { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      stage.world.tree("project", {
        "pyproject.toml": `[project]\nname = "p"\nversion = "1"\ndependencies = ["inner @ ${path}"]\n`,
        "own.in": "inner @ inner\n",
        [`${path}/pyproject.toml`]: '[project]\nname = "inner"\nversion = "1.0"\n',
      });
      const words = ["--no-index", "--no-annotate", "--no-header", "-q", "-o", "out.txt"];
      for (const input of path === "inner" ? ["pyproject.toml", "own.in"] : ["pyproject.toml"]) {
        const { code } = await stage.pinion(["pip", "compile", input, ...words]);
        expect({ code, lines: readOutput(stage).trimEnd().split(LINE_ENDS) }).toEqual({
          code: 0,
          lines: [typeof line === "string" ? line : (expect.stringMatching(line) as unknown)],
        });
      }
    },
  );

  // Promise: each line of what is written is one pin
  // Attack: a project's settings name a folder of distributions whose name goes on in another line
  test("holds no line that is within a folder of settings", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.tree("project", {
      "none.in": "",
      "pinion.toml": `emit-find-links = true\nfind-links = [${JSON.stringify(`a\n${INJECTED}`)}]\n`,
      [`a\n${INJECTED}/none.txt`]: "",
    });
    const words = ["none.in", "-o", "out.txt", "--no-index", "--no-header"];
    expect(await stage.pinion(["pip", "compile", ...words])).toMatchObject({ code: 0 });
    const lines = readOutput(stage).split(LINE_ENDS);
    expect(lines.filter((line) => line === INJECTED)).toEqual([]);
    expect(lines[0]).toMatch(/^--find-links file:\S+%0A\S+$/);
  });

  // Promise: what came over the network, and a project's file, name no variable in what is written for pip, uv and Pinion to read
  // Attack: a distribution requires something under a marker with the variable of a secret, whose value a lock made of that file would hold
  test("names no variable of a marker", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const requires = [`inner ; platform_version == 'v${SECRET}' or sys_platform == 'linux'`];
    await using server = await wheelServer(() => [
      makeWheel({ name: "inner", version: "1.0" }),
      makeWheel({ name: "outer", version: "1.0", requires }),
    ]);
    stage.world.tree("project", { "in.txt": `outer @ ${server.url}/outer-1.0-py3-none-any.whl\n` });
    const links = ["--no-index", "--find-links", `${server.url}/`, "--universal"];
    const compiled = await stage.pinion(["pip", "compile", "in.txt", "-o", "out.txt", ...links]);
    expect(compiled.code).toBe(0);
    expect(readOutput(stage)).toMatch(/^inner==1\.0 ; .*'v\$ \{CI_TOKEN\}'/m);
    const env = { CI_TOKEN: "hunter2" };
    const again = await stage.pinion(["pip", "compile", "out.txt", "--no-deps", ...links], { env });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("inner==1.0 ; ") });
    expect(again.stdout).not.toContain("hunter2");
  });

  test("keeps the variables of the user's own lines", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer(() => [makeWheel({ name: "inner", version: "1.0" })]);
    const line = `inner @ ${server.url}/${SECRET}/inner-1.0-py3-none-any.whl`;
    stage.world.tree("project", { "own.in": `${line}\n` });
    const env = { CI_TOKEN: "hunter2" };
    await stage.pinion(["pip", "compile", "own.in", "-o", "out.txt", "--no-index"], { env });
    expect(readOutput(stage)).toContain(`${line}\n`);
    expect(readOutput(stage)).not.toContain("hunter2");
  });

  // Promise: no secret reaches what is written
  // Attack: the token is a variable of the user's own requirements file, in the path of a URL, and the lock file is shared
  test.for([
    ["a constraint", ["in.txt", "-c", "place.txt"], "inner @ [URL]/${CI_TOKEN}/inner-1.0-py3-none-any.whl"],
    [
      "an override",
      ["in.txt", "--override", "place.txt"],
      "inner @ [URL]/${CI_TOKEN}/inner-1.0-py3-none-any.whl",
    ],
    ["an index", ["index.txt", "--emit-index-url"], "--index-url [URL]/${CI_TOKEN}/simple"],
    ["a page of links", ["links.txt", "--no-index", "--emit-find-links"], "--find-links [URL]/${CI_TOKEN}/"],
  ] as const)("holds no value of a variable in %s", async ([, words, expected], { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer(() => [makeWheel({ name: "inner", version: "1.0" })]);
    stage.world.tree("project", {
      "in.txt": "inner\n",
      "place.txt": `inner @ ${server.url}/${SECRET}/inner-1.0-py3-none-any.whl\n`,
      "index.txt": `--index-url ${server.url}/${SECRET}/simple\ninner\n`,
      "links.txt": `--find-links ${server.url}/${SECRET}/\ninner\n`,
    });
    const env = { CI_TOKEN: "hunter2" };
    const annotated = ["--emit-index-annotation", "--no-header"];
    const { code, stdout } = await stage.pinion(["pip", "compile", ...words, ...annotated], { env });
    expect({ code, lines: stdout.split("\n") }).toEqual({
      code: 0,
      lines: expect.arrayContaining([expected.replace("[URL]", server.url)]),
    });
    expect(stdout).not.toContain("hunter2");
  });

  // Promise: what came over the network, and a project's file, name no variable in what is written for pip, uv and Pinion to read
  // Attack: a project's settings name an index with the variable of a secret in its URL, and have it written
  test("names no variable of an index of settings", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    stage.world.tree("project", {
      "none.in": "",
      "pinion.toml": `emit-index-url = true\nindex-url = "https://index.example/${SECRET}/simple"\n`,
    });
    const { stdout } = await stage.pinion(["pip", "compile", "none.in"]);
    expect(stdout).toContain("--index-url https://index.example/");
    expect(stdout).not.toContain(SECRET);
  });

  // Promise: what came over the network, and a project's file, name no variable in what is written for pip, uv and Pinion to read
  // Attack: an environment of others records a URL, a revision or a folder with the variable of a secret
  test.for([
    { url: `https://files.example/${SECRET}/a.zip`, archive_info: {} },
    { url: `https://${SECRET}:x@files.example/a.zip`, archive_info: {} },
    { url: "https://files.example/a", vcs_info: { vcs: "git", commit_id: SECRET } },
    { url: `file:///srv/${SECRET}`, dir_info: { editable: true } },
  ])("by pip freeze names no variable: %j", async (document, { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter", "--no-deps");
    const [python = ""] = readdirSync(join(stage.venv, "lib"));
    const site = join(stage.venv, "lib", python, "site-packages");
    const folder = readdirSync(site).find((name) => name.startsWith("greeter-")) ?? "";
    writeFileSync(join(site, folder, "direct_url.json"), JSON.stringify(document));
    const { stdout } = await stage.pinion(["pip", "freeze"]);
    expect(stdout).toMatch(/%7BCI_TOKEN|\*{4}@/);
    expect(stdout).not.toContain(SECRET);
  });

  // Promise: each line of what is written is one pin
  // Attack: an environment of others links to a folder that is called like another one with an extra
  test("by pip freeze names the folder of an egg-link and nothing else", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    const [python = ""] = readdirSync(join(stage.venv, "lib"));
    const folder = join(stage.world.project, "tool[dev]");
    stage.world.tree("project/tool[dev]/tool.egg-info", { "PKG-INFO": "Name: tool\nVersion: 1.0\n" });
    writeFileSync(join(stage.venv, "lib", python, "site-packages", "tool.egg-link"), `${folder}\n.\n`);
    const { stdout } = await stage.pinion(["pip", "freeze"]);
    expect(stdout).toMatch(/^-e file:.*\/project\/tool%5Bdev%5D\n$/);
  });

  // Promise: what came over the network, and a project's file, name no variable in what is written for pip, uv and Pinion to read
  // Attack: a distribution requires a URL with the variable of a secret in its query, which `pip freeze` of pip and uv writes as it is recorded
  test("by an installation names no variable of a distribution's metadata", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer((url) => [
      makeWheel({ name: "inner", version: "1.0" }),
      makeWheel({
        name: "outer",
        version: "1.0",
        requires: [`inner @ ${url}/inner-1.0-py3-none-any.whl?at=${SECRET}`],
      }),
    ]);
    stage.world.tree("project", { "in.txt": `outer @ ${server.url}/outer-1.0-py3-none-any.whl\n` });
    const install = ["pip", "install", "-r", "in.txt", "--no-index"] as const;
    expect(await stage.pinion(install)).toMatchObject({ code: 0 });
    const record = "site-packages/inner-1.0.dist-info/direct_url.json";
    const [python = ""] = readdirSync(join(stage.venv, "lib"));
    expect(readFileSync(join(stage.venv, "lib", python, record), "utf8")).toContain("?at=$%7BCI_TOKEN}");
    // It is the same address, so that nothing is to do.
    const again = `inner @ ${server.url}/inner-1.0-py3-none-any.whl?at=${SECRET}`;
    const { stderr } = await stage.pinion(["pip", "install", again, "--no-index"]);
    expect(stderr).toContain("Checked 1 package");
  });

  // Promise: no secret reaches what is written
  // Attack: an index lists files by signed addresses, and the report of an installation is kept or shared
  test("by --report holds no signature of a file of an index", async ({ expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await using server = await wheelServer(() => [makeWheel({ name: "inner", version: "1.0" })]);
    const signed = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      const [wheel] = ["inner-1.0-py3-none-any.whl"];
      response.end(`<a href="${server.url}/${wheel}?sig=hunter2">${wheel}</a>`);
    });
    await new Promise<void>((done) => signed.listen(0, "127.0.0.1", done));
    const index = `http://127.0.0.1:${(signed.address() as AddressInfo).port}/simple`;
    const words = ["inner", "--index-url", index, "--report", "report.json"];
    expect(await stage.pinion(["pip", "install", ...words])).toMatchObject({ code: 0 });
    signed.close();
    const report = readFileSync(join(stage.world.project, "report.json"), "utf8");
    expect(server.asked).toContain("/inner-1.0-py3-none-any.whl?sig=hunter2");
    expect(report).toContain("?sig=****");
    expect(report).not.toContain("hunter2");
  });
});
