// A real Apache that demands the client certificate for one path only, after the first handshake: under TLS 1.3 that
// takes post-handshake authentication, which Node lacks, so Pinion goes back to TLS 1.2.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";

import { makeWheel } from "../../src/lab/make-wheel.ts";
import { findProgram, World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";

const apache = findProgram("apache2");
const MODULES = "/usr/lib/apache2/modules";

describe.skipIf(apache === undefined)("Apache with SSLVerifyClient for a path", () => {
  test.each([
    ["TLSv1.2 and TLSv1.3", "all -SSLv3 -TLSv1 -TLSv1.1"],
    ["TLSv1.2 only", "TLSv1.2"],
  ])("installs over %s", { timeout: 120_000 }, async (_, protocols) => {
    const { world, url, args } = await createScene(protocols);
    const run = await world.cli([
      "pip",
      "download",
      "--no-deps",
      "-d",
      "out",
      ...args,
      "--index-url",
      url,
      "tiny",
    ]);
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("tiny")]);
  });

  test("says what is missing where the server has TLS 1.3 only", { timeout: 120_000 }, async () => {
    const { world, url, args } = await createScene("TLSv1.3");
    const run = await world.cli([
      "pip",
      "download",
      "--no-deps",
      "-d",
      "out",
      ...args,
      "--index-url",
      url,
      "tiny",
    ]);
    expect(run.code).not.toBe(0);
    expect(run.stderr.replaceAll(/\s+/g, " ")).toContain("post-handshake authentication");
  });
});

async function createScene(
  protocols: string,
): Promise<{ readonly world: World; readonly url: string; readonly args: readonly string[] }> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const root = world.authority("Corp Root");
  const clients = world.authority("Clients");
  const wheel = makeWheel({ name: "tiny", version: "1.0" });
  const server = root.issue("localhost");
  const client = clients.issueClient("ada");
  const port = await freePort();
  const folder = join(world.directory, "apache");
  mkdirSync(join(folder, "htdocs", "simple", "tiny"), { recursive: true });
  writeFileSync(join(folder, "htdocs", "simple", "tiny", "index.html"), PAGE);
  writeFileSync(join(folder, "htdocs", "simple", "tiny", "tiny-1.0-py3-none-any.whl"), wheel.bytes);
  const path = (name: string, text: string): string => world.write(`apache/${name}`, text);
  const configuration = path(
    "apache.conf",
    `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${MODULE_NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join("\n")}
Mutex pthread
TypesConfig /dev/null
DocumentRoot ${folder}/htdocs
DirectoryIndex index.html
SSLSessionCache none
SSLEngine on
SSLProtocol ${protocols}
SSLCertificateFile ${path("server.pem", server.chainPem)}
SSLCertificateKeyFile ${path("server.key", server.keyPem)}
SSLCACertificateFile ${path("clients.pem", clients.pem)}
AddType text/html .html
<Location /simple>
  SSLVerifyClient require
</Location>
`,
  );
  await startListening(world, [apache ?? "apache2", "-X", "-f", configuration], port);
  const shown = world.write("client.pem", client.chainPem + client.keyPem);
  return {
    world,
    url: `https://localhost:${port}/simple/`,
    args: ["--cert", root.writePem(), "--client-cert", shown],
  };
}

const MODULE_NAMES = ["mpm_event", "authz_core", "dir", "mime", "socache_shmcb", "ssl"];
const PAGE =
  '<!DOCTYPE html><title>Links for tiny</title><a href="tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>';
