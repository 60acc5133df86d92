// Shapes: what a value that a caller hands in may be. A shape is of a type, and of exactly that type: the compiler refuses one that
// lacks a field, has one too many, or allows another kind of value.

import { isAbsolute } from "node:path";

import { editDistance } from "../../base/text/edit-distance.ts";
import { isRecord } from "../../base/values/record.ts";

/** Why a value is not of a shape. */
export interface Fault {
  /** `into.path`, `requirements[3]`; empty for the value itself. */
  readonly field: string;
  /** What is there: its kind, never a string that may be secret. */
  readonly given: string;
  readonly allowed: string;
  /** The word that may be meant. */
  readonly meant?: string | undefined;
  /** The field is there, and should not be. */
  readonly isUnknown?: true;
}

export interface Shape<T> {
  /** As in "must be …". */
  readonly allowed: string;
  /** The first fault of a value. */
  find(value: unknown, field: string): Fault | undefined;
  /** Never there: ties the shape to its type in both directions. */
  readonly of?: (value: T) => T;
}

/** A shape for each field of a type, and for nothing else. */
export type Fields<T> = {
  readonly [K in keyof Required<T>]: Shape<Partial<Pick<T, K>> extends Pick<T, K> ? T[K] | undefined : T[K]>;
};
/** A shape of whatever type. */
export type AnyShape = Pick<Shape<never>, "allowed" | "find">;
/** For values that functions of the library gave: shapes for some of the fields. */
type SomeFields<T> = { readonly [K in T extends unknown ? keyof T : never]?: AnyShape };

function simple<T>(allowed: string, isRight: (value: unknown) => boolean): Shape<T> {
  return {
    allowed,
    find: (value, field) => (isRight(value) ? undefined : { field, given: describe(value), allowed }),
  };
}

export const anything: Shape<unknown> = { allowed: "anything", find: () => undefined };
export const text: Shape<string> = simple("a string", (value) => typeof value === "string");
export const truth: Shape<boolean> = simple("true or false", (value) => typeof value === "boolean");
export const bytes: Shape<Uint8Array> = simple("a Uint8Array", isBytes);

export const buffer: Shape<Buffer> = simple("a Buffer", (given) => Buffer.isBuffer(given));

/** The name of a file or folder. */
export const path: Shape<string> = simple(
  "a path: a string that is not empty, without a zero character",
  (value) => typeof value === "string" && value !== "" && !value.includes("\0"),
);

export const absolutePath: Shape<string> = simple(
  "an absolute path",
  (given) => path.find(given, "") === undefined && isAbsolute(String(given)),
);

/** How many, or how long. */
export const amount: Shape<number> = numberOf("a number from 0", (value) => value >= 0);
export const count: Shape<number> = numberOf(
  "a whole number from 1",
  (value) => Number.isSafeInteger(value) && value >= 1,
);
export const whole: Shape<number> = numberOf(
  "a whole number from 0",
  (value) => Number.isSafeInteger(value) && value >= 0,
);
export const port: Shape<number> = numberOf(
  "a whole number from 1 to 65535",
  (value) => Number.isSafeInteger(value) && value >= 1 && value <= 65_535,
);
/** Milliseconds since 1970. */
export const instant: Shape<number> = numberOf("a number of milliseconds since 1970", () => true);

function numberOf(allowed: string, isRight: (value: number) => boolean): Shape<number> {
  return {
    allowed,
    find: (value, field) =>
      typeof value === "number" && Number.isFinite(value) && isRight(value)
        ? undefined
        : { field, given: typeof value === "number" ? `the number ${value}` : describe(value), allowed },
  };
}

export const signal: Shape<AbortSignal> = simple(
  "an AbortSignal",
  (value) =>
    isRecord(value) &&
    typeof value["aborted"] === "boolean" &&
    typeof value["addEventListener"] === "function",
);

export const date: Shape<Date> = simple(
  "a valid Date",
  (value) => tagOf(value) === "Date" && !Number.isNaN(Number(value)),
);

export function callable<T extends (...args: never[]) => unknown>(): Shape<T> {
  return simple("a function", (value) => typeof value === "function");
}

/** An object with these functions. */
export function methods<T>(...names: readonly (keyof T & string)[]): Shape<T> {
  const allowed = `an object with ${names.map((name) => `${name}()`).join(", ")}`;
  return simple(
    allowed,
    (value) => isRecord(value) && names.every((name) => typeof value[name] === "function"),
  );
}

