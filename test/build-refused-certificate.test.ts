// A build that refuses a server's certificate: real processes of Python, a real server on loopback. The failure has the
// doctor's explanation of that server, and what it proposes makes the build work.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";

import type { IndexFile } from "../src/lab/index/index-server.ts";
import { packSdist, smallBackend, treeWithBackend } from "./support/source-trees.ts";
import { World, type CliRun } from "./support/world.ts";

/** Runs `setup.py` in its own process, as setuptools does. */
const BACKEND = smallBackend("alpha", "1.0").replace(
  "def build_wheel(directory",
  `def build_wheel(directory, *rest):
    import runpy
    runpy.run_path("setup.py")
    return finish(directory, *rest)


def finish(directory`,
);

interface Stage extends AsyncDisposable {
  /** The server that the build asks; its root is in a file. */
  readonly host: string;
  readonly root: string;
  install(setup: string, args?: readonly string[]): Promise<CliRun>;
}

/** An index without TLS, and a server whose root nothing trusts. */
async function stage(): Promise<Stage> {
  const world = await World.create();
  const authority = world.authority("Corp Root");
  const server = await world.index({ tls: authority.issue("localhost"), packages: [] });
  const venv = world.venv();
  const index = await world.index({ packages: [] });
  return {
    host: new URL(server.url).host,
    root: authority.writePem(),
    install: (setup, args = []) => {
      const script = setup.replaceAll("URL", JSON.stringify(server.url));
      index.add(sdist(script));
      const env = { VIRTUAL_ENV: venv.path, PINION_DEFAULT_INDEX: index.url };
      return world.run(["pip", "install", "alpha", ...args], { env, timeoutMs: 180_000 });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function sdist(setup: string): IndexFile {
  const bytes = packSdist("alpha-1.0", treeWithBackend(BACKEND, { "setup.py": setup }));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: "alpha", version: "1.0", filename: "alpha-1.0.tar.gz", bytes, sha256 };
}

/** Where no line of the traceback names the server. */
const ASKS = `import urllib.request\nurl = URL\nurllib.request.urlopen(url).read()\n`;
const ASKS_IN_A_PROCESS = `import subprocess, sys\nsubprocess.run([sys.executable, "-c", "import urllib.request as u; u.urlopen(" + repr(URL) + ")"], check=True)\n`;
const ASKS_WITH_OTHER_TRUST = `import ssl, urllib.request\nnothing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\nurllib.request.urlopen(URL, context=nothing).read()\n`;

describe("a build that refuses a server's certificate", () => {
  test("fails with the doctor's explanation, and builds with what that proposes", async () => {
    await using world = await stage();
    const { host, root } = world;
    const failed = await world.install(ASKS);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("CERTIFICATE_VERIFY_FAILED");
    const refused = `hint: The build could not verify the certificate of \`${host}\`, and Pinion does not trust it either. `;
    expect(failed.stderr).toContain(refused);
    expect(failed.stderr).toContain("is signed by `CN=Corp Root`, and no trusted certificate has that name");
    expect(failed.stderr).toContain(`(\`pinion doctor https://${host}\` shows the whole chain)\n`);
    expect(failed.stderr).toMatch(/\nhint: .*`--ca FILE`\n/);
    // No bundle can hold what is trusted for one host only.
    expect(failed.stderr).not.toContain("pinion trust add");
    const built = await world.install(ASKS, ["--ca", root]);
    expect([built.code, built.stderr]).toEqual([0, expect.stringContaining(" + alpha==1.0\n")]);
  });

  test("in a process of its own is found by its output", async () => {
    await using world = await stage();
    const failed = await world.install(ASKS_IN_A_PROCESS);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      `hint: The build could not verify the certificate of \`${world.host}\`, and Pinion does not trust it either. `,
    );
  });

  test("that Pinion trusts is called so", async () => {
    await using world = await stage();
    const { host, root } = world;
    const failed = await world.install(ASKS_WITH_OTHER_TRUST, ["--ca", root]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      `hint: The build could not verify the certificate of \`${host}\`, which Pinion trusts: `,
    );
  });
});
