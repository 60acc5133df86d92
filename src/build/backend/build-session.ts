// The calls to one project's backend: its environment, what else it requires, then metadata and wheel.

import { basename, join } from "node:path";

import { isOwnFile, isOwnFolder } from "../../base/files/folder.ts";
import { PinionError, isPinionError } from "../../errors.ts";
import { parseRequirement, formatRequirement, type Requirement } from "../../pep/requirements/requirement.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import type { SourcedRequirement } from "../../sources/projects/project-sources.ts";
import type { BuildableSource } from "../../sources/source.ts";
import type { RequestedBuild } from "../../sources/source-builder.ts";
import type { SourceTree } from "./build-system.ts";
import type { ConfigSettings } from "../../pep/config-settings.ts";
import { buildFailed, refusedServer } from "./failure.ts";
import { hookEnvironment } from "./hook-environment.ts";
import {
  invalidAnswer,
  runHook,
  runHooks,
  type HookAnswer,
  type HookCall,
  type HookName,
  type HookProcess,
  type InvalidAnswer,
} from "./run-hook.ts";
import type { ExtraBuildRequirement } from "../../pep/extra-build-requirement.ts";
import type { ProjectContext, ServerExamination } from "../tools.ts";

export interface SessionOptions {
  readonly tree: SourceTree;
  /** What the tree is of. */
  readonly source: BuildableSource;
  readonly subject: string;
  readonly name: string | undefined;
  readonly isEditable: boolean;
  /** A build requirement from the sources that the project has for it. */
  readonly sourced: (requirements: readonly Requirement[]) => readonly SourcedRequirement[];
  readonly requested: RequestedBuild | undefined;
  readonly isIsolated: boolean;
  readonly settings: ConfigSettings;
  /** What settings require for the build. */
  readonly extraRequirements: readonly ExtraBuildRequirement[];
  /** What settings add to the environment variables. */
  readonly variables: Readonly<Record<string, string>>;
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

/** A call, with the folders that it writes. */
interface WritingCall extends HookCall {
  readonly writable: readonly string[];
}

/** An environment that has all that a build requires; with the answer of the call that it was made for, if that ran too. */
interface MadeEnvironment {
  readonly python: Interpreter;
  readonly answer?: HookAnswer | undefined;
}

export class BuildSession {
  readonly #options: SessionOptions;
  readonly #environments = new Map<HookName, Promise<MadeEnvironment>>();
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
    this.refuseForbidden("metadata");
    const { settings, isEditable } = this.#options;
    const hook = isEditable ? "prepare_metadata_for_build_editable" : "prepare_metadata_for_build_wheel";
    const answer = await this.#call({ hook, arguments: [directory, settings], writable: [directory] });
    if (answer.kind === "missing") return undefined;
    const name = plainName(answer.value);
    const isFolder = name !== undefined && isOwnFolder(join(directory, name));
    if (!isFolder || !isOwnFile(join(directory, name, "METADATA")))
      throw this.#invalid(hook, {
        reason: "it did not write the metadata",
        isMetadataMissing: name !== undefined,
      });
    this.#metadataDirectory = join(directory, name);
    return name;
  }

  /** Builds the wheel into a folder. @throws as {@link prepareMetadata} */
  async buildWheel(directory: string): Promise<BuiltFile> {
    this.refuseForbidden("wheel");
    const { settings, isEditable } = this.#options;
    const hook = isEditable ? "build_editable" : "build_wheel";
    const arguments_ = [directory, settings, this.#metadataDirectory ?? null];
    const answer = await this.#call({ hook, arguments: arguments_, writable: [directory] });
    return this.#readFile(answer, hook, directory);
  }

  /** Builds a source distribution into a folder. @throws as {@link prepareMetadata} */
  async buildSdist(directory: string): Promise<BuiltFile> {
    const call = { hook: "build_sdist", arguments: [directory, this.#options.settings] } as const;
    const answer = await this.#callAfter("get_requires_for_build_sdist", { ...call, writable: [directory] });
    return this.#readFile(answer, call.hook, directory);
  }

  /** An answer of the backend that cannot be used, as the failure of this build. `reason` ends a sentence. */
  invalid(hook: HookName, reason: string): unknown {
    return this.#invalid(hook, { reason });
  }

  #invalid(hook: HookName, answer: InvalidAnswer): unknown {
    const { tree, context } = this.#options;
    return this.#failure(invalidAnswer(tree, hook, answer), context.tools.python);
  }

  /**
   * What `build` names is to be built. What is installed in place is the user's own, whose wheel is made even where builds are
   * disabled; but then nothing is run to learn what it requires: as in uv.
   *
   * @throws build/disabled where the project must not be built
   */
  refuseForbidden(what: "metadata" | "wheel"): void {
    const { name, requested, isEditable, subject, context } = this.#options;
    if (requested !== undefined || (isEditable && what === "wheel")) return;
    if (!context.tools.policy.forbidden(name)) return;
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
    if (isOwnFile(path)) return { filename, path, hook };
    throw this.invalid(hook, `it did not write the file \`${filename}\``);
  }

  #failure(error: unknown, python: Interpreter, examination?: ServerExamination): unknown {
    const { subject, isIsolated } = this.#options;
    return buildFailed(error, { subject, isIsolated, python: python.version.text, examination });
  }

  async #call(call: WritingCall): Promise<HookAnswer> {
    const { isEditable } = this.#options;
    return await this.#callAfter(
      isEditable ? "get_requires_for_build_editable" : "get_requires_for_build_wheel",
      call,
    );
  }

  /** Calls a hook in the environment with everything that the backend requires, by the hook that names it. */
  async #callAfter(requires: HookName, call: WritingCall): Promise<HookAnswer> {
    const known = this.#environments.get(requires);
    if (known !== undefined) return await this.#run(call, (await known).python);
    const making = this.#makeEnvironment(requires, call);
    this.#environments.set(requires, making);
    const { python, answer } = await making;
    return answer ?? (await this.#run(call, python));
  }

  async #makeEnvironment(requires: HookName, next: WritingCall): Promise<MadeEnvironment> {
    const { tree, isIsolated, settings, context } = this.#options;
    if (!isIsolated) return { python: context.tools.python };
    const extra = this.#extraRequirements();
    const named = `\`build-system.requires\`${extra.length === 0 ? "" : " and `extra-build-dependencies`"}`;
    const python = await this.#provision(tree.buildSystem.requires, { extra, from: named });
    const call = { hook: requires, arguments: [settings], writable: [] };
    const [answer, nextAnswer] = this.#mayShareProcess()
      ? await this.#runBoth(call, next, python)
      : [await this.#run(call, python)];
    const further = answer.kind === "missing" ? [] : this.#readRequirements(answer.value, requires);
    const isKnown = (requirement: Requirement): boolean => {
      const text = formatRequirement(requirement);
      return tree.buildSystem.requires.some((known) => formatRequirement(known) === text);
    };
    const missing = further.filter((requirement) => !isKnown(requirement));
    if (missing.length === 0) return { python, answer: nextAnswer };
    const all = [...tree.buildSystem.requires, ...missing];
    const from = `\`build-system.requires\` and \`${requires}\``;
    return { python: await this.#provision(all, { extra, from }) };
  }

  /** @throws settings/invalid for one that only the plan that the build is for could answer */
  #extraRequirements(): readonly Requirement[] {
    const { extraRequirements, subject } = this.#options;
    return extraRequirements.map(({ text, matchesRuntime }) => {
      if (matchesRuntime !== true) return parseRequirement(text);
      throw new PinionError(
        "settings/invalid",
        `Failed to build \`${subject}\`: \`extra-build-dependencies\` has \`${text}\` with \`match-runtime = true\`, which is not supported`,
        { details: { subject, requirement: text } },
      );
    });
  }

  get #isRequested(): { readonly isRequested?: true } {
    return this.#options.requested === undefined ? {} : { isRequested: true };
  }

  /** A guard sees each hook by itself, and a time-out is that of each hook. */
  #mayShareProcess(): boolean {
    const { guard, timeoutMs } = this.#options.context.tools.policy;
    return process.platform === "linux" && guard === undefined && timeoutMs === undefined;
  }

  async #provision(
    own: readonly Requirement[],
    { extra, from }: { readonly extra: readonly Requirement[]; readonly from: string },
  ): Promise<Interpreter> {
    const requirements = [...own, ...extra];
    const { context, neededBy, source, subject, tree } = this.#options;
    try {
      const { python } = context.tools;
      return await context.tools.provision({
        requirements: [
          ...this.#options.sourced(own),
          ...extra.map((requirement) => ({ requirement, isOfSettings: true as const })),
        ],
        requiredBy: source,
        python,
        neededBy,
        signal: this.#options.signal(),
      });
    } catch (error) {
      if (!isPinionError(error) || error.code === "net/cancelled") throw error;
      const origin = tree.buildSystem.isDeclared || tree.pyproject !== undefined ? from : "`setup.py` build";
      const step = error.code.startsWith("wheel/") ? "install" : "resolve";
      const details = { ...error.details, subject, requirements: requirements.map(formatRequirement) };
      throw new PinionError(error.code, `Failed to build \`${subject}\``, {
        details,
        hints: error.hints,
        cause: new PinionError(error.code, `Failed to ${step} requirements from ${origin}`, {
          cause: isPinionError(error, "resolve/no-solution")
            ? namingRequirements(error, requirements)
            : error,
        }),
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

  async #run(call: WritingCall, python: Interpreter): Promise<HookAnswer> {
    return await this.#within(call, python, (process) => runHook(call, process));
  }

  async #runBoth(
    first: WritingCall,
    next: WritingCall,
    python: Interpreter,
  ): Promise<readonly [HookAnswer, HookAnswer?]> {
    const { subject, tree, context } = this.#options;
    const known = tree.buildSystem.requires.map(formatRequirement);
    const onNext = (): void =>
      context.tools.onEvent({ kind: "build-hook", subject, hook: next.hook, ...this.#isRequested });
    return await this.#within(first, python, (process) => runHooks({ first, next, known }, process, onNext));
  }

  /** Calls a hook as one of the builds that may run at a time. */
  async #within<T>(
    { hook, writable }: WritingCall,
    python: Interpreter,
    run: (process: HookProcess) => Promise<T>,
  ): Promise<T> {
    const { tree, subject, isIsolated, variables, context } = this.#options;
    const { tools, builds } = context;
    const { guard } = tools.policy;
    const env = hookEnvironment(await tools.env(), {
      python,
      isIsolated,
      isCacheShared: tools.isCacheShared,
      variables,
    });
    return await builds.run(1, async () => {
      tools.onEvent({ kind: "build-hook", subject, hook, ...this.#isRequested });
      try {
        return await run({
          python: python.executable,
          tree,
          env,
          timeoutMs: tools.policy.timeoutMs,
          signal: this.#options.signal(),
          wrap:
            guard === undefined
              ? undefined
              : (command) => guard(command, { subject, hook, writable: [tree.directory, ...writable] }),
          isOutputShown: this.#options.requested?.isOutputShown,
          onOutput: (stream, text) =>
            tools.onEvent({ kind: "build-output", subject, stream, text, ...this.#isRequested }),
        });
      } catch (error) {
        // What a guard keeps from the network must not get there by its output.
        const server = guard === undefined ? refusedServer(error) : undefined;
        const examination = server && (await tools.examineServer?.(server, this.#options.signal()));
        throw this.#failure(error, python, examination);
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
