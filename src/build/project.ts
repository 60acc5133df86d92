// One source on its way to a wheel: unpacked or checked out once, built once, by the least that answers what is asked.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { makeFolders } from "../base/files/make-folders.ts";
import { readFileWithin } from "../base/files/small-file.ts";
import { PinionError } from "../errors.ts";
import { tryParseWheelFilename } from "../pep/files/filename.ts";
import { parseMetadata, type Metadata } from "../pep/metadata/metadata.ts";
import { readProjectTable } from "../pep/project-table.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import { isCompatible, type Target } from "../pep/tags/tags.ts";
import { tryParseVersion } from "../pep/versions/version.ts";
import type { UnpackedWheel } from "../store/store.ts";
import { BuildSession, type BuiltFile } from "./backend/build-session.ts";
import type { SourceTree } from "./backend/build-system.ts";
import type { BuildRecords } from "./build-records.ts";
import {
  choicesOf,
  hasChoicesByName,
  identityBefore,
  isAllowedBy,
  isIsolated,
  recordsOf,
  settingsOf,
} from "./kept-wheel.ts";
import { obtainTree, type ObtainedTree } from "./trees/obtain-tree.ts";
import { invalidProject } from "../sources/projects/invalid-project.ts";
import {
  hasDynamicFields,
  MAX_METADATA_BYTES,
  readStaticMetadata,
  statedName,
} from "./trees/static-metadata.ts";
import { showSource } from "../sources/show-source.ts";
import { isRefreshed } from "../sources/fetching/refresh.ts";
import { folderFrom, readProjectGroups } from "../sources/projects/project-groups.ts";
import { withSources, type SourcedRequirement } from "../sources/projects/project-sources.ts";
import { checkStatements, type StatedIndex } from "../sources/projects/project-statements.ts";
import type { SourceMetadata } from "../sources/source-builder.ts";
import type { BuildRequest } from "./request.ts";
import type { BuildableSource } from "../sources/source.ts";
import type { ProjectContext, RequestedArchive } from "./tools.ts";

export class Project {
  readonly #request: BuildRequest;
  readonly #context: ProjectContext;
  #describing: Promise<SourceMetadata> | undefined;
  #building: Promise<UnpackedWheel> | undefined;
  #making: Promise<UnpackedWheel> | undefined;
  #obtaining: Promise<ObtainedTree> | undefined;
  #file: BuiltFile | undefined;
  #signal: AbortSignal | undefined;
  #session: BuildSession | undefined;
  /** As soon as it is known. */
  #name: string | undefined;

  constructor(request: BuildRequest, context: ProjectContext) {
    this.#request = request;
    this.#name = request.source.name;
    this.#context = context;
    this.#signal = request.signal ?? context.tools.signal;
  }

  describe(): Promise<SourceMetadata> {
    this.#describing ??= this.#describe();
    return this.#describing;
  }

  wheel(): Promise<UnpackedWheel> {
    this.#building ??= this.#wheelAfterDescription();
    return this.#building;
  }

