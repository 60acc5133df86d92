// What a session brings into a folder instead of installing it: distributions, wheels, and what a project is built into.

import type { Destination } from "../destination.ts";
import { isBuildable } from "../../sources/source.ts";
import { planBuilds } from "../builds/build-choices.ts";
import type { DownloadedFile } from "../download.ts";
import type { BuildRequest, DownloadRequest, ResolveRequest, WheelsRequest } from "../requests.ts";
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

  async build({ directory, folder, formats, python, ...request }: BuildRequest): Promise<readonly string[]> {
    const { signal, isCleared, isGitIgnored } = request;
    await this.#resources.announceCacheUse(signal);
    const { buildProject, projectSource } = await import("../builds/build-files.ts");
    const { prepareOutputFolder } = await import("../builds/output-folder.ts");
    const source = projectSource(directory, formats ?? "both");
    const destination: Destination = { kind: "environment", interpreter: python };
    const indexes = await this.#resources.ownIndexes();
    const builder = await this.#builders.open(
      { destination, indexes, builds: planBuilds(request, request) },
      python,
    );
    prepareOutputFolder(folder, { source: directory, isCleared, isGitIgnored });
    return await buildProject(source, formats ?? "both", { builder, folder, signal });
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
