// What `[tool.uv]` of a script's metadata says of indexes and of files to take, as the options of a requirements file would: run
// through uv 0.13.9, which passes over all other settings there, and over `[[tool.uv.index]]`.

import { isTextList } from "../../base/values/record.ts";
import type { TomlTable } from "../../base/formats/toml-table.ts";
import { isRemoteFile, localFolderIn } from "../../pep/requirements/remote-requirements.ts";
import {
  emptyRequirementsOptions,
  type PlacedValue,
  type RequirementsOptions,
} from "../../pep/requirements/requirements-txt.ts";

/** The script, and how what is wrong with it is refused. */
export interface ScriptPlace {
  readonly path: string;
  readonly text: string;
  readonly invalid: (reason: string) => Error;
}

/** @throws what `invalid` makes of a value of another type, and of a place of this machine in a script that came over the network */
export function scriptOptions(tool: TomlTable | undefined, place: ScriptPlace): RequirementsOptions {
  const placed = (key: string, values: readonly string[]): readonly PlacedValue[] => {
    const [file, line] = [place.path, lineOf(key, place.text)];
    return values.map((value) => ({ value, file, line }));
  };
  const texts = (key: string): readonly PlacedValue[] => {
    const value = tool?.[key] ?? [];
    if (isTextList(value)) return placed(key, value);
    throw place.invalid(`\`${key}\` of the script's metadata is not an array of strings`);
  };
  const isOn = (key: string): boolean => {
    const value = tool?.[key] ?? false;
    if (typeof value === "boolean") return value;
    throw place.invalid(`\`${key}\` of the script's metadata is not \`true\` or \`false\``);
  };
  const named = (all: string, packages: string): readonly PlacedValue[] => [
    ...(isOn(all) ? placed(all, [":all:"]) : []),
    ...texts(packages),
  ];
  const index = tool?.["index-url"];
  if (index !== undefined && typeof index !== "string")
    throw place.invalid("`index-url` of the script's metadata is not a string");
  const indexUrl = index === undefined ? undefined : placed("index-url", [index])[0];
  const [extraIndexUrls, findLinks] = [texts("extra-index-url"), texts("find-links")];
  if (isRemoteFile(place.path)) {
    const reach = localFolderIn([...findLinks, ...extraIndexUrls, indexUrl].map((found) => found?.value));
    if (reach !== undefined) throw place.invalid(reach);
  }
  return {
    ...emptyRequirementsOptions(),
    indexUrl,
    extraIndexUrls,
    findLinks,
    noIndex: isOn("no-index"),
    noBinary: named("no-binary", "no-binary-package"),
    onlyBinary: named("no-build", "no-build-package"),
  };
}

/** The line of a key in the comment that holds the metadata; the first where it is written in another way. */
function lineOf(key: string, text: string): number {
  const found = text.split("\n").findIndex((line) => line.replace(/^#\s*/, "").startsWith(key));
  return found === -1 ? 1 : found + 1;
}
