// One effective value per setting, with its origin and what it shadows.

import type { TlsException } from "../trust/host-trust.ts";
import type { Origin, Sourced } from "./origin.ts";
import type { IndexTable } from "./values/index-table.ts";
import { entriesOf } from "./table/setting.ts";
import { SETTINGS, type SettingName, type SettingValues } from "./table/table.ts";
import type { SettingValue } from "./table/setting.ts";

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

  /** The same settings where nothing was said about one. */
  without(name: SettingName): Settings {
    const stacks = new Map(this.#stacks);
    stacks.delete(name);
    return new Settings(stacks, this);
  }

  stack(name: SettingName): SettingStack {
    return this.#stacks.get(name) ?? NOTHING;
  }

  origin(name: SettingName): Origin {
    return this.stack(name).inForce[0]?.origin ?? { kind: "default" };
  }

  /**
   * The value of a setting, or its default.
   *
   * @throws settings/invalid, usage/invalid-argument where what was said does not mean anything
   */
  get<Name extends SettingName>(name: Name): SettingValues[Name] {
    return SETTINGS[name].read(this.stack(name).inForce);
  }

  /** The value of a setting with where it was said; undefined where nothing was. */
  sourced<Name extends SettingName>(name: Name): Sourced<NonNullable<SettingValues[Name]>> | undefined {
    const value = this.get(name);
    const [first] = this.stack(name).inForce;
    return first === undefined || value === undefined || value === null
      ? undefined
      : { value, origin: first.origin };
  }

  /** A list's entries as they were said, in the order in which they count, each with its own origin. */
  entries(name: SettingName): readonly Sourced<string>[] {
    return entriesOf(this.stack(name).inForce);
  }
}

const NOTHING: SettingStack = { inForce: [], shadowed: [] };
