// One effective value per setting, with its origin and what it shadows.

import { PinionError } from "../errors.ts";
import type { TlsException } from "../trust/host-trust.ts";
import type { Origin, Sourced } from "./origin.ts";
import type { IndexTable } from "./index-table.ts";
import { SETTINGS, type SettingName } from "./table.ts";
import type { SettingValue } from "./value.ts";

/** What one place said about some settings. */
export interface SettingsLayer {
  readonly values: ReadonlyMap<SettingName, Sourced<SettingValue>>;
}

/** All that was said about one setting. */
export interface SettingStack {
  /** One value, or for lists all that add up, in the order in which they count. */
  readonly inForce: readonly Sourced<SettingValue>[];
  /** What a nearer place hides. */
  readonly shadowed: readonly Sourced<SettingValue>[];
}

/** What settings files say in tables of their own. */
export interface SettingsTables {
  readonly indexTables?: readonly IndexTable[];
  readonly tlsExceptions?: readonly TlsException[];
}

/** The effective settings of a run. */
export class Settings {
  /** Indexes that settings files describe as tables, in the order in which they are asked. */
  readonly indexTables: readonly IndexTable[];
  /** What is lifted for which host. */
  readonly tlsExceptions: readonly TlsException[];
  readonly #stacks: ReadonlyMap<SettingName, SettingStack>;

  constructor(stacks: ReadonlyMap<SettingName, SettingStack>, tables: SettingsTables = {}) {
    this.#stacks = stacks;
    this.indexTables = tables.indexTables ?? [];
    this.tlsExceptions = tables.tlsExceptions ?? [];
  }

  /** The same settings with another value for one. */
  with(name: SettingName, value: Sourced<SettingValue>): Settings {
    return new Settings(
      new Map(this.#stacks).set(name, { inForce: [value], shadowed: this.stack(name).inForce }),
      this,
    );
  }

  stack(name: SettingName): SettingStack {
    return this.#stacks.get(name) ?? NOTHING;
  }

  origin(name: SettingName): Origin {
    return this.stack(name).inForce[0]?.origin ?? { kind: "default" };
  }

  text(name: SettingName): Sourced<string> | undefined {
    return this.#first(name, isText);
  }

  flag(name: SettingName): boolean {
    return this.#first(name, isBoolean)?.value ?? false;
  }

  number(name: SettingName): number | undefined {
    return this.#first(name, isNumber)?.value;
  }

  /** A list's entries in the order in which they count, each with its own origin. */
  list(name: SettingName): readonly Sourced<string>[] {
    return this.stack(name).inForce.flatMap(({ value, origin }) =>
      isList(value) ? value.map((entry) => ({ value: entry, origin })) : [],
    );
  }

  #first<T extends SettingValue>(
    name: SettingName,
    is: (value: SettingValue) => value is T,
  ): Sourced<T> | undefined {
    const found = this.stack(name).inForce[0];
    if (found === undefined) return undefined;
    if (is(found.value)) return { value: found.value, origin: found.origin };
    throw new PinionError("settings/invalid", `\`${name}\` is a ${SETTINGS[name].type}`, {
      details: { setting: name },
    });
  }
}

function isText(value: SettingValue): value is string {
  return typeof value === "string";
}

function isBoolean(value: SettingValue): value is boolean {
  return typeof value === "boolean";
}

function isNumber(value: SettingValue): value is number {
  return typeof value === "number";
}

function isList(value: SettingValue): value is readonly string[] {
  return Array.isArray(value);
}

const NOTHING: SettingStack = { inForce: [], shadowed: [] };
