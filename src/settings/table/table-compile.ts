// The settings of `pip compile`: what a lock file says and how it looks.

import { choiceOr, flag, inGroup, list, parsedList, path, text, type SettingTable } from "./setting.ts";
import type { Marker } from "../../pep/markers/expression.ts";
import { statedMarkers } from "../values/requirement-parsers.ts";
import { extraNames, groupPlaces, type GroupPlace, projectNames } from "../values/parsers.ts";

/** The types of the values. */
export interface CompileSettings {
  readonly "output-file": string | undefined;
  readonly extra: readonly string[];
  readonly "all-extras": boolean;
  readonly "no-extra": readonly string[];
  readonly group: readonly GroupPlace[];
  readonly exclude: readonly string[];
  readonly "no-editable": boolean;
  readonly "no-editable-package": readonly string[];
  readonly "no-sources": boolean;
  readonly "no-sources-package": readonly string[];
  readonly universal: boolean;
  readonly "fork-strategy": "fewest" | "requires-python";
  readonly environments: readonly Marker[];
  readonly "required-environments": readonly Marker[];
  readonly "generate-hashes": boolean;
  readonly "no-strip-extras": boolean;
  readonly "no-strip-markers": boolean;
  readonly "no-annotate": boolean;
  readonly "annotation-style": "line" | "split";
  readonly "no-header": boolean;
  readonly "custom-compile-command": string | undefined;
  readonly "no-emit-package": readonly string[];
  readonly "emit-index-url": boolean;
  readonly "emit-find-links": boolean;
  readonly "emit-build-options": boolean;
  readonly "emit-marker-expression": boolean;
  readonly "emit-index-annotation": boolean;
}

