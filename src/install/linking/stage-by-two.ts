// Preparing a large change on two threads: both take parts of the prepared wheels, check their files and link them. What
// has to be written, and wheels that are laid out file by file, is this thread's. Which of two wheels has a file first
// depends on chance, so that files with two owners are linked once more at the end: the later wheel's stays.

import { lstatSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { append } from "../../base/values/group-by.ts";
import { inTurns, type Pausing, type Turns } from "../../base/work/turns.ts";
import type { PreparedWheel } from "../../store/prepared-wheel.ts";
import { MANIFEST, PREPARED, type UnpackedWheel } from "../../store/unpacked-wheels.ts";
import { SliceLinker, type Slice, type SliceOutcome } from "./link-slice.ts";
import type { LinkThread, SharedPlace, SharedSlices } from "./link-thread.ts";
import type { Linker } from "./linker.ts";
import type { WantedDistribution } from "../plan.ts";
import { checkUnchanged, type Stage } from "../stage.ts";

export interface StagingByTwo {
  readonly stage: Stage;
  readonly linker: Linker;
  readonly thread: LinkThread;
  readonly turns: Turns;
  readonly onStaged: (wanted: WantedDistribution) => void;
}

/** A file of one of the wheels, with its place in the order of the change. */
interface Claim {
  readonly order: number;
  readonly source: string;
  readonly wheel: UnpackedWheel;
}

/** Makes everything that a change needs below the stage's folders. @throws as `Stage.add` */
export async function stageByTwo(
  install: readonly WantedDistribution[],
  staging: StagingByTwo,
): Promise<void> {
  await new StageByTwo(install, staging).run();
}

class StageByTwo {
  readonly #install: readonly WantedDistribution[];
  readonly #staging: StagingByTwo;
  /** Indexes of `#install`, of the wheels that both threads link. */
  readonly #shared: number[] = [];
  readonly #prepared = new Map<number, PreparedWheel>();
  readonly #places: SharedPlace[] = [];
  readonly #slices: Slice[] = [];
  /** Links that this thread makes by itself, by their path. */
  readonly #others = new Map<string, Claim[]>();
  /** Paths that more than one wheel has, or may have. */
  readonly #conflicts = new Set<string>();

  constructor(install: readonly WantedDistribution[], staging: StagingByTwo) {
    this.#install = install;
    this.#staging = staging;
  }

  async run(): Promise<void> {
    const { stage, linker, thread, turns, onStaged } = this.#staging;
    for (const [order, { wheel }] of this.#install.entries()) {
      const prepared = wheel.prepared;
      if (prepared !== undefined) this.#share(order, prepared);
    }
    await inTurns(this.#probe(), turns);
    const shared = thread.start({ mode: linker.mode, places: this.#places, slices: this.#slices });
    try {
      for (const [order, wanted] of this.#install.entries()) {
        const prepared = this.#prepared.get(order);
        if (prepared !== undefined) stage.finish(wanted, prepared);
        else
          await inTurns(
            stage.add(wanted, (source, path) => this.#linkOther(order, source, path)),
            turns,
          );
        onStaged(wanted);
        if (turns.isDue) await turns.give();
      }
      const troubled = await this.#linkShared(shared);
      for (const [index, outcome] of troubled) await inTurns(this.#linkRest(index, outcome), turns);
      await inTurns(this.#settleConflicts(), turns);
    } finally {
      // Nothing may appear in the tree any more once the change is given up.
      await shared.finish();
    }
  }

  #share(order: number, prepared: PreparedWheel): void {
    const { stage } = this.#staging;
    const { wheel } = this.#install[order]!;
    const home = dirname(wheel.directory);
    const position = this.#places.length;
    this.#shared.push(order);
    this.#prepared.set(order, prepared);
    this.#places.push({
      preparedPath: join(home, PREPARED),
      source: `${wheel.directory}/`,
      purelib: stage.insideOf(true),
      platlib: stage.insideOf(false),
      unpackedMs: lstatSync(join(home, MANIFEST)).mtimeMs,
    });
    for (let from = 0; from < prepared.files.length; from += SLICE_FILES) {
      const to = from + SLICE_FILES < prepared.files.length ? from + SLICE_FILES : undefined;
      this.#slices.push({ wheel: position, from, to });
    }
  }

  /** Makes the first link, which shows which way of linking the file system has. */
  *#probe(): Pausing<void> {
    const [slice] = this.#slices;
    if (slice === undefined) return;
    const { linker, stage } = this.#staging;
    const { wheel, prepared, place, inside } = this.#of(slice);
    const [file = ""] = prepared.files;
    yield* checkUnchanged(wheel, [file]);
    stage.makeFolderOf(inside + file);
    const made = linker.link(place.source + file, inside + file, wheel);
    if (typeof made !== "boolean") yield* made;
    this.#slices[0] = { ...slice, from: 1 };
  }

  /** Takes parts until none is left; gives those that are not whole. */
  async #linkShared(shared: SharedSlices): Promise<ReadonlyMap<number, SliceOutcome>> {
    const { linker, turns } = this.#staging;
    const slices = new SliceLinker(linker.mode);
    const troubled = new Map<number, SliceOutcome>();
    const own = new Set<number>();
    for (let index = shared.take(); index < this.#slices.length; index = shared.take()) {
      own.add(index);
      const slice = this.#slices[index]!;
      const { prepared, place } = this.#of(slice);
      troubled.set(index, await inTurns(slices.link(prepared, slice, place), turns));
    }
    const answer = await shared.finish();
    for (const { index, ...outcome } of answer ?? []) troubled.set(index, outcome);
    if (answer === undefined) {
      // Nothing is known of what the lost thread did: all of its links may be there.
      for (const [index, slice] of this.#slices.entries())
        if (!own.has(index)) troubled.set(index, { stopped: slice.from, conflicts: [] });
    }
    return troubled;
  }

  /** Makes the links of a part that neither thread could finish. */
  *#linkRest(index: number, { stopped, conflicts }: SliceOutcome): Pausing<void> {
    const { linker, stage } = this.#staging;
    const slice = this.#slices[index]!;
    const { wheel, prepared, place, inside } = this.#of(slice);
    for (const conflict of conflicts) this.#conflicts.add(inside + (prepared.files[conflict] ?? ""));
    const rest = prepared.files.slice(stopped, slice.to);
    if (rest.length === 0) return;
    yield* checkUnchanged(wheel, prepared.files);
    for (const file of rest) {
      stage.makeFolderOf(inside + file);
      yield;
      const made = linker.link(place.source + file, inside + file, wheel);
      if (typeof made === "boolean" ? made : yield* made) this.#conflicts.add(inside + file);
    }
  }

  *#linkOther(order: number, source: string, path: string): Pausing<boolean> {
    const { wheel } = this.#install[order]!;
    append(this.#others, path, { order, source, wheel });
    const made = this.#staging.linker.link(source, path, wheel);
    if (typeof made === "boolean" ? made : yield* made) this.#conflicts.add(path);
    return false;
  }

  /** The last wheel in the order of the change has the file, as it would on one thread. */
  *#settleConflicts(): Pausing<void> {
    if (this.#conflicts.size === 0) return;
    const { linker, stage } = this.#staging;
    const replaced = new Map<number, string[]>();
    for (const [path, claims] of this.#claims()) {
      const last = claims.at(-1);
      if (last === undefined || claims.length < 2) continue;
      rmSync(path, { force: true });
      const made = linker.link(last.source, path, last.wheel);
      if (typeof made !== "boolean") yield* made;
      for (const { order } of claims.slice(1)) {
        append(replaced, order, stage.destinationOf(path));
      }
    }
    for (const [order, paths] of [...replaced].toSorted(([one], [other]) => one - other))
      stage.warnOfReplaced(this.#install[order]!, paths.toSorted());
  }

  /** Who brings the files that more than one may have, in the order of the change. */
  #claims(): ReadonlyMap<string, readonly Claim[]> {
    const claims = new Map([...this.#conflicts].map((path) => [path, [...(this.#others.get(path) ?? [])]]));
    for (const [wheel, order] of this.#shared.entries()) {
      const { prepared, place, inside } = this.#of({ wheel });
      for (const file of prepared.files)
        claims
          .get(inside + file)
          ?.push({ order, source: place.source + file, wheel: this.#install[order]!.wheel });
    }
    for (const list of claims.values()) list.sort((one, other) => one.order - other.order);
    return claims;
  }

  #of({ wheel: position }: Pick<Slice, "wheel">): {
    readonly order: number;
    readonly wheel: UnpackedWheel;
    readonly prepared: PreparedWheel;
    readonly place: SharedPlace;
    readonly inside: string;
  } {
    const order = this.#shared[position]!;
    const prepared = this.#prepared.get(order)!;
    const place = this.#places[position]!;
    const inside = prepared.isPurelib ? place.purelib : place.platlib;
    return { order, wheel: this.#install[order]!.wheel, prepared, place, inside };
  }
}

/** Some milliseconds of work. */
const SLICE_FILES = 500;
