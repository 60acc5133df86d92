// The calls to one project's backend: its environment, what else it requires, then metadata and wheel.

import { lstatSync } from "node:fs";
import { basename, join } from "node:path";

import { PinionError, isPinionError } from "../errors.ts";
import { parseRequirement, formatRequirement, type Requirement } from "../pep/requirement.ts";
import type { Interpreter } from "../python/interpreter.ts";
import type { BuildableSource } from "../sources/source.ts";
import type { SourceTree } from "./build-system.ts";
import type { ConfigSettings } from "../pep/config-settings.ts";
import { buildFailed } from "./failure.ts";
import { hookEnvironment } from "./hook-environment.ts";
import { invalidAnswer, runHook, type HookAnswer, type HookName } from "./run-hook.ts";
import type { ProjectContext } from "./tools.ts";

export interface SessionOptions {
  readonly tree: SourceTree;
  /** What the tree is of. */
  readonly source: BuildableSource;
  readonly subject: string;
  readonly name: string | undefined;
  readonly isEditable: boolean;
  readonly isIsolated: boolean;
  readonly settings: ConfigSettings;
  /** Of the caller that waits now. */
  readonly signal: () => AbortSignal | undefined;
  readonly neededBy: readonly string[];
  readonly context: ProjectContext;
}

/** A file that a backend wrote. */
export interface BuiltFile {
  readonly filename: string;
  readonly path: string;
  readonly hook: HookName;
}

export class BuildSession {
  readonly #options: SessionOptions;
  readonly #environments = new Map<HookName, Promise<Interpreter>>();
  /** Where the hook wrote metadata, for the build that follows. */
  #metadataDirectory: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Writes the metadata of the wheel into a folder.
   *
   * @returns the `.dist-info` folder in it; undefined where the backend has no such hook
   * @throws build/failed, build/disabled, and what provisioning throws
   */
  async prepareMetadata(directory: string): Promise<string | undefined> {
    const { settings, isEditable } = this.#options;
    const hook = isEditable ? "prepare_metadata_for_build_editable" : "prepare_metadata_for_build_wheel";
    const answer = await this.#call(hook, [directory, settings], { writable: [directory] });
    if (answer.kind === "missing") return undefined;
    const name = plainName(answer.value);
    const isFolder =
      name !== undefined &&
      lstatSync(join(directory, name), { throwIfNoEntry: false })?.isDirectory() === true;
    if (
      !isFolder ||
      lstatSync(join(directory, name, "METADATA"), { throwIfNoEntry: false })?.isFile() !== true
    )
      throw this.invalid(hook, "it did not write the metadata");
    this.#metadataDirectory = join(directory, name);
    return name;
  }

  /** Builds the wheel into a folder. @throws as {@link prepareMetadata} */
  async buildWheel(directory: string): Promise<BuiltFile> {
    const { settings, isEditable } = this.#options;
    const hook = isEditable ? "build_editable" : "build_wheel";
    const arguments_ = [directory, settings, this.#metadataDirectory ?? null];
    return this.#readFile(await this.#call(hook, arguments_, { writable: [directory] }), hook, directory);
  }

  /** Builds a source distribution into a folder. @throws as {@link prepareMetadata} */
  async buildSdist(directory: string): Promise<BuiltFile> {
    const python = await this.#environmentFor("get_requires_for_build_sdist");
    const arguments_ = [directory, this.#options.settings];
    const answer = await this.#run("build_sdist", arguments_, { python, writable: [directory] });
    return this.#readFile(answer, "build_sdist", directory);
  }

  /** An answer of the backend that cannot be used, as the failure of this build. `reason` ends a sentence. */
  invalid(hook: HookName, reason: string): unknown {
    const { tree, context } = this.#options;
    return this.#failure(invalidAnswer(tree, hook, reason), context.tools.python);
  }

  /** @throws build/disabled where the project must not be built */
  refuseForbidden(): void {
    const { name, isEditable, subject, context } = this.#options;
    // What is installed in place is the user's own: as in uv, it is always built.
    if (isEditable || !context.tools.policy.forbidden(name)) return;
    throw new PinionError(
      "build/disabled",
      `Building source distributions is disabled, but attempted to build \`${name ?? subject}\``,
      { details: { name: name ?? null, subject } },
    );
  }

  #readFile(answer: HookAnswer, hook: HookName, directory: string): BuiltFile {
    if (answer.kind === "missing") throw this.invalid(hook, "the backend does not have this hook");
    const filename = plainName(answer.value);
    if (filename === undefined)
      throw this.invalid(hook, `\`${JSON.stringify(answer.value)}\` is not the name of a file`);
    const path = join(directory, filename);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) return { filename, path, hook };
    throw this.invalid(hook, `it did not write the file \`${filename}\``);
  }