export const COMPILE_SETTINGS: SettingTable<CompileSettings> = inGroup("resolver", {
  "output-file": path({
    staysInProject: true,
    flag: "-o, --output-file <OUTPUT_FILE>",
    summary: "Write the lock to this file; its pins are kept where they still fit",
    uvPipKey: "output-file",
  }),
  extra: parsedList(extraNames, {
    flag: "--extra <EXTRA>",
    summary: "Include this extra of the project",
    uvPipKey: "extra",
  }),
  "all-extras": flag({
    flag: "--all-extras",
    counters: ["--no-all-extras"],
    summary: "Include all extras of the project",
    uvPipKey: "all-extras",
  }),
  "no-extra": parsedList(extraNames, {
    summary: "Leave out this extra of the project, also of `--all-extras`",
    uvPipKey: "no-extra",
  }),
  group: parsedList(groupPlaces, {
    flag: "--group <GROUP>",
    summary: "Include this dependency group of `pyproject.toml`, or of another file (`PATH:NAME`)",
    pipNames: ["group"],
    uvPipKey: "group",
  }),
  exclude: list({
    flag: "--excludes <EXCLUDES>",
    aliases: ["--exclude", "--exclude-dependencies"],
    summary: "Exclude the packages listed in this file, even if something requires them",
    uvVariables: ["UV_EXCLUDE"],
  }),
  "no-editable": flag({
    flag: "--no-editable",
    summary: "Install the projects that `-e` names as others are, not in place",
    uvVariables: ["UV_NO_EDITABLE"],
  }),
  "no-editable-package": parsedList(projectNames, {
    flag: "--no-editable-package <NO_EDITABLE_PACKAGE>",
    summary: "As `--no-editable`, for one project",
  }),
  "no-sources": flag({
    flag: "--no-sources",
    summary: "Ignore `tool.uv.sources` of projects and scripts",
    uvVariables: ["UV_NO_SOURCES"],
    uvKey: "no-sources",
    uvPipKey: "no-sources",
  }),
  "no-sources-package": parsedList(projectNames, {
    flag: "--no-sources-package <NO_SOURCES_PACKAGE>",
    summary: "Ignore `tool.uv.sources` for this package",
    uvVariables: ["UV_NO_SOURCES_PACKAGE"],
    uvSeparator: " ",
    uvKey: "no-sources-package",
    uvPipKey: "no-sources-package",
  }),
  universal: flag({
    flag: "--universal",
    counters: ["--no-universal"],
    summary: "Resolve for all platforms and Pythons at once",
    uvPipKey: "universal",
  }),
  "fork-strategy": choiceOr("requires-python", ["fewest", "requires-python"], {
    flag: "--fork-strategy <FORK_STRATEGY>",
    summary: "With `--universal`: the newest version for each Python, or as few versions as possible",
    uvVariables: ["UV_FORK_STRATEGY"],
    uvKey: "fork-strategy",
    uvPipKey: "fork-strategy",
  }),
  environments: parsedList(statedMarkers, {
    summary: "With `--universal`: resolve only for the environments of these markers",
    uvKey: "environments",
    isUvTextOrList: true,
  }),
  "required-environments": parsedList(statedMarkers, {
    summary:
      "With `--universal`: a version without a source distribution must have a wheel for each of these markers",
    uvKey: "required-environments",
    isUvTextOrList: true,
  }),
  "generate-hashes": flag({
    flag: "--generate-hashes",
    counters: ["--no-generate-hashes"],
    summary: "Write the hashes of every file",
    uvPipKey: "generate-hashes",
  }),
  "no-strip-extras": flag({
    flag: "--no-strip-extras",
    counters: ["--strip-extras"],
    summary: "Write extras: `flask[async]==3`",
    uvPipKey: "no-strip-extras",
  }),
  "no-strip-markers": flag({
    flag: "--no-strip-markers",
    counters: ["--strip-markers"],
    summary: "Write environment markers",
    uvPipKey: "no-strip-markers",
  }),
  "no-annotate": flag({
    flag: "--no-annotate",
    counters: ["--annotate"],
    summary: "Leave out the comments that say what requires each package",
    uvPipKey: "no-annotate",
  }),
  "annotation-style": choiceOr("split", ["line", "split"], {
    flag: "--annotation-style <ANNOTATION_STYLE>",
    summary: "The style of the comments that say what requires each package",
    uvPipKey: "annotation-style",
  }),
  "no-header": flag({
    flag: "--no-header",
    counters: ["--header"],
    summary: "Leave out the comment at the top",
    uvPipKey: "no-header",
  }),
  "custom-compile-command": text({
    flag: "--custom-compile-command <CUSTOM_COMPILE_COMMAND>",
    summary: "The command to show in the comment at the top",
    uvVariables: ["UV_CUSTOM_COMPILE_COMMAND"],
    uvPipKey: "custom-compile-command",
  }),
  "no-emit-package": parsedList(projectNames, {
    flag: "--no-emit-package <NO_EMIT_PACKAGE>",
    aliases: ["--unsafe-package"],
    summary: "Leave this package out of the lock, but not its dependencies",
    uvPipKey: "no-emit-package",
  }),
  "emit-index-url": flag({
    flag: "--emit-index-url",
    counters: ["--no-emit-index-url"],
    summary: "Write the URLs of the indexes",
    uvPipKey: "emit-index-url",
  }),
  "emit-find-links": flag({
    flag: "--emit-find-links",
    counters: ["--no-emit-find-links"],
    summary: "Write the `--find-links` locations",
    uvPipKey: "emit-find-links",
  }),
  "emit-build-options": flag({
    flag: "--emit-build-options",
    counters: ["--no-emit-build-options"],
    summary: "Write `--no-binary` and `--only-binary`",
    uvPipKey: "emit-build-options",
  }),
  "emit-marker-expression": flag({
    flag: "--emit-marker-expression",
    counters: ["--no-emit-marker-expression"],
    summary: "Write the environment that the pins are known to be valid for",
    uvPipKey: "emit-marker-expression",
  }),
  "emit-index-annotation": flag({
    flag: "--emit-index-annotation",
    counters: ["--no-emit-index-annotation"],
    summary: "Write which index each package comes from",
    uvPipKey: "emit-index-annotation",
  }),
});
