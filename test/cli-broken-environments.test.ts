// What the commands that look at an environment say of one that is not whole: distributions without files, with files that cannot
// be understood, or left over. The sentences and exit codes are uv's.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { World } from "./support/world.ts";

const WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/** A folder of installed distributions, and a command that looks at it. */
async function lookAt(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<{ readonly code: number | undefined; readonly stdout: string; readonly stderr: string }> {
  await using world = await World.create({ commands: "called" });
  const venv = world.venv();
  const site = venv.evaluate("import sysconfig; print(sysconfig.get_path('purelib'))");
  for (const [path, text] of Object.entries(files))
    world.write(join(site.slice(world.directory.length + 1), path), text);
  const run = await world.cli(["pip", ...args], { env: { VIRTUAL_ENV: venv.path } });
  const mask = (text: string): string =>
    text.replaceAll(/\S*site-packages/g, "[SITE]").replace(/^Using Python.*\n/m, "");
  return { ...run, stdout: mask(run.stdout), stderr: mask(run.stderr) };
}

function distribution(
  subject: string,
  fields: readonly string[] = [],
  files: Readonly<Record<string, string>> = { WHEEL },
): Readonly<Record<string, string>> {
  const [name = "", version = ""] = subject.split(" ");
  const METADATA = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${fields.join("\n")}\n`;
  return Object.fromEntries(
    Object.entries({ METADATA, ...files }).map(([file, text]) => [
      `${name}-${version}.dist-info/${file}`,
      text,
    ]),
  );
}

const BROKEN = { "broken-1.0.dist-info/METADATA": "nonsense\n", "broken-1.0.dist-info/WHEEL": WHEEL };

describe.concurrent("an environment that is not whole", () => {
  test("check reports which file of a distribution is missing", async () => {
    const { code, stderr } = await lookAt({ ...BROKEN, ...distribution("bare 1.0", [], {}) }, ["check"]);
    expect([code, stderr.split("\n").slice(1, -1)]).toEqual([
      1,
      [
        "Found 2 incompatibilities",
        "The package `bare` is broken or incomplete (unable to read `WHEEL` file). Consider recreating the virtualenv, or removing the package directory at: [SITE]/bare-1.0.dist-info.",
        "The package `broken` is broken or incomplete (unable to read `METADATA`). Consider recreating the virtualenv, or removing the package directory at: [SITE]/broken-1.0.dist-info.",
      ],
    ]);
  });

  test("--strict looks at the whole environment, however little is listed", async () => {
    const files = { ...distribution("tool 1.0", ["Requires-Dist: lib>=2"]), ...distribution("lib 1.0") };
    const warning = "warning: The package `tool` requires `lib>=2`, but `1.0` is installed\n";
    for (const option of [["--exclude", "tool"], ["--exclude", "lib"], ["--editable"]])
      expect((await lookAt(files, ["list", ...option, "--strict"])).stderr).toBe(warning);
    expect((await lookAt(files, ["freeze", "--exclude", "tool", "--strict"])).stderr).toBe(warning);
  });

  test("show needs only what it shows", async () => {
    const files = {
      ...BROKEN,
      ...distribution("tool 1.0", ["Requires-Dist: tool>=1", "Requires-Dist: lib"], {
        WHEEL,
        RECORD: "one,row\n",
      }),
    };
    const { code, stdout } = await lookAt(files, ["show", "tool", "broken"]);
    expect([code, stdout]).toEqual([
      0,
      "Name: broken\nVersion: 1.0\nLocation: [SITE]\n---\nName: tool\nVersion: 1.0\nLocation: [SITE]\nRequires: lib, tool\nRequired-by:\n",
    ]);
  });

  test("tree needs all metadata, and ends as where the environment cannot be used", async () => {
    expect(await lookAt({ ...BROKEN, ...distribution("tool 1.0") }, ["tree"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("[SITE]/broken-1.0.dist-info/METADATA"),
    });
  });

  test("what a killed pip left is named so", async () => {
    const files = { ...distribution("~ool 1.0"), ...distribution("tool 1.0") };
    expect(await lookAt(files, ["freeze"])).toEqual({
      code: 0,
      stdout: "tool==1.0\n",
      stderr: "warning: Ignoring dangling temporary directory: [SITE]/~ool-1.0.dist-info\n",
    });
  });

  test("freeze encodes what a URL cannot hold, and keeps editable projects in the order of names", async () => {
    const url = (document: object): Readonly<Record<string, string>> => ({
      "direct_url.json": JSON.stringify(document),
    });
    const files = {
      ...distribution(
        "a 1.0",
        [],
        url({ url: "https://example.com/a.tar.gz", archive_info: {}, subdirectory: "in here" }),
      ),
      ...distribution(
        "b 1.0",
        [],
        url({ url: "https://example.com/b", vcs_info: { vcs: "git", commit_id: "abc" }, subdirectory: "ü" }),
      ),
      ...distribution("c 1.0", [], url({ url: "file:///src/z", dir_info: { editable: true } })),
      ...distribution("d 1.0"),
    };
    expect((await lookAt(files, ["freeze"])).stdout).toBe(
      "a @ https://example.com/a.tar.gz#subdirectory=in%20here\nb @ git+https://example.com/b@abc#subdirectory=%C3%BC\n-e file:///src/z\nd==1.0\n",
    );
  });
});
