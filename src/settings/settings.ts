// One effective value per setting, with its origin and what it shadows: flags, then variables, then files.
// The order between the tools, and what adds up, is in docs/settings.md.

import { PinionError } from "../errors.ts";
import type { Origin, Sourced } from "./origin.ts";
import { SETTINGS, type SettingName } from "./table.ts";
import type { SettingValue } from "./value.ts";

/** What one place said about some settings. */
export interface SettingsLayer {
  readonly values: ReadonlyMap<SettingName, Sourced<SettingValue>>;
}

/** The effective settings of a run. Values of lists carry an origin each. */
export class Settings {
  /** Every value of every setting, the one in force first. */
  readonly #values: ReadonlyMap<SettingName, readonly Sourced<SettingValue>[]>;

  /** @param layers the nearest first */
  constructor(layers: readonly SettingsLayer[]) {
    const values = new Map<SettingName, Sourced<SettingValue>[]>();
    for (const layer of layers) {
      for (const [name, value] of layer.values) values.set(name, [...(values.get(name) ?? []), value]);
    }
    this.#values = values;
  }

  /** All that was said about a setting: what is in force first, then what it shadows or adds to. */
  all(name: SettingName): readonly Sourced<SettingValue>[] {
    return this.#values.get(name) ?? [];
  }

  origin(name: SettingName): Origin {
    return this.all(name)[0]?.origin ?? { kind: "default" };
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

  /** A list's entries in the order in which they count. A flag adds to what variables and files say. */
  list(name: SettingName): readonly Sourced<string>[] {
    return this.all(name).flatMap(({ value, origin }) =>
      isList(value) ? value.map((entry) => ({ value: entry, origin })) : [],
    );
  }

  #first<T extends SettingValue>(
    name: SettingName,
    is: (value: SettingValue) => value is T,
  ): Sourced<T> | undefined {
    const found = this.all(name)[0];
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
