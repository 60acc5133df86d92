// Settings for build backends: `-C key=value`, for all projects or for one (PEP 517 `config_settings`).

import { madeOnce } from "../base/work/once.ts";
import { PinionError } from "../errors.ts";

/** A key that is given twice has a list, as pip and uv hand it on. */
export type ConfigSettings = Readonly<Record<string, string | readonly string[]>>;

/**
 * Reads `key=value` settings in their order; a key without a value has an empty one.
 *
 * @throws usage/invalid-argument for one without a key
 */
export function parseConfigSettings(values: readonly string[]): ConfigSettings {
  return mergeConfigSettings(
    values.map((text) => {
      const equals = text.indexOf("=");
      if (equals < 1) {
        throw new PinionError(
          "usage/invalid-argument",
          `Invalid config setting: \`${text}\` (expected \`KEY=VALUE\`)`,
          {
            details: { value: text },
          },
        );
      }
      return { [text.slice(0, equals).trim()]: text.slice(equals + 1).trim() };
    }),
  );
}

/** Joins settings: values of one key become a list. */
export function mergeConfigSettings(settings: readonly ConfigSettings[]): ConfigSettings {
  const merged = new Map<string, string[]>();
  for (const [key, value] of settings.flatMap(Object.entries<string | readonly string[]>)) {
    const values = madeOnce(merged, key, () => []);
    for (const one of [value].flat()) values.push(one);
  }
  return Object.fromEntries(
    [...merged].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? "") : values]),
  );
}