  #failure(error: unknown, python: Interpreter): unknown {
    const { subject, isIsolated } = this.#options;
    return buildFailed(error, { subject, isIsolated, python: python.version.text });
  }

  async #call(
    hook: HookName,
    arguments_: readonly unknown[],
    { writable }: { readonly writable: readonly string[] },
  ): Promise<HookAnswer> {
    this.refuseForbidden();
    const requires: HookName = this.#options.isEditable
      ? "get_requires_for_build_editable"
      : "get_requires_for_build_wheel";
    const python = await this.#environmentFor(requires);
    return await this.#run(hook, arguments_, { python, writable });
  }

  /** The environment with everything that the backend requires, by the hook that names it. */
  #environmentFor(requires: HookName): Promise<Interpreter> {
    const known = this.#environments.get(requires);
    if (known !== undefined) return known;
    const making = this.#makeEnvironment(requires);
    this.#environments.set(requires, making);
    return making;
  }

  async #makeEnvironment(requires: HookName): Promise<Interpreter> {
    const { tree, isIsolated, settings, context } = this.#options;
    if (!isIsolated) return context.tools.python;
    const first = await this.#provision(tree.buildSystem.requires, "`build-system.requires`");
    const answer = await this.#run(requires, [settings], { python: first, writable: [] });
    const further = answer.kind === "missing" ? [] : this.#readRequirements(answer.value, requires);
    const isKnown = (requirement: Requirement): boolean => {
      const text = formatRequirement(requirement);
      return tree.buildSystem.requires.some((known) => formatRequirement(known) === text);
    };
    const missing = further.filter((requirement) => !isKnown(requirement));
    if (missing.length === 0) return first;
    const all = [...tree.buildSystem.requires, ...missing];
    return await this.#provision(all, `\`build-system.requires\` and \`${requires}\``);
  }

  async #provision(requirements: readonly Requirement[], from: string): Promise<Interpreter> {
    const { context, neededBy, source, tree } = this.#options;
    try {
      const { python } = context.tools;
      return await context.tools.provision({
        requirements,
        requiredBy: source,
        python,
        neededBy,
        signal: this.#options.signal(),
      });
    } catch (error) {
      if (!isPinionError(error) || error.code === "net/cancelled") throw error;
      const origin = tree.buildSystem.isDeclared || tree.pyproject !== undefined ? from : "`setup.py` build";
      throw new PinionError(error.code, `Failed to resolve requirements from ${origin}`, {
        details: { ...error.details, requirements: requirements.map(formatRequirement) },
        hints: error.hints,
        cause: isPinionError(error, "resolve/no-solution") ? namingRequirements(error, requirements) : error,
      });
    }
  }

  #readRequirements(value: unknown, hook: HookName): readonly Requirement[] {
    if (!Array.isArray(value)) throw this.invalid(hook, "it is not a list of requirements");
    return value.map((text: unknown) => {
      try {
        if (typeof text === "string") return parseRequirement(text);
      } catch (error) {
        if (!isPinionError(error)) throw error;
      }
      throw this.invalid(hook, `\`${String(text)}\` is not a requirement`);
    });
  }

  async #run(
    hook: HookName,
    arguments_: readonly unknown[],
    { python, writable }: { readonly python: Interpreter; readonly writable: readonly string[] },
  ): Promise<HookAnswer> {
    const { tree, subject, isIsolated, context } = this.#options;
    const { tools, builds } = context;
    const { guard } = tools.policy;
    const env = hookEnvironment(await tools.env(), {
      python,
      isIsolated,
      isCacheShared: tools.isCacheShared,
    });
    return await builds.run(1, async () => {
      tools.onEvent({ kind: "build-hook", subject, hook });
      try {
        return await runHook(
          { hooks: [hook], arguments: { [hook]: arguments_ } },
          {
            python: python.executable,
            tree,
            env,
            timeoutMs: tools.policy.timeoutMs,
            signal: this.#options.signal(),
            wrap:
              guard === undefined
                ? undefined
                : (command) => guard(command, { subject, hook, writable: [tree.directory, ...writable] }),
            onOutput: (stream, text) => tools.onEvent({ kind: "build-output", subject, stream, text }),
          },
        );
      } catch (error) {
        throw this.#failure(error, python);
      }
    });
  }
}

/** A name without a folder; undefined for anything else. */
function plainName(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "" || value === "." || value === "..") return undefined;
  return basename(value) === value && !/[\\/\p{Cc}]/u.test(value) ? value : undefined;
}

function namingRequirements(error: PinionError, requirements: readonly Requirement[]): PinionError {
  const names = requirements.map((requirement) => `\`${formatRequirement(requirement)}\``).join(", ");
  return new PinionError("resolve/no-solution", `No solution found when resolving: ${names}`, {
    details: error.details,
    cause: error.cause,
  });
}
