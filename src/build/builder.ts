// Builds sources: finds out what they require, by building only where nothing else has them, and makes their wheels, each once
// for a source and its settings (PEP 517, 518, 643, 660).

import { madeOnce } from "../base/work/once.ts";
import { PinionError } from "../errors.ts";
import { isRefreshed } from "../sources/fetching/refresh.ts";
import type { BuildableSource } from "../sources/source.ts";
import type { BuildOptions, SourceBuilder, SourceMetadata } from "../sources/source-builder.ts";
import type { UnpackedWheel } from "../store/store.ts";
import { Limit } from "../base/work/limit.ts";
import type { BuiltFile } from "./backend/build-session.ts";
import { Project } from "./project.ts";
import type { BuildRequest } from "./request.ts";
import type { BuildTools } from "./tools.ts";
import { openWorkFolder, type WorkFolder } from "./trees/work-folder.ts";

/** The builder of one run. */
export interface Builder extends SourceBuilder {
  /** The same builder for what builds need, outermost build first: it detects cycles. */
  neededBy(chain: readonly string[]): SourceBuilder;
  /**
   * Builds the archive of a wheel, or of a source distribution. It stays where it is until the builder is closed.
   *
   * @throws as {@link SourceBuilder.metadata}
   */
  file(source: BuildableSource, format: "wheel" | "sdist", options?: BuildOptions): Promise<BuiltFile>;
  /** Removes what was unpacked for building. */
  close(): Promise<void>;
}

/** Opens a builder for one run. Nothing is made before the first request. */
export function createBuilder(tools: BuildTools): Builder {
  return new OpenBuilder(tools);
}

class OpenBuilder implements Builder {
  readonly #tools: BuildTools;
  readonly #builds: Limit;
  readonly #projects = new Map<string, Project>();
  readonly #commits = new Map<string, string>();
  /** Which project waits for which, to distinguish a cycle from a long wait. */
  readonly #waiting = new Map<string, Set<string>>();
  #work: WorkFolder | undefined;

  constructor(tools: BuildTools) {
    this.#tools = tools;
    this.#builds = new Limit(tools.concurrency);
  }

  metadata(source: BuildableSource, options: BuildOptions = {}): Promise<SourceMetadata> {
    return this.#metadata({ ...options, source, neededBy: [] });
  }

  wheel(source: BuildableSource, options: BuildOptions = {}): Promise<UnpackedWheel> {
    return this.#within({ ...options, source, neededBy: [] }, (project) => project.wheel());
  }

  file(source: BuildableSource, format: "wheel" | "sdist", options: BuildOptions = {}): Promise<BuiltFile> {
    return this.#within({ ...options, source, neededBy: [] }, (project) =>
      format === "wheel" ? project.wheelFile() : project.sdistFile(),
    );
  }

  neededBy(chain: readonly string[]): SourceBuilder {
    return {
      metadata: (source, options) => this.#metadata({ ...options, source, neededBy: chain }),
      wheel: (source, options) =>
        this.#within({ ...options, source, neededBy: chain }, (project) => project.wheel()),
    };
  }

  async close(): Promise<void> {
    const work = this.#work;
    this.#work = undefined;
    this.#projects.clear();
    await work?.close();
  }

  async #metadata(request: BuildRequest): Promise<SourceMetadata> {
    return await this.#within(request, async (project) => {
      const found = await project.describe();
      // The wheel is requested by what was found out.
      this.#projects.set(keyOf({ ...request, source: found.source }), project);
      return found;
    });
  }

  async #within<T>(request: BuildRequest, work: (project: Project) => Promise<T>): Promise<T> {
    const label = labelOf(request.source);
    const needing = request.neededBy.at(-1);
    if (needing !== undefined) this.#wait(needing, label, request.neededBy);
    const project = this.#projectOf(request, label);
    try {
      return await work(project);
    } catch (error) {
      // Another run of the same session may ask again.
      for (const [key, known] of this.#projects) if (known === project) this.#projects.delete(key);
      throw error;
    } finally {
      if (needing !== undefined) this.#waiting.get(needing)?.delete(label);
    }
  }

  /** Notes that a build waits for another; refuses where that one waits for it, however far around. */
  #wait(needing: string, needed: string, chain: readonly string[]): void {
    const start = chain.indexOf(needed);
    const way = start === -1 ? this.#wayBetween(needed, needing) : chain.slice(start);
    if (way !== undefined) throw cyclic(needed, [...way, needed]);
    madeOnce(this.#waiting, needing, () => new Set()).add(needed);
  }

  #wayBetween(
    from: string,
    to: string,
    seen: ReadonlySet<string> = new Set(),
  ): readonly string[] | undefined {
    if (from === to) return [from];
    if (seen.has(from)) return undefined;
    for (const next of this.#waiting.get(from) ?? []) {
      const way = this.#wayBetween(next, to, new Set([...seen, from]));
      if (way !== undefined) return [from, ...way];
    }
    return undefined;
  }

  #projectOf(request: BuildRequest, label: string): Project {
    const key = keyOf(request);
    const known = this.#projects.get(key);
    if (known !== undefined) {
      known.attend(request.signal);
      return known;
    }
    const project = new Project(request, {
      tools: this.#tools,
      label,
      newPath: (hint) => {
        this.#work ??= openWorkFolder(this.#tools.store.directory);
        return this.#work.newPath(hint);
      },
      builds: this.#builds,
      commits: this.#commits,
    });
    this.#projects.set(key, project);
    return project;
  }
}

/** Credentials do not distinguish sources. */
function keyOf({ source, hashes = [], configSettings = {}, refresh }: BuildRequest): string {
  const { version: _, ...rest } = source;
  return JSON.stringify([
    Object.entries(rest).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    hashes,
    configSettings,
    isRefreshed(refresh, source.name),
  ]);
}

/** By which sources are distinguished while builds wait for each other. */
function labelOf(source: BuildableSource): string {
  return source.name ?? source.url;
}

function cyclic(name: string, way: readonly string[]): PinionError {
  return new PinionError("build/cycle", `Cyclic build dependency detected for \`${name}\``, {
    details: { name, cycle: way },
    hints: [`To build one, the next is needed: ${way.map((label) => `\`${label}\``).join(" → ")}`],
  });
}
