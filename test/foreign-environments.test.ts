// Environments that others have written, or may write to: what their metadata says is text, in every command.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { commandStage } from "./support/command-stage.ts";

/** The folder of an environment's distributions. */
function sitePackages(venv: string): string {
  const [python = ""] = readdirSync(join(venv, "lib"));
  return join(venv, "lib", python, "site-packages");
}

describe.skipIf(process.platform === "win32").concurrent("pinion pip freeze", () => {
  // Promise: what an environment of others records adds no line to a requirements file
  // Attack: a `direct_url.json` has the options of a requirements file in its URL, its revision or its hash
  test.for([
    { url: "https://example.com/a.zip\n--index-url https://attacker.example/", archive_info: {} },
    { url: "https://example.com/a.zip --config-settings=a=b", archive_info: {} },
    { url: "https://example.com/a.zip", archive_info: { hashes: { sha256: "ab\n-r other.txt" } } },
    { url: "https://example.com/a.zip", archive_info: {}, subdirectory: "a --config-settings=a=b" },
    { url: "https://example.com/a", vcs_info: { vcs: "git", commit_id: "ab\n-r other.txt" } },
    { url: "https://example.com/a", vcs_info: { vcs: "git", commit_id: "ab --config-settings=a=b" } },
    { url: "file:///home/ada/a\u{2028}-r other.txt", dir_info: { editable: true } },
    { url: "file:///home/ada/a -r other.txt", dir_info: { editable: true } },
  ])("gives one requirement without options: %j", async (document, { expect }) => {
    await using stage = await commandStage({ commands: "called" });
    await stage.install("greeter", "--no-deps");
    const site = sitePackages(stage.venv);
    const folder = readdirSync(site).find((name) => name.startsWith("greeter-")) ?? "";
    writeFileSync(join(site, folder, "direct_url.json"), JSON.stringify(document));
    const { stdout } = await stage.pinion(["pip", "freeze"]);
    expect(stdout).toMatch(/^(?:greeter==\S+|greeter @ \S+|-e \S+)\n$/);
  });

  // Promise: what an environment of others records adds no line to a requirements file
  // Attack: an `.egg-link` leads to a folder whose name has the options of a requirements file
  test.for(["a --index-url https:", "a\u{2028}-r other.txt", "a #", "a -e b"])(
    "gives one requirement for an egg-link without options: %j",
    async (name, { expect }) => {
      await using stage = await commandStage({ commands: "called" });
      await stage.install("greeter", "--no-deps");
      const project = join(stage.venv, name, "x");
      mkdirSync(join(project, "linked.egg-info"), { recursive: true });
      const metadata = "Metadata-Version: 2.1\nName: linked\nVersion: 1\n";
      writeFileSync(join(project, "linked.egg-info", "PKG-INFO"), metadata);
      writeFileSync(join(sitePackages(stage.venv), "linked.egg-link"), `${project}\n.`);
      const { stdout } = await stage.pinion(["pip", "freeze"]);
      expect(stdout).toMatch(/^greeter==\S+\n-e file:\/\/[^\s#]+\n$/);
    },
  );
});
