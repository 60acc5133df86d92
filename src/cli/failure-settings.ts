// How a failure is printed that comes before the settings of the run are known: a wrong command line, or a settings file that
// cannot be read.

import { readSettings, type SettingsRequest } from "../settings/read.ts";
import { Settings, type SettingsLayer } from "../settings/settings.ts";
import type { SettingName } from "../settings/table/table.ts";

/** The settings that decide about the form of an error, as far as they can be known; all others have their defaults. */
export function failureSettings(
  argv: readonly string[],
  world: Omit<SettingsRequest, "flags" | "command">,
): Settings {
  const flags = flagsIn(argv);
  for (const values of [flags, new Map([...flags, saying("no-config")])]) {
    const settings = tryRead({ ...world, flags: { values }, command: "" });
    if (settings !== undefined) return only(DECIDING, settings);
  }
  return new Settings(
    new Map([...flags].map(([name, value]) => [name, { inForce: [value], shadowed: [] }] as const)),
  );
}

/** A file or variable may be what is wrong. */
function tryRead(request: SettingsRequest): Settings | undefined {
  try {
    const { settings } = readSettings(request);
    for (const name of DECIDING) settings.get(name);
    return settings;
  } catch {
    return undefined;
  }
}

/** Which of them stand on a command line that nothing else is known of. */
function flagsIn(argv: readonly string[]): SettingsLayer["values"] {
  const end = argv.indexOf("--");
  const words = new Set(end === -1 ? argv : argv.slice(0, end));
  return new Map(FLAGS.filter((name) => words.has(`--${name}`)).map(saying));
}

function saying(
  name: SettingName,
): readonly [SettingName, { value: true; origin: { kind: "flag"; flag: string } }] {
  return [name, { value: true, origin: { kind: "flag", flag: `--${name}` } }];
}

function only(names: readonly SettingName[], settings: Settings): Settings {
  return new Settings(new Map(names.map((name) => [name, settings.stack(name)])));
}

const FLAGS: readonly SettingName[] = ["json", "no-config"];
const DECIDING: readonly SettingName[] = ["json", "color"];
