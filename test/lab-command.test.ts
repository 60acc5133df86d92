// `pinion lab` as a person meets it: the list, a server that runs until Ctrl-C, and what is wrong with the arguments.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { World } from "./support/world.ts";

describe("pinion lab list", () => {
  test("names every shape with what to expect of it", async () => {
    await using world = await World.create();
    const { code, stdout, stderr } = await world.cli(["lab", "list"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ec-p384-sha512 +accept +P-384 issuers that sign ecdsa-with-SHA512/m);
    expect(stdout).toMatch(/^stale-root +tls\/bad-signature +the bundle holds/m);
  });
});

describe("pinion lab serve", () => {
  test.skipIf(process.platform === "win32")(
    "serves until it is interrupted, and leaves nothing behind",
    async () => {
      await using world = await World.create();
      const packages = join(world.directory, "wheel house");
      const wheel = makeWheel({ name: "only-this", version: "1.0" });
      world.write("wheel house/x", "");
      writeFileSync(join(packages, wheel.filename), wheel.bytes);
      const child = world.start(["lab", "serve", "ec-p384-sha512", "--json", "--packages", packages]);
      const [line] = await new Promise<string[]>((resolve) => {
        child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.split("\n")));
      });
      const served: { readonly url: string; readonly bundle: string } = JSON.parse(line ?? "");

      expect(await askOver(served.url, readFileSync(served.bundle, "utf8"))).toContain(">only-this</a>");
      child.kill("SIGINT");
      await new Promise((resolve) => child.on("close", resolve));
      expect(existsSync(served.bundle)).toBe(false);
    },
  );

  test("suggests similar shapes for an unknown one", async () => {
    await using world = await World.create();
    const run = await world.cli(["lab", "serve", "stale"]);
    expect(run).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: The laboratory has no shape called \`stale\`

      hint: there is \`stale-root\`: the bundle holds a root of the same name with an older key: the bundle is stale

      hint: \`pinion lab list\` lists them all
      ",
        "stdout": "",
      }
    `);
  });
});

/** The page of all projects. */
function askOver(url: string, ca: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", servername: hostname, port: Number(port), ca }, () =>
      socket.end(`GET ${pathname} HTTP/1.0\r\n\r\n`),
    );
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}
