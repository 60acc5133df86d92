// examples/serverless-plugin under the real Serverless Framework: `serverless package` makes the artifacts, and what is in
// them is imported as Lambda imports it.

import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";

import { readZip } from "../../src/archive/zip.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { outsideProject, type OutsideProject } from "../support/outside-project.ts";
import { World, type CliRun } from "../support/world.ts";

/** `FOLDER/serverless/node_modules`, where `.ci/run` installs it. */
const SERVERLESS = join(inject("peers"), "serverless", "node_modules", "serverless", "bin", "serverless.js");

const SERVICE = `service: example
frameworkVersion: "3"
provider:
  name: aws
  runtime: python3.12
functions:
  api:
    handler: handler.handle
  job:
    handler: handler.handle
    architecture: arm64
package:
  individually: true
plugins:
  - ./plugins/pinion
`;

const HANDLER = `import greeter

def handle(event, context):
    return greeter.__name__
`;

describe.skipIf(!existsSync(SERVERLESS))("serverless package", () => {
  test("packs for each function what its Python imports", { timeout: 300_000 }, async () => {
    await using world = await World.create();
    using project = outsideProject();
    const { service, run } = await packageService("greeter", { world, project });
    expect(run.code, run.stderr).toBe(0);
    for (const [name, folder, other] of [
      ["api", "x86_64-3.12", "arm64-3.12"],
      ["job", "arm64-3.12", "x86_64-3.12"],
    ] as const) {
      const archive = join(service, ".serverless", `${name}.zip`);
      const members = readZip(readFileSync(archive)).entries.map((entry) => entry.name);
      expect(members).toContain(`.pinion/${folder}/greeter/__init__.py`);
      expect(members.filter((member) => member.startsWith(`.pinion/${other}/`))).toEqual([]);
      const code = "import handler; print(handler.handle({}, None))";
      const imported = await world.program("python3", ["-c", code], {
        env: {
          PYTHONPATH: `${archive}:${join(archive, ".pinion", folder)}`,
          PYTHONDONTWRITEBYTECODE: "1",
        },
      });
      expect(imported).toMatchObject({ code: 0, stdout: "greeter\n" });
    }
    // The folders that were filled are gone, and Lambda finds the packages by its PYTHONPATH.
    expect(existsSync(join(service, ".pinion", "x86_64-3.12"))).toBe(false);
    const template = JSON.parse(
      readFileSync(join(service, ".serverless", "cloudformation-template-update-stack.json"), "utf8"),
    ) as { readonly Resources: Readonly<Record<string, unknown>> };
    expect(template.Resources["JobLambdaFunction"]).toMatchObject({
      Properties: {
        Architectures: ["arm64"],
        Environment: { Variables: { PYTHONPATH: "/var/task/.pinion/arm64-3.12" } },
      },
    });
  });

  test("ends with the reason and its code where a package cannot be had", { timeout: 300_000 }, async () => {
    await using world = await World.create();
    using project = outsideProject();
    const { run } = await packageService("no-such-package", { world, project });
    expect(run.code).toBe(1);
    expect(run.stdout + run.stderr).toMatch(/\((index|resolve)\/[a-z-]+\)/);
  });
});

/** Runs `serverless package` for a service with one requirement; gives the service's folder, too. */
async function packageService(
  requirement: string,
  { world, project }: { readonly world: World; readonly project: OutsideProject },
): Promise<{ readonly service: string; readonly run: CliRun }> {
  const index = await world.index({ packages: sampleWheels() });
  const service = join(project.directory, "service");
  const plugin = join(import.meta.dirname, "..", "..", "examples", "serverless-plugin");
  cpSync(plugin, join(service, "plugins", "pinion"), { recursive: true });
  project.write("service/serverless.yml", SERVICE);
  project.write("service/requirements.txt", `${requirement}\n`);
  project.write("service/handler.py", HANDLER);
  const run = await world.program(process.execPath, [SERVERLESS, "package"], {
    cwd: service,
    env: { INDEX_URL: index.url, CI: "1", SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" },
    timeoutMs: 240_000,
  });
  return { service, run };
}
