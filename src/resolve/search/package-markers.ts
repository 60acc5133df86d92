// The markers that packages of one resolution have: equal sets of environments are one marker.

import type { MarkerSet } from "../../pep/markers/sets.ts";
import type { PackageMarker } from "../package.ts";

/** Gives sets of environments their marker; owned by one resolution. */
export class PackageMarkers {
  readonly #known = new Map<MarkerSet, PackageMarker>();
  readonly #describe: (environments: MarkerSet) => string;

  /** @param describe The marker of some environments as explanations write it; asked only for what is written. */
  constructor(describe: (environments: MarkerSet) => string) {
    this.#describe = describe;
  }

  /** The marker of what is needed in some environments; `undefined` where it is needed in all of them. */
  of(environments: MarkerSet): PackageMarker | undefined {
    if (typeof environments === "boolean") return undefined;
    let marker = this.#known.get(environments);
    if (marker === undefined) {
      marker = new LazyMarker(this.#known.size, () => this.#describe(environments));
      this.#known.set(environments, marker);
    }
    return marker;
  }
}

class LazyMarker implements PackageMarker {
  readonly id: number;
  readonly #describe: () => string;
  #text: string | undefined;

  constructor(id: number, describe: () => string) {
    this.id = id;
    this.#describe = describe;
  }

  get text(): string {
    return (this.#text ??= this.#describe());
  }
}