/** What gives bytes with `for await`; its pieces are looked at as they come. */
export const pieces: Shape<AsyncIterable<Uint8Array>> = simple(
  "an async iterable of Uint8Arrays, such as a readable stream",
  (given) => isRecord(given) && typeof Reflect.get(given, Symbol.asyncIterator) === "function",
);

/** What stands where options would, for a function that takes none there; `list.map(function)` puts a number there. */
export const nothingMore: Shape<undefined> = simple(
  "left out: its options are fields of the first",
  (given) => !isRecord(given),
);

export function choice<const T extends string | number | boolean>(...values: readonly T[]): Shape<T> {
  const allowed = values.map((value) => JSON.stringify(value)).join(" or ");
  return {
    allowed,
    find(value, field) {
      if (values.some((entry) => entry === value)) return undefined;
      const words = values.filter((entry) => typeof entry === "string");
      const meant = typeof value === "string" ? nearest(value, words) : undefined;
      return { field, given: typeof value === "string" ? "another string" : describe(value), allowed, meant };
    },
  };
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    allowed: shape.allowed,
    find: (value, field) => (value === undefined ? undefined : shape.find(value, field)),
  };
}

/** An option that is on or off. */
export const flag: Shape<boolean | undefined> = optional(truth);

/** One or the other; a fault is that of the shape whose kind the value has. */
export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  const allowed = `${first.allowed}, or ${second.allowed}`;
  return {
    allowed,
    find(value, field) {
      const faults = [first.find(value, field), second.find(value, field)];
      if (faults.includes(undefined)) return undefined;
      const deeper = faults.find((fault) => fault !== undefined && fault.field !== field);
      const meant = faults.find((fault) => fault?.meant !== undefined)?.meant;
      return deeper ?? { field, given: describe(value), allowed, meant };
    },
  };
}