  /** One process at a time works in a tree. */
  async #wheelAfterDescription(): Promise<UnpackedWheel> {
    await this.#describing?.catch(() => undefined);
    return await this.#built();
  }

  #built(): Promise<UnpackedWheel> {
    this.#making ??= this.#makeWheel();
    return this.#making;
  }

  async #describe(): Promise<SourceMetadata> {
    if (this.#making !== undefined)
      return this.#described(metadataOf(await this.#making), await this.#obtain());
    const early = this.#earlier(undefined)?.readMetadata();
    if (early !== undefined) return { ...this.#described(early.metadata, undefined), record: early.key };
    const obtained = await this.#obtain();
    if (this.#request.isLocked !== true) this.#refuseInvalidGroups(obtained);
    const known = this.#earlier(obtained)?.readMetadata();
    if (known !== undefined) return this.#described(known.metadata, obtained);
    const { kind } = this.#request.source;
    const fixed = readStaticMetadata(obtained.tree, { isReleased: kind === "sdist" });
    if (fixed === undefined) this.#sessionOf(obtained).refuseForbidden("metadata");
    const metadata = fixed ?? (await this.#prepareMetadata(obtained));
    if (metadata === undefined) return this.#described(metadataOf(await this.#built()), obtained);
    const described = this.#described(metadata, obtained);
    // Where a repository's own sources count, its files are looked at each time.
    if (described.sourced === undefined) this.#records(obtained)?.writeMetadata(metadata);
    return described;
  }

  /** By the backend's hook; undefined where it has none, or where its answer need not be that of the wheel. */
  async #prepareMetadata(obtained: ObtainedTree): Promise<Metadata | undefined> {
    const { tree } = obtained;
    // Hatch's own hooks may change metadata in the build only.
    if (tree.buildSystem.backend === "hatchling.build" && hasDynamicFields(tree.pyproject)) return undefined;
    const directory = this.#context.newPath("metadata");
    makeFolders(directory);
    const distInfo = await this.#sessionOf(obtained).prepareMetadata(directory);
    if (distInfo === undefined) return undefined;
    return parseMetadata(
      readFileWithin(join(directory, distInfo, "METADATA"), MAX_METADATA_BYTES).toString(),
    );
  }

  async #makeWheel(): Promise<UnpackedWheel> {
    const kept = this.#keptWheel(undefined);
    if (kept !== undefined) return kept;
    const obtained = await this.#obtain();
    const known = this.#keptWheel(obtained);
    if (known !== undefined) return known;
    return (await this.#buildNow(obtained)).wheel;
  }

  /** The wheel's archive, which only a build of this run has. */
  async wheelFile(): Promise<BuiltFile> {
    if (this.#request.requested !== undefined)
      this.#context.tools.onEvent({ kind: "build-started", ...this.#about("wheel") });
    await this.#building?.catch(() => undefined);
    if (this.#file !== undefined) return this.#file;
    return (await this.#buildNow(await this.#obtain())).file;
  }

  /** Builds a source distribution. */
  async sdistFile(): Promise<BuiltFile> {
    this.#context.tools.onEvent({ kind: "build-started", ...this.#about("sdist") });
    const obtained = await this.#obtain();
    const directory = this.#context.newPath("sdist");
    makeFolders(directory);
    const file = await this.#sessionOf(obtained).buildSdist(directory);
    this.#context.tools.onEvent({ kind: "build-finished", ...this.#about("sdist") });
    return file;
  }

  async #buildNow(
    obtained: ObtainedTree,
  ): Promise<{ readonly wheel: UnpackedWheel; readonly file: BuiltFile }> {
    const { tools } = this.#context;
    const session = this.#sessionOf(obtained);
    session.refuseForbidden("wheel");
    if (this.#request.requested === undefined)
      tools.onEvent({ kind: "build-started", ...this.#about("wheel") });
    const directory = this.#context.newPath("wheel");
    makeFolders(directory);
    const file = await session.buildWheel(directory);
    const { path, filename } = file;
    const parsed = tryParseWheelFilename(filename);
    if (parsed === undefined) throw session.invalid(file.hook, `\`${filename}\` is not the name of a wheel`);
    if (!isCompatible(parsed, tools.target)) throw incompatible(filename, tools.target);
    const wheel = await tools.store.addWheel({ path }, { filename, origin: "built", signal: this.#signal });
    this.#described(metadataOf(wheel), obtained);
    this.#records(obtained)?.writeWheel(wheel);
    this.#file = file;
    tools.onEvent({ kind: "build-finished", ...this.#about("wheel") });
    return { wheel, file };
  }

  #keptWheel(obtained: ObtainedTree | undefined): UnpackedWheel | undefined {
    const wheel = this.#earlier(obtained)?.readWheel();
    if (wheel !== undefined) this.#described(metadataOf(wheel), obtained);
    return wheel;
  }

  #obtain(): Promise<ObtainedTree> {
    this.#obtaining ??= this.#obtainTree();
    return this.#obtaining;
  }

  async #obtainTree(): Promise<ObtainedTree> {
    const obtained = await obtainTree({ ...this.#request, signal: this.#signal }, this.#context);
    // What `build` names is its backend's to judge.
    if (this.#request.requested === undefined) refuseInvalidTable(obtained.tree, this.#subject());
    this.#name ??= statedName(obtained.tree);
    return obtained;
  }

  /** Choices for single projects hold also where only the tree says which one it is. */
  #namedSource(): BuildableSource {
    const { source } = this.#request;
    return this.#name === undefined ? source : { ...source, name: this.#name };
  }

  #sessionOf(obtained: ObtainedTree): BuildSession {
    this.#session ??= new BuildSession({
      tree: obtained.tree,
      source: obtained.source,
      subject: this.#subject(),
      isEditable: this.#isEditable,
      sourced: (requirements) => sourcedOf(requirements, obtained),
      requested: this.#request.requested,
      isIsolated: isIsolated(this.#namedSource(), this.#context.tools.policy),
      name: this.#name,
      ...choicesOf(this.#namedSource(), this.#context.tools.policy),
      settings: settingsOf(this.#namedSource(), {
        configSettings: this.#request.configSettings,
        policy: this.#context.tools.policy,
      }),
      signal: () => this.#signal,
      neededBy: [...this.#request.neededBy, this.#context.label],
      context: this.#context,
    });
    return this.#session;
  }

  /** The same, unless everything is to be done again, or the hashes that are required are not those of the source. */
  #earlier(obtained: ObtainedTree | undefined): BuildRecords | undefined {
    const { refresh, hashes = [], source } = this.#request;
    if (isRefreshed(refresh, this.#name)) return undefined;
    // Fetching it checks them.
    if (obtained === undefined && !isAllowedBy(hashes, source)) return undefined;
    return this.#records(obtained);
  }

  /** What was kept of earlier builds; undefined where it could be outdated, or nothing identifies the build. */
  #records(obtained: ObtainedTree | undefined): BuildRecords | undefined {
    const { source, configSettings } = this.#request;
    const identity = obtained?.identity ?? identityBefore(source);
    const { policy } = this.#context.tools;
    if (source.name !== undefined || !hasChoicesByName(policy))
      return recordsOf(source, { identity, configSettings }, this.#context.tools);
    // Which choices count is known once the tree says which project it is.
    return obtained === undefined
      ? undefined
      : recordsOf(this.#namedSource(), { identity, configSettings }, this.#context.tools);
  }

  #described(metadata: Metadata, obtained: ObtainedTree | undefined): SourceMetadata {
    const { source } = this.#request;
    const { name, version } = metadata;
    const stated = source.name ?? (obtained && statedName(obtained.tree));
    if (stated !== undefined && stated !== name) throw mismatch("name", { given: stated, found: name });
    if (source.kind === "sdist" && source.listing !== undefined && source.version !== undefined)
      if (tryParseVersion(source.version)?.order !== version.order)
        throw mismatch("version", { given: source.version, found: version.text });
    this.#name = name;
    const known = obtained?.source ?? source;
    const hasLargeFiles =
      known.kind === "git" && this.#context.tools.policy.fetchesLargeFiles === true
        ? { hasLargeFiles: true as const }
        : {};
    const found = { ...known, ...hasLargeFiles, name, version: source.version ?? version.text };
    if (obtained === undefined || obtained.sources.size === 0) return { metadata, source: found };
    return { ...this.#fromSources(metadata, obtained), source: found };
  }

  /** As in uv, a project that is not a released source distribution must have valid groups, which nothing here asks for. */
  #refuseInvalidGroups({ tree: { pyproject, directory }, source }: ObtainedTree): void {
    if (source.kind === "sdist") return;
    const project = readProjectTable(pyproject)?.name;
    if (project === undefined) return;
    const { directory: from } = this.#context.tools;
    const folder = source.kind === "git" || from === undefined ? "" : folderFrom(from, directory);
    try {
      readProjectGroups(pyproject, { project, folder });
    } catch (error) {
      throw invalidProject(error, this.#subject());
    }
  }

  /** The requirements from the sources that the project has for them. */
  #fromSources(
    metadata: Metadata,
    obtained: ObtainedTree,
  ): Pick<SourceMetadata, "metadata" | "sourced" | "statedIndexes"> {
    try {
      const { isLocked, requested } = this.#request;
      const isResolved = isLocked !== true && requested === undefined;
      const statedIndexes = isResolved ? statedIndexesOf(metadata, obtained) : [];
      return { ...fromSources(metadata, obtained), statedIndexes };
    } catch (error) {
      throw invalidProject(error, this.#subject());
    }
  }

  #about(format: RequestedArchive["format"]): {
    readonly subject: string;
    readonly requested?: RequestedArchive;
  } {
    const { requested } = this.#request;
    if (requested === undefined) return { subject: this.#subject() };
    const { subject, project, isFromSdist } = requested;
    return { subject, requested: { format, isFromSdist, project } };
  }

  #subject(): string {
    const { source, requested } = this.#request;
    if (requested !== undefined) return requested.subject;
    return showSource(this.#name === undefined ? source : { ...source, name: this.#name });
  }

  /** The caller that waits for it last may end it. */
  attend(signal: AbortSignal | undefined): void {
    this.#signal = signal ?? this.#signal;
  }

  get #isEditable(): boolean {
    const { source } = this.#request;
    return source.kind === "directory" && source.isEditable;
  }
}

/** A project that breaks PEP 621 is not built, whatever its backend makes of it, as in uv. */
function refuseInvalidTable({ pyproject }: SourceTree, subject: string): void {
  try {
    readProjectTable(pyproject);
  } catch (cause) {
    throw new PinionError("index/invalid-metadata", `Failed to read the metadata of \`${subject}\``, {
      details: { subject },
      cause,
    });
  }
}

function incompatible(filename: string, { pythonVersion, platform }: Target): PinionError {
  return new PinionError(
    "wheel/incompatible",
    `The built wheel \`${filename}\` is not compatible with Python ${pythonVersion.text} on ${platform.kind}`,
    { details: { filename, pythonVersion: pythonVersion.text, platform: platform.kind } },
  );
}

function metadataOf({ directory, distInfo }: UnpackedWheel): Metadata {
  return parseMetadata(readFileSync(join(directory, distInfo, "METADATA"), "utf8"));
}

function fromSources(
  metadata: Metadata,
  obtained: ObtainedTree,
): Pick<SourceMetadata, "metadata" | "sourced"> {
  const all = sourcedOf(metadata.requiresDist, obtained);
  return {
    metadata: { ...metadata, requiresDist: all.map(({ requirement }) => requirement) },
    sourced: all.filter(({ requirement, index }) => requirement.url !== undefined || index !== undefined),
  };
}

/** As in uv, each source counts that the project names anywhere. */
function statedIndexesOf(
  { requiresDist }: Metadata,
  { tree: { pyproject, directory }, source, sources }: ObtainedTree,
): readonly StatedIndex[] {
  const project = source.kind === "sdist" ? undefined : readProjectTable(pyproject)?.name;
  const groups = project === undefined ? undefined : readProjectGroups(pyproject, { project, folder: "" });
  const required = requiresDist.map(({ name }) => name);
  return checkStatements({ groups, required }, sources, join(directory, "pyproject.toml"));
}

function sourcedOf(
  requirements: readonly Requirement[],
  { sources, tree, toUrl }: ObtainedTree,
): readonly SourcedRequirement[] {
  const file = join(tree.directory, "pyproject.toml");
  return withSources(requirements, sources, file)
    .flat()
    .map((found) => reached(found, toUrl));
}

function reached(found: SourcedRequirement, toUrl: ObtainedTree["toUrl"]): SourcedRequirement {
  const { url } = found.requirement;
  return url === undefined ? found : { ...found, requirement: { ...found.requirement, url: toUrl(url) } };
}

function mismatch(
  field: "name" | "version",
  { given, found }: { readonly given: string; readonly found: string },
): PinionError {
  return new PinionError(
    "index/invalid-metadata",
    `Package metadata ${field} \`${found}\` does not match given ${field} \`${given}\``,
    { details: { field, given, found } },
  );
}
