// Real index servers on loopback: pypiserver and devpi, filled by their own clients, and a folder behind nginx.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { findProgram } from "../support/world.ts";
import type { World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";
import { startNginxFolder } from "./nginx.ts";
import { installedPeer } from "./programs.ts";

export type RealIndexServer = "pypiserver" | "devpi" | "nginx";

export interface StartedIndex {
  /** Without credentials. */
  readonly url: string;
}

/** Whoever may see, or fill, the index. */
export const PACKAGER: { readonly username: string; readonly password: string } = {
  username: "ada",
  password: "s3cret-of-ada",
};

/** Tells what is missing for a server; undefined where nothing is. */
export function missingFor(server: RealIndexServer, peers: string): string | undefined {
  const programs: Readonly<Record<RealIndexServer, readonly (readonly [string, string | undefined])[]>> = {
    pypiserver: ["pypi-server", "twine"].map((name) => [name, installedPeer(peers, "indexes", name)]),
    devpi: ["devpi-init", "devpi-server", "devpi"].map((name) => [
      name,
      installedPeer(peers, "indexes", name),
    ]),
    nginx: [["nginx", findProgram("nginx")]],
  };
  return programs[server].find(([, path]) => path === undefined)?.[0];
}

/** Starts a server with the laboratory's sample wheels; it ends with the world. devpi is open to all who read. */
export async function startIndexServer(
  world: World,
  server: RealIndexServer,
  { peers, isPrivate = false }: { readonly peers: string; readonly isPrivate?: boolean },
): Promise<StartedIndex> {
  const program = (name: string): string => installedPeer(peers, "indexes", name) ?? name;
  switch (server) {
    case "pypiserver":
      return startPypiserver(world, program, isPrivate);
    case "devpi":
      return startDevpi(world, program);
    case "nginx":
      return startFolder(world, isPrivate);
  }
}

/** Packages come in by `twine upload`, with a login; reading wants one only of a private index. */
async function startPypiserver(
  world: World,
  program: (name: string) => string,
  isPrivate: boolean,
): Promise<StartedIndex> {
  const port = await freePort();
  const packages = join(world.directory, "pypiserver");
  mkdirSync(packages);
  const users = world.write("htpasswd", `${PACKAGER.username}:${await hashPassword(world)}\n`);
  const guarded = isPrivate ? "update,download,list" : "update";
  await startListening(
    world,
    [program("pypi-server"), "run", "-i", "127.0.0.1", "-p", `${port}`, "-a", guarded, "-P", users, packages],
    port,
  );
  const url = `http://localhost:${port}/`;
  const login = ["--username", PACKAGER.username, "--password", PACKAGER.password];
  await must(world, program("twine"), [
    "upload",
    "--non-interactive",
    "--repository-url",
    url,
    ...login,
    ...wheelFiles(world),
  ]);
  return { url: `${url}simple/` };
}

async function startDevpi(world: World, program: (name: string) => string): Promise<StartedIndex> {
  const port = await freePort();
  const folder = join(world.directory, "devpi");
  const clientFolder = ["--clientdir", join(world.directory, "devpi-client")];
  const devpi = (...args: readonly string[]): Promise<void> =>
    must(world, program("devpi"), [...args, ...clientFolder]);
  await must(world, program("devpi-init"), ["--serverdir", folder, "--no-root-pypi"]);
  await startListening(
    world,
    [program("devpi-server"), "--serverdir", folder, "--host", "127.0.0.1", "--port", `${port}`],
    port,
  );
  await devpi("use", `http://localhost:${port}`);
  await devpi("user", "-c", PACKAGER.username, `password=${PACKAGER.password}`);
  await devpi("login", PACKAGER.username, "--password", PACKAGER.password);
  await devpi("index", "-c", "tools", "bases=", "volatile=True");
  await devpi("use", `${PACKAGER.username}/tools`);
  await devpi("upload", ...wheelFiles(world));
  return { url: `http://localhost:${port}/${PACKAGER.username}/tools/+simple/` };
}

/** A folder per project, as its list of files; what `python -m http.server` and many a NAS serve. */
async function startFolder(world: World, isPrivate: boolean): Promise<StartedIndex> {
  const top = join(world.directory, "packages");
  for (const { name, filename, bytes } of sampleWheels())
    world.write(join("packages", name, filename), bytes);
  const users = `${PACKAGER.username}:${await hashPassword(world)}\n`;
  return startNginxFolder(world, top, isPrivate ? world.write("htpasswd", users) : undefined);
}

function wheelFiles(world: World): readonly string[] {
  return sampleWheels().map(({ filename, bytes }) => world.write(join("upload", filename), bytes));
}

/** As Apache's htpasswd writes it. */
async function hashPassword(world: World): Promise<string> {
  const { stdout } = await world.program("openssl", ["passwd", "-apr1", PACKAGER.password]);
  return stdout.trim();
}

async function must(world: World, program: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await world.program(program, args, { timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`${program} ${args[0]} failed: ${stdout}${stderr}`);
}