export function list<T>(entry: Shape<T>): Shape<readonly T[]> {
  return {
    allowed: `a list, of which each is ${entry.allowed}`,
    find(value, field) {
      if (!Array.isArray(value)) return { field, given: describe(value), allowed: "a list" };
      for (let at = 0; at < value.length; at += 1) {
        const fault = entry.find(value[at], `${field}[${at}]`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

export function setOf<T>(entry: Shape<T>): Shape<ReadonlySet<T>> {
  return {
    allowed: `a Set, of which each is ${entry.allowed}`,
    find(value, field) {
      if (!isSet(value)) return { field, given: describe(value), allowed: "a Set" };
      for (const one of value) {
        const fault = entry.find(one, `${field}[…]`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

export function mapOf<T>(entry: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return {
    allowed: `a Map with strings for keys, of which each value is ${entry.allowed}`,
    find(value, field) {
      if (!isMap(value)) return { field, given: describe(value), allowed: "a Map" };
      for (const [key, one] of value) {
        if (typeof key !== "string")
          return {
            field,
            given: `a Map with ${describe(key)} for a key`,
            allowed: "a Map with strings for keys",
          };
        const fault = entry.find(one, `${field}[${shownName(key)}]`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

/** Any names, and a value of one shape for each. */
export function byName<T>(entry: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    allowed: `an object, of which each value is ${entry.allowed}`,
    find(value, field) {
      if (!isPlain(value)) return { field, given: describe(value), allowed: "an object" };
      for (const key of Object.keys(value)) {
        const fault = entry.find(value[key], `${field}[${shownName(key)}]`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

/**
 * Options: the fields of a type. Others may stand beside them, as the compiler allows it where one value serves several functions,
 * but for one whose name is nearly that of a field.
 */
export function options<T>(fields: Fields<T>): Shape<T> {
  return record("an object", fields, true);
}

/** What a function of the library gave, also by way of JSON: its main fields, and whatever else is there. */
export function known<T>(whence: string, fields: SomeFields<T>): Shape<T> {
  return record(whence, fields, false);
}

/** One of several kinds of object, told apart by their `kind`. */
export function variants<T extends { readonly kind: string }>(kinds: {
  readonly [K in T["kind"]]: Shape<Extract<T, { readonly kind: K }>>;
}): Shape<T> {
  const shapes = new Map<string, AnyShape>(Object.entries<AnyShape>(kinds));
  const kind = choice<string>(...shapes.keys());
  const allowed = `an object whose \`kind\` is ${kind.allowed}`;
  return {
    allowed,
    find(given, field) {
      if (!isPlain(given)) return { field, given: describe(given), allowed };
      const shape = typeof given["kind"] === "string" ? shapes.get(given["kind"]) : undefined;
      return shape === undefined ? kind.find(given["kind"], below(field, "kind")) : shape.find(given, field);
    },
  };
}

/** Fields without one of them. */
export function without<F extends object, K extends keyof F>(fields: F, name: K): Omit<F, K> {
  const { [name]: _left, ...rest } = fields;
  return rest;
}

function record<T>(
  allowed: string,
  fields: Readonly<Record<string, AnyShape | undefined>>,
  isStrict: boolean,
): Shape<T> {
  const shapes = Object.entries<AnyShape | undefined>(fields);
  const names = shapes.map(([name]) => name);
  return {
    allowed,
    find(given, field) {
      if (!isPlain(given)) return { field, given: describe(given), allowed };
      const mistyped = isStrict ? findMistyped(given, names, field) : undefined;
      if (mistyped !== undefined) return mistyped;
      for (const [name, shape] of shapes) {
        const fault = shape?.find(given[name], below(field, name));
        if (fault !== undefined) return fault;
        if (isStrict && isHidden(given, name))
          return { field: below(field, name), given: "inherited or not enumerable", allowed: OWN_FIELD };
      }
      return undefined;
    },
  };
}

/** Options are copied on their way, which takes along only fields of the object itself: another one would not count. */
function isHidden(given: Readonly<Record<string, unknown>>, name: string): boolean {
  return !Object.prototype.propertyIsEnumerable.call(given, name) && given[name] !== undefined;
}

/** A name that is almost that of a field. */
function findMistyped(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
  field: string,
): Fault | undefined {
  const listed = new Set(names);
  for (const [key, value] of Object.entries(given)) {
    if (listed.has(key) || value === undefined) continue;
    const meant = nearest(key, names);
    if (meant === undefined) continue;
    return {
      field: below(field, shownName(key)),
      given: describe(value),
      allowed: names.join(", "),
      meant,
      isUnknown: true,
    };
  }
  return undefined;
}

function below(field: string, name: string): string {
  return field === "" ? name : `${field}.${name}`;
}

/** What a value is, without what it says. */
export function describe(given: unknown): string {
  if (given === undefined) return "missing";
  if (given === null) return "null";
  if (typeof given === "boolean") return String(given);
  if (typeof given === "function") return "a function";
  if (given === "") return "an empty string";
  if (Array.isArray(given)) return "a list";
  if (typeof given !== "object") return `a ${typeof given}`;
  if (isBytes(given)) return "bytes";
  if ("then" in given && typeof given.then === "function") return "a promise (is an `await` missing?)";
  const tag = tagOf(given);
  return tag === "Object" ? "an object" : `an object (${shownName(tag)})`;
}

/** Objects with fields: also those without a prototype, and of other realms. */
function isPlain(given: unknown): given is Readonly<Record<string, unknown>> {
  return isRecord(given) && tagOf(given) === "Object" && typeof given["then"] !== "function";
}

function isMap(given: unknown): given is ReadonlyMap<unknown, unknown> {
  return tagOf(given) === "Map";
}

function isSet(given: unknown): given is ReadonlySet<unknown> {
  return tagOf(given) === "Set";
}

function isBytes(given: unknown): boolean {
  return tagOf(given) === "Uint8Array";
}

/** By name: a value may come from another realm, such as a test runner's. */
function tagOf(given: unknown): string {
  return Object.prototype.toString.call(given).slice("[object ".length, -1);
}

/** Names of options are code; another key may be anything. */
function shownName(name: string): string {
  return name.length <= MAX_SHOWN && /^[\w.-]+$/.test(name) ? name : "…";
}

function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > MAX_SHOWN) return undefined;
  const lower = word.toLowerCase();
  const near = words
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= (name.length < 5 ? 1 : name.length < 12 ? 2 : 3))
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.name;
}

const OWN_FIELD = "a field of the object itself, such as `{ ...options }` has";
/** Longer than the name of any option. */
const MAX_SHOWN = 40;
