// Writes V8's compiled form of the command's groups beside them. V8 keeps what has run, so this runs what
// people run: an install from an index over TLS, one from the cache, one with nothing to do.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Compiles a build of the command ahead. Where there is no loopback, starts are some milliseconds slower, no more. */
export async function makeCodeCache(root, command) {
  const folder = mkdtempSync(join(tmpdir(), "pinion-build-"));
  try {
    const lab = await bundleLab(root, folder);
    const authority = lab.createAuthority("Build Root", { key: "P-256" });
    const { chainPem, keyPem } = authority.issue("localhost", { key: "P-256" });
    const bundle = join(folder, "bundle.pem");
    writeFileSync(bundle, authority.pem);
    const index = await lab.startIndex({ packages: packages(lab), tls: { chainPem, keyPem } });
    try {
      for (const words of runs(folder, index.url)) await runCommand(root, words, { folder, bundle, command });
    } finally {
      await index.close();
    }
  } catch (error) {
    console.warn(`The command was not compiled ahead: ${error.message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function packages({ makeWheel }) {
  const requires = [
    "helper[extra]>=1.0,<3",
    "other~=2.1 ; python_version >= '3.8'",
    "absent ; sys_platform == 'win32'",
  ];
  return [
    makeWheel({
      name: "app",
      version: "1.2.3",
      requires,
      requiresPython: ">=3.8",
      consoleScripts: { app: "app:main" },
    }),
    makeWheel({ name: "helper", version: "2.0", extras: ["extra"], requires: ["other ; extra == 'extra'"] }),
    makeWheel({ name: "helper", version: "2.1rc1" }),
    makeWheel({ name: "other", version: "2.1.4", files: { "other/__init__.py": "x = 1\n".repeat(20_000) } }),
  ];
}

function runs(folder, url) {
  const requirements = join(folder, "requirements.txt");
  writeFileSync(requirements, `app==1.2.3  # pinned\nhelper>=1\n--index-url ${url}\n`);
  const target = [
    "--python-version",
    "3.12",
    "--python-platform",
    "linux",
    "--cache-dir",
    join(folder, "cache"),
  ];
  const install = (to) => ["pip", "install", "-r", requirements, "--target", join(folder, to), ...target];
  const always = [install("one"), install("two"), install("two")];
  if (spawnSync("python3", ["--version"]).status !== 0) return always;
  const environment = join(folder, "environment");
  const cache = ["--cache-dir", join(folder, "cache")];
  const intoEnvironment = ["pip", "install", "-r", requirements, "--python", environment, ...cache];
  return [...always, ["venv", environment, ...cache], intoEnvironment, intoEnvironment];
}

async function bundleLab(root, folder) {
  const outfile = join(folder, "lab.mjs");
  const exported = ["createAuthority mint", "makeWheel wheels", "startIndex index-server"].map((line) =>
    line.split(" "),
  );
  const contents = exported
    .map(([name, module]) => `export { ${name} } from "./src/lab/${module}.ts";`)
    .join("\n");
  await build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    logLevel: "error",
  });
  return await import(pathToFileURL(outfile).href);
}

function runCommand(root, words, { folder, bundle, command }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "bin", "pinion.cjs"), ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, SSL_CERT_FILE: bundle, PINION_COMPILE_AHEAD: command },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (data) => (told += data));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`\`${words.join(" ")}\` failed: ${told}`)),
    );
  });
}
