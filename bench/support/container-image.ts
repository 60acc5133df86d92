// What examples/oci-layer replaces: an image that is built by `RUN pip install` and pushed, by buildah, which needs no daemon, and
// Debian's docker-registry behind TLS.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { onSearchPath, readProgram, runProgram } from "./commands.ts";
import { serverFiles, type ServedIndex, type World } from "./world.ts";

export interface ImageTools {
  readonly buildah: string;
  readonly registry: string;
  /** An image with Python and pip, as `buildah pull` names it: `docker.io/library/python:3.12-slim`, `oci-archive:/a/file`. */
  readonly base: string;
}

/** The tools, or what is missing of them. */
export function findImageTools(): ImageTools | { readonly missing: string } {
  const [buildah, registry] = ["buildah", "docker-registry"].map(onSearchPath);
  const base = process.env["PINION_BENCH_IMAGE"];
  if (buildah === undefined) return { missing: "buildah" };
  if (registry === undefined) return { missing: "docker-registry" };
  return base === undefined
    ? { missing: "an image with Python (PINION_BENCH_IMAGE)" }
    : { buildah, registry, base };
}

export interface Registry {
  readonly host: string;
  /** A file that its certificate and those of the index are trusted by. */
  readonly bundle: string;
  /** A folder, as `--cert-dir` takes it. */
  readonly certificates: string;
  readonly close: () => void;
}

export async function startRegistry(
  { registry }: ImageTools,
  world: World,
  index: ServedIndex,
): Promise<Registry> {
  const { bundle, chain, key } = serverFiles(world);
  const port = await freePort();
  const configuration = world.fresh("registry.yml");
  writeFileSync(
    configuration,
    `version: 0.1
log: { accesslog: { disabled: true }, level: error }
storage: { filesystem: { rootdirectory: ${world.fresh("registry")} } }
http: { addr: "127.0.0.1:${port}", tls: { certificate: ${chain}, key: ${key} } }
`,
  );
  const child = spawn(registry, ["serve", configuration], { stdio: "ignore" });
  while (child.exitCode === null && !(await isListening(port)))
    await new Promise((resolve) => setTimeout(resolve, 20));
  if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
  const certificates = world.fresh("certificates");
  mkdirSync(certificates);
  cpSync(bundle, join(certificates, "ca.crt"));
  const both = world.fresh("bundle.pem");
  writeFileSync(both, `${readFileSync(bundle, "utf8")}\n${readFileSync(index.bundle, "utf8")}`);
  return { host: `localhost:${port}`, bundle: both, certificates, close: () => child.kill() };
}

/** The lines of {@link DOCKERFILE}, and two commands. */
export const IMAGE_LINES = 6;

/** Builds and pushes below one folder, which has its own storage. */
export function imageBuild(tools: ImageTools, registry: Registry, index: ServedIndex, requirements: string) {
  const buildah = (folder: string): readonly string[] => [
    tools.buildah,
    "--root",
    join(folder, "storage"),
    "--runroot",
    join(folder, "run"),
  ];
  const push = (folder: string, image: string): void =>
    runProgram([...buildah(folder), "push", "--cert-dir", registry.certificates, image]);
  return {
    /** As on a machine, and beside a registry, that have the base image already. */
    prepare(folder: string, repository: string): void {
      const context = join(folder, "context");
      mkdirSync(context);
      writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
      cpSync(requirements, join(context, "requirements.txt"));
      const base = `${registry.host}/${repository}:base`;
      const id = readProgram([...buildah(folder), "pull", "--quiet", tools.base]);
      runProgram([...buildah(folder), "tag", id, base, "base"]);
      push(folder, base);
    },
    run(folder: string, repository: string): void {
      const image = `${registry.host}/${repository}:one`;
      const volume = `${index.bundle}:/bundle.pem:ro`;
      const settings = ["--isolation", "chroot", "--pull-never", "--volume", volume, "--tag", image];
      const args = [`PIP_INDEX_URL=${index.url}`, "PIP_CERT=/bundle.pem"];
      runProgram([
        ...buildah(folder),
        "build",
        ...settings,
        ...args.flatMap((arg) => ["--build-arg", arg]),
        join(folder, "context"),
      ]);
      push(folder, image);
    },
  };
}

const DOCKERFILE = `FROM localhost/base
ARG PIP_INDEX_URL PIP_CERT
COPY requirements.txt /
RUN pip install --no-cache-dir -r /requirements.txt
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
