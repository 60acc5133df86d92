// The settings of `pip compile`: what a lock file says and how it looks.

import type { SettingDefinition } from "./definition.ts";

export type CompileSettingName =
  | "output-file"
  | "extra"
  | "all-extras"
  | "group"
  | "exclude"
  | "no-sources"
  | "universal"
  | "fork-strategy"
  | "generate-hashes"
  | "no-strip-extras"
  | "no-strip-markers"
  | "no-annotate"
  | "annotation-style"
  | "no-header"
  | "custom-compile-command"
  | "no-emit-package"
  | "emit-index-url"
  | "emit-find-links"
  | "emit-build-options"
  | "emit-marker-expression"
  | "emit-index-annotation";

export const COMPILE_SETTINGS: Readonly<Record<CompileSettingName, SettingDefinition>> = {
  "output-file": {
    group: "resolver",
    type: "path",
    flag: "-o, --output-file <file>",
    summary: "Write the lock to this file; its pins are kept where they still fit",
    uvPipKey: "output-file",
  },
  extra: {
    group: "resolver",
    type: "list",
    flag: "--extra <name>",
    summary: "Include this extra of the project",
    uvPipKey: "extra",
  },
  "all-extras": {
    group: "resolver",
    type: "boolean",
    flag: "--all-extras",
    counters: ["--no-all-extras"],
    summary: "Include all extras of the project",
    uvPipKey: "all-extras",
  },
  group: {
    group: "resolver",
    type: "list",
    flag: "--group <[path:]name>",
    summary: "Include this dependency group, of `pyproject.toml` or of another one",
    pipNames: ["group"],
    uvPipKey: "group",
  },
  exclude: {
    group: "resolver",
    type: "list",
    flag: "--excludes <file>",
    aliases: ["--exclude-dependencies"],
    summary: "Exclude the packages that this file lists, whatever needs them",
    uvVariables: ["UV_EXCLUDE"],
  },
  "no-sources": {
    group: "resolver",
    type: "boolean",
    flag: "--no-sources",
    summary: "Ignore `tool.uv.sources` of projects and scripts",
    uvVariables: ["UV_NO_SOURCES"],
    uvKey: "no-sources",
    uvPipKey: "no-sources",
  },
  universal: {
    group: "resolver",
    type: "boolean",
    flag: "--universal",
    counters: ["--no-universal"],
    summary: "Resolve for all platforms and Pythons at once",
    uvPipKey: "universal",
  },
  "fork-strategy": {
    group: "resolver",
    type: "choice",
    choices: ["fewest", "requires-python"],
    flag: "--fork-strategy <strategy>",
    summary: "With `--universal`: the newest version for each Python, or as few versions as possible",
    uvVariables: ["UV_FORK_STRATEGY"],
    uvKey: "fork-strategy",
    uvPipKey: "fork-strategy",
  },
  "generate-hashes": {
    group: "resolver",
    type: "boolean",
    flag: "--generate-hashes",
    counters: ["--no-generate-hashes"],
    summary: "Write the hashes of every file",
    uvPipKey: "generate-hashes",
  },
  "no-strip-extras": {
    group: "resolver",
    type: "boolean",
    flag: "--no-strip-extras",
    counters: ["--strip-extras"],
    summary: "Write extras: `flask[async]==3`",
    uvPipKey: "no-strip-extras",
  },
  "no-strip-markers": {
    group: "resolver",
    type: "boolean",
    flag: "--no-strip-markers",
    counters: ["--strip-markers"],
    summary: "Write environment markers",
    uvPipKey: "no-strip-markers",
  },
  "no-annotate": {
    group: "resolver",
    type: "boolean",
    flag: "--no-annotate",
    counters: ["--annotate"],
    summary: "Leave out the comments that say what needs each package",
    uvPipKey: "no-annotate",
  },
  "annotation-style": {
    group: "resolver",
    type: "choice",
    choices: ["line", "split"],
    flag: "--annotation-style <style>",
    summary: "How these comments look (default: split)",
    uvPipKey: "annotation-style",
  },
  "no-header": {
    group: "resolver",
    type: "boolean",
    flag: "--no-header",
    counters: ["--header"],
    summary: "Leave out the comment at the top",
    uvPipKey: "no-header",
  },
  "custom-compile-command": {
    group: "resolver",
    type: "text",
    flag: "--custom-compile-command <command>",
    summary: "The command that the comment at the top names",
    uvVariables: ["UV_CUSTOM_COMPILE_COMMAND"],
    uvPipKey: "custom-compile-command",
  },
  "no-emit-package": {
    group: "resolver",
    type: "list",
    flag: "--no-emit-package <name>",
    aliases: ["--unsafe-package"],
    summary: "Leave this package out of the lock, but not what it needs",
    uvPipKey: "no-emit-package",
  },
  "emit-index-url": {
    group: "resolver",
    type: "boolean",
    flag: "--emit-index-url",
    counters: ["--no-emit-index-url"],
    summary: "Write the URLs of the indexes",
    uvPipKey: "emit-index-url",
  },
  "emit-find-links": {
    group: "resolver",
    type: "boolean",
    flag: "--emit-find-links",
    counters: ["--no-emit-find-links"],
    summary: "Write the `--find-links` locations",
    uvPipKey: "emit-find-links",
  },
  "emit-build-options": {
    group: "resolver",
    type: "boolean",
    flag: "--emit-build-options",
    counters: ["--no-emit-build-options"],
    summary: "Write `--no-binary` and `--only-binary`",
    uvPipKey: "emit-build-options",
  },
  "emit-marker-expression": {
    group: "resolver",
    type: "boolean",
    flag: "--emit-marker-expression",
    counters: ["--no-emit-marker-expression"],
    summary: "Write the environment that the pins are known to be valid for",
    uvPipKey: "emit-marker-expression",
  },
  "emit-index-annotation": {
    group: "resolver",
    type: "boolean",
    flag: "--emit-index-annotation",
    counters: ["--no-emit-index-annotation"],
    summary: "Write which index each package comes from",
    uvPipKey: "emit-index-annotation",
  },
};
