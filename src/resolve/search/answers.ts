// The provider's answers, each asked for once. The search waits only for what has not come yet.

import { cancelled } from "../../base/work/cancelled.ts";
import type { Version } from "../../pep/versions/version.ts";
import type { DependencyAnswer, PackageListing, Provider } from "../provider.ts";

/** Everything asked so far; owned by one resolution. */
export class Answers {
  readonly #provider: Provider;
  readonly #signal: AbortSignal | undefined;
  #listings = new Map<string, Slot<PackageListing>>();
  #dependencies = new Map<string, Slot<DependencyAnswer>>();
  /** Guesses that have not been made yet, in the order of asking. */
  readonly #guesses: (() => void)[] = [];
  #isGuessing = false;

  constructor(provider: Provider, signal: AbortSignal | undefined) {
    this.#provider = provider;
    this.#signal = signal;
  }

  /** The same answers, for work that another signal ends. */
  within(signal: AbortSignal): Answers {
    const copy = new Answers(this.#provider, signal);
    copy.#listings = this.#listings;
    copy.#dependencies = this.#dependencies;
    return copy;
  }

  /** The versions of a project, where they are known already. */
  knownListing(name: string): PackageListing | undefined {
    return this.#listings.get(name)?.value;
  }

  /** What a version needs, where it is known already. */
  knownDependencies(name: string, version: Version): DependencyAnswer | undefined {
    return this.#dependencies.get(dependencyKey(name, version))?.value;
  }

  /** The versions of a project, as soon as they are known. */
  listing(name: string): Promise<PackageListing> {
    return this.#unlessAborted(this.#askListing(name).promise);
  }

  /** What a version needs, as soon as it is known. */
  dependencies(name: string, version: Version): Promise<DependencyAnswer> {
    return this.#unlessAborted(this.#askDependencies(name, version).promise);
  }

  /** Asks for the versions of a project before they are needed. */
  guessListing(name: string, whenReady: (listing: PackageListing) => void): void {
    this.#guess(() => {
      void this.#askListing(name).promise.then(whenReady, ignoreUntilNeeded);
    });
  }

  /** Asks for the dependencies of a version before they are needed. */
  guessDependencies(name: string, version: Version): void {
    this.#guess(() => this.#askDependencies(name, version));
  }

  /** Makes no more guesses: what is not needed by now never is. */
  endGuesses(): void {
    this.#guesses.length = 0;
  }

  /** Asks which version a URL points to; `undefined` where the provider does not know URLs. */
  async requestDirect(
    name: string,
    url: string,
    requiredBy: string | undefined,
  ): Promise<Version | undefined> {
    const answer = this.#provider.direct?.(name, url, requiredBy);
    return answer === undefined ? undefined : await this.#unlessAborted(answer);
  }

  /** Whether the last URL of a project that was requested points to a folder. */
  isFolder(name: string): boolean {
    return this.#provider.isFolder?.(name) === true;
  }

  /** Announces versions that the search will probably come to. */
  announce(name: string, versions: readonly Version[]): void {
    this.#provider.prefetchVersions?.(name, versions);
  }

  /** @throws PinionError `net/cancelled` where the work was cancelled */
  throwIfAborted(): void {
    if (this.#signal?.aborted === true) throw cancelled(this.#signal, CANCELLED);
  }

  /** Some at once; where there are thousands, everything else has its turn between them. */
  #guess(question: () => void): void {
    this.#guesses.push(question);
    if (this.#isGuessing) return;
    this.#isGuessing = true;
    void this.#makeGuesses();
  }

  async #makeGuesses(): Promise<void> {
    // Those of one step of the search are made together.
    await Promise.resolve();
    while (this.#guesses.length > 0 && this.#signal?.aborted !== true) {
      for (const question of this.#guesses.splice(0, GUESSES_A_TURN)) question();
      if (this.#guesses.length > 0) await nextTurn();
    }
    this.#isGuessing = false;
  }

  #askListing(name: string): Slot<PackageListing> {
    return ask(this.#listings, name, () => this.#provider.listing(name));
  }

  #askDependencies(name: string, version: Version): Slot<DependencyAnswer> {
    return ask(this.#dependencies, dependencyKey(name, version), () =>
      this.#provider.dependencies(name, version),
    );
  }

  #unlessAborted<T>(promise: Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return promise;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(cancelled(signal, CANCELLED));
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }
}

interface Slot<T> {
  readonly promise: Promise<T>;
  value: T | undefined;
}

function ask<T>(slots: Map<string, Slot<T>>, key: string, question: () => Promise<T>): Slot<T> {
  const known = slots.get(key);
  if (known !== undefined) return known;
  const slot: Slot<T> = { promise: Promise.resolve().then(question), value: undefined };
  slots.set(key, slot);
  // The caller that needs the answer awaits the promise and sees the rejection; a guess that failed is ignored.
  void slot.promise.then((value) => {
    slot.value = value;
  }, ignoreUntilNeeded);
  return slot;
}

/** Lets timers and signals have their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function ignoreUntilNeeded(): void {}

function dependencyKey(name: string, version: Version): string {
  return `${name} ${version.order}`;
}

const CANCELLED = "The resolution was cancelled";
/** Each takes some fifty microseconds where the cache answers, so that these take a few milliseconds. */
const GUESSES_A_TURN = 64;
