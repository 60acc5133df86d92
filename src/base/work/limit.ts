// A bound on work under way: so many units, given out in the order of asking.

/** Gives out `capacity` units; a caller that does not fit waits, first come first served. */
export class Limit {
  readonly #capacity: number;
  readonly #waiting: { readonly units: number; readonly start: () => void }[] = [];
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Does work while holding units; work that wants more than there are takes all of them. */
  async run<T>(units: number, work: () => Promise<T>): Promise<T> {
    const held = Math.min(Math.max(units, 0), this.#capacity);
    await this.#take(held);
    try {
      return await work();
    } finally {
      this.#used -= held;
      this.#startWaiting();
    }
  }

  #take(units: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(units)) {
      this.#used += units;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push({ units, start: resolve });
    });
  }

  #startWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.units); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.units;
      next.start();
    }
  }

  #fits(units: number): boolean {
    return this.#used + units <= this.#capacity;
  }
}
