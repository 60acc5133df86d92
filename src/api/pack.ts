// What a plan for a folder would install, as an archive or in memory: nothing is written but to the cache.

import { PinionError, isPinionError } from "../errors.ts";
import { inTurns, Turns } from "../base/work/turns.ts";
import { streamZip, type StreamedMember } from "../archive/zip-stream.ts";
import { gatherFiles, type Gathered } from "../install/gather.ts";
import { installTargetOf } from "./destination.ts";
import { PackedWheels } from "./packed-wheels.ts";
import { prepareWheels, type ApplyTools } from "./plan/apply.ts";
import type { ChangePlan, InstallationPlan } from "./plan/value.ts";

export interface PackOptions {
  /** A folder of the archive for everything that is installed, such as `python` for a Lambda layer. */
  readonly prefix?: string | undefined;
  /** Files of one's own beside it, by their whole paths; one of them replaces an installed file. */
  readonly files?: ReadonlyMap<string, Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ZipOptions extends PackOptions {
  /**
   * Default: `deflate`. With `store` the bytes are the same on every machine; deflated ones may differ between versions and
   * processors of zlib.
   */
  readonly compression?: "deflate" | "store" | undefined;
}

/** A file in memory. */
export interface MemoryFile {
  readonly contents: Uint8Array;
  readonly isExecutable: boolean;
}

/**
 * The members of an archive; with `compression` they remember what was compressed before.
 *
 * @throws usage/invalid-argument, environment/conflict, and as `applyPlan` without the environment's own
 */
export async function packMembers(
  plan: ChangePlan,
  { prefix = "", files = new Map(), compression, signal }: ZipOptions,
  tools: ApplyTools,
): Promise<readonly StreamedMember[]> {
  const packed = compression === "deflate" ? new PackedWheels(tools.store) : undefined;
  const gathered = await gather(plan, { tools, packed, signal });
  for (const message of gathered.warnings) tools.onEvent({ kind: "warning", message });
  const folder = prefix === "" ? "" : `${checkedPath(prefix.replace(/\/$/, ""))}/`;
  const members = new Map<string, StreamedMember>(
    gathered.files.map((file) => {
      const { path, isExecutable, size, origin } = file;
      const memory = origin === undefined ? undefined : packed?.memoryOf(origin.wheel, origin.path);
      return [folder + path, { path: folder + path, isExecutable, size, memory, read: () => file.read() }];
    }),
  );
  for (const [path, contents] of files) {
    checkedPath(path);
    const read = (): Promise<Uint8Array> => Promise.resolve(contents);
    members.set(path, { path, isExecutable: false, size: contents.length, read });
  }
  return [...members.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** The files as a ZIP archive; reports how many and how large they are before the first piece. */
export async function* zipPlan(
  members: () => Promise<readonly StreamedMember[]>,
  { compression, signal }: ZipOptions,
  onEvent: ApplyTools["onEvent"],
): AsyncGenerator<Uint8Array, void, void> {
  const started = performance.now();
  const all = await members();
  reportTotals(all, onEvent);
  yield* streamZip(all, { compression, signal });
  onEvent({ kind: "packed", count: all.length, milliseconds: performance.now() - started });
}

/** The files in memory, sorted by path; reports as {@link zipPlan}. */
export async function readMembers(
  members: () => Promise<readonly StreamedMember[]>,
  onEvent: ApplyTools["onEvent"],
): Promise<ReadonlyMap<string, MemoryFile>> {
  const started = performance.now();
  const all = await members();
  reportTotals(all, onEvent);
  const files = new Map<string, MemoryFile>();
  for (const { path, isExecutable, read } of all) files.set(path, { contents: await read(), isExecutable });
  onEvent({ kind: "packed", count: all.length, milliseconds: performance.now() - started });
  return files;
}

function reportTotals(members: readonly StreamedMember[], onEvent: ApplyTools["onEvent"]): void {
  const bytes = members.reduce((sum, { size }) => sum + size, 0);
  onEvent({ kind: "packing", count: members.length, bytes });
}

async function gather(
  plan: ChangePlan,
  {
    tools,
    packed,
    signal,
  }: {
    readonly tools: ApplyTools;
    readonly packed: PackedWheels | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Gathered> {
  // Scripts find the Python of the machine that unpacks the archive.
  const target = { ...installTargetOf(plan.destination, "copy"), executable: undefined };
  const once = async (): Promise<Gathered> => {
    const wheels = await prepareWheels(plan.install, tools);
    const gathering = gatherFiles(wheels, target, ({ name, wheel }) => packed?.open(name, wheel) !== true);
    return await inTurns(gathering, new Turns(signal));
  };
  try {
    return await once();
  } catch (error) {
    if (!isPinionError(error, "cache/damaged")) throw error;
    // The damaged wheel is out of the cache: fetching it once more mends it.
    tools.onEvent({ kind: "detail", message: error.message });
    return await once();
  }
}

/** An archive holds a whole installation: what a plan keeps would be missing from it. @throws plan/invalid */
export function forEmptyFolder(plan: InstallationPlan): ChangePlan {
  if (
    plan.kind === "changes" &&
    plan.destination.kind === "directory" &&
    plan.keep.length === 0 &&
    plan.remove.length === 0
  )
    return plan;
  throw new PinionError(
    "plan/invalid",
    "The plan is not one for an empty folder, so it does not describe a whole archive",
    {
      details: { reason: plan.kind === "changes" ? plan.destination.kind : plan.kind },
      hints: ["Make the plan for a `directory` that does not exist yet"],
    },
  );
}

function checkedPath(path: string): string {
  const isPlain = path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (isPlain && !path.includes("\\") && !path.includes("\0")) return path;
  throw new PinionError("usage/invalid-argument", `\`${path}\` is not a relative path inside an archive`, {
    details: { path },
  });
}
