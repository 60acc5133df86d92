// Messages of one kind whose number others choose, such as one for each row of a RECORD: the first few are shown, and the rest counted.

/** Collects messages of one kind. */
export class FirstFew implements Iterable<string> {
  readonly #describeRest: (count: number) => string;
  readonly #shown: string[] = [];
  #rest = 0;

  /** @param describeRest says how many more there are, as a whole message */
  constructor(describeRest: (count: number) => string) {
    this.#describeRest = describeRest;
  }

  /** @param message composed only where it is shown */
  add(message: () => string): void {
    if (this.#shown.length < MAX_SHOWN) this.#shown.push(message());
    else this.#rest += 1;
  }

  *[Symbol.iterator](): Generator<string, void, undefined> {
    yield* this.#shown;
    if (this.#rest > 0) yield this.#describeRest(this.#rest);
  }
}

/** A message for each of the first few values, and one for the rest. */
export function firstFew<T>(
  values: Iterable<T>,
  messageOf: (value: T) => string,
  describeRest: (count: number) => string,
): readonly string[] {
  const few = new FirstFew(describeRest);
  for (const value of values) few.add(() => messageOf(value));
  return [...few];
}

/** What a terminal of 24 lines holds. */
const MAX_SHOWN = 20;
