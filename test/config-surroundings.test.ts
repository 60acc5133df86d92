// `pinion config` shows all that decides about a connection, and no secret; the doctor says why it did not look for an
// index; `venv --seed --no-cache` leaves no cache.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { examine } from "../src/doctor/examine/probe.ts";
import { parseTarget } from "../src/doctor/examine/subject.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { loadTrust } from "../src/trust/store.ts";
import { commandStage } from "./support/command-stage.ts";
import { World } from "./support/world.ts";

test("config shows proxies, NO_PROXY, certificate variables, the hosts of netrc and whole index tables", async () => {
  await using world = await World.create({ commands: "called" });
  world.write(
    "home/.netrc",
    "machine pypi.corp.example login ada password hunter-two\nmachine other.example login ada password hunter-two\n",
  );
  world.write(
    "project/pinion.toml",
    `[[index]]
name = "corp"
url = "https://ada:hunter-two@pypi.corp.example/simple"
explicit = true
authenticate = "always"
`,
  );
  const env = {
    HTTPS_PROXY: "http://ada:hunter-two@proxy.corp.example:8080",
    NO_PROXY: "localhost,.corp.example",
    SSL_CERT_FILE: "/etc/corp.pem",
    REQUESTS_CA_BUNDLE: "/etc/other.pem",
  };
  const { code, stdout, stderr } = await world.cli(["config"], { env });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(`cache-dir: [CACHE]  PINION_CACHE_DIR
index: corp=https://ada:****@pypi.corp.example/simple  [WORLD]/project/pinion.toml:3 (index)
  explicit = true
  authenticate = always
SSL_CERT_FILE: /etc/corp.pem  variable
REQUESTS_CA_BUNDLE: /etc/other.pem  variable
HTTPS_PROXY: http://ada:****@proxy.corp.example:8080  variable
NO_PROXY: localhost,.corp.example  variable
netrc: pypi.corp.example, other.example  [HOME]/.netrc
`);
  const document: unknown = JSON.parse((await world.cli(["config", "--json"], { env })).stdout);
  expect(document).toMatchObject({
    variables: {
      HTTPS_PROXY: "http://ada:****@proxy.corp.example:8080",
      NO_PROXY: "localhost,.corp.example",
      SSL_CERT_FILE: "/etc/corp.pem",
      REQUESTS_CA_BUNDLE: "/etc/other.pem",
    },
    netrc: { path: "[HOME]/.netrc", hosts: ["pypi.corp.example", "other.example"] },
  });
  expect(JSON.stringify(document)).not.toContain("hunter-two");
});

test("venv --seed --no-cache leaves no cache", async () => {
  await using stage = await commandStage({
    commands: "called",
    cache: "empty",
    packages: ["pip", "setuptools", "wheel"].map((name) => makeWheel({ name, version: "99.0" })),
  });
  const words = ["venv", "seeded", "--seed", "--no-cache", "--index-url", stage.index.url];
  expect((await stage.pinion(words)).code).toBe(0);
  expect(existsSync(stage.world.cache)).toBe(false);
  expect(existsSync(join(stage.world.project, "seeded", "pyvenv.cfg"))).toBe(true);
});

test("the doctor examines the index of every URL, and says why it did not", async () => {
  await using world = await World.create({ commands: "called" });
  const index = await world.index();
  const indexStep = async (text: string): Promise<unknown> => {
    const { steps } = await examine(parseTarget(text), {
      trust: loadTrust({ env: {}, home: "/nonexistent" }),
      proxy: {},
    });
    return steps.find(({ name }) => name === "index");
  };
  const root = new URL("/", index.url).href;
  expect(await indexStep(index.url)).toMatchObject({ status: "passed" });
  // The same page under a URL that does not look like an index.
  expect(await indexStep(`${index.url}?all`)).toMatchObject({ status: "passed" });
  expect(await indexStep(root)).toMatchObject({ name: "index", status: "unknown" });
});

test.for(["config", "self check", "doctor"])(
  "%s reports what the section [install] of pip.conf sets",
  async (words) => {
    await using world = await World.create({ commands: "called" });
    const file = world.write("pip.conf", "[install]\nindex-url = http://127.0.0.1:1/corp/simple\n");
    const { stdout } = await world.cli(words.split(" "), { env: { PIP_CONFIG_FILE: file } });
    expect(stdout).toContain("http://127.0.0.1:1/corp/simple");
  },
);
