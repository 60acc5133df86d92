// What a session brings into a folder instead of installing it: distributions, wheels, and what a project is built into.

import type { Destination } from "../destination.ts";
import { isPinionError } from "../../errors.ts";
import { isBuildable, type DirectorySource, type SdistSource } from "../../sources/source.ts";
import { planBuilds } from "../builds/planned-builds.ts";
import type { DownloadedFile } from "../download.ts";
import type {
  BuildAllRequest,
  BuildRequest,
  DownloadRequest,
  ProjectBuild,
  ResolveRequest,
  WheelsRequest,
} from "../requests.ts";
import type { SessionBuilders } from "./builders.ts";
import type { Resolved, Session } from "./interface.ts";
import type { SessionResources } from "./resources.ts";

export class SessionFiles {
  readonly #resources: SessionResources;
  readonly #builders: SessionBuilders;
  readonly #resolveIn: Session["resolve"];

  constructor(resources: SessionResources, builders: SessionBuilders, resolve: Session["resolve"]) {
    this.#resources = resources;
    this.#builders = builders;
    this.#resolveIn = resolve;
  }

  async download(request: DownloadRequest): Promise<readonly DownloadedFile[]> {
    const { folder, target, signal } = request;
    const destination: Destination = { kind: "directory", path: folder, target };
    const { toPlanned } = await import("../plan/make.ts");
    const { downloadAll } = await import("../download.ts");
    const { distributions, registry } = await this.#resolve(
      { ...request, sourceDistributions: "take" },
      destination,
    );
    const planned = distributions.map(toPlanned);
    return await downloadAll(planned, { folder, files: registry, concurrency: this.#concurrency, signal });
  }

  async wheels({ folder, python, ...request }: WheelsRequest): Promise<readonly DownloadedFile[]> {
    const { signal } = request;
    const destination: Destination = { kind: "environment", interpreter: python };
    const { toPlanned } = await import("../plan/make.ts");
    const { downloadAll } = await import("../download.ts");
    const { buildPlanned } = await import("../builds/build-files.ts");
    const { distributions, registry, indexes, builds } = await this.#resolve(request, destination);
    const planned = distributions.map(toPlanned);
    const ready = planned.filter(({ source }) => !isBuildable(source));
    const files = await downloadAll(ready, {
      folder,
      files: registry,
      concurrency: this.#concurrency,
      signal,
    });
    const builder = await this.#builders.open({ destination, indexes, builds }, python);
    const built = await buildPlanned(
      planned.filter(({ source }) => isBuildable(source)),
      { builder, folder, signal },
    );
    return [...files, ...built].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  async build({ directory, ...request }: BuildRequest): Promise<readonly string[]> {
    const { projectSource } = await import("../builds/build-files.ts");
    const source = projectSource(directory, request.formats ?? "both");
    return await (
      await this.#openBuild(request, [directory])
    )(source);
  }

  async buildAll({ projects, ...request }: BuildAllRequest): Promise<readonly ProjectBuild[]> {
    const { projectSource } = await import("../builds/build-files.ts");
    const build = await this.#openBuild(
      request,
      projects.map(({ directory }) => directory),
    );
    return await Promise.all(
      projects.map(async ({ name, directory }): Promise<ProjectBuild> => {
        try {
          const files = await build(projectSource(directory, request.formats ?? "both"), name);
          return { kind: "built", name, files };
        } catch (error) {
          if (isPinionError(error, "net/cancelled")) throw error;
          return { kind: "failed", name, error };
        }
      }),
    );
  }

  /** A builder with the output folder ready. */
  async #openBuild(
    { folder, formats = "both", python, ...request }: Omit<BuildRequest, "directory">,
    directories: readonly string[],
  ): Promise<(source: DirectorySource | SdistSource, project?: string) => Promise<readonly string[]>> {
    const { signal, workspace, isCleared, isGitIgnored, isOutputShown = false } = request;
    await this.#resources.announceCacheUse(signal);
    const { buildProject } = await import("../builds/build-files.ts");
    const { prepareOutputFolder } = await import("../builds/output-folder.ts");
    const destination: Destination = { kind: "environment", interpreter: python };
    const indexes = await this.#resources.ownIndexes();
    const builder = await this.#builders.open({ destination, indexes, builds: planBuilds(request) }, python);
    await prepareOutputFolder(folder, { sources: directories, workspace, isCleared, isGitIgnored });
    return (source, project) =>
      buildProject({ source, formats, project }, { builder, folder, isOutputShown, signal });
  }

  get #concurrency(): number | undefined {
    return this.#resources.options.network?.concurrentDownloads;
  }

  async #resolve(request: ResolveRequest, destination: Destination): Promise<Resolved> {
    const resolved = await this.#resolveIn(request, { destination, installed: [] });
    for (const message of [...resolved.inputs.warnings, ...resolved.resolution.warnings])
      this.#resources.onEvent({ kind: "warning", message });
    return resolved;
  }
}
