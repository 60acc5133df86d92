// Python's packaging standards as values: the package export `./pep`. Pure; nothing here reads a file or a variable.

export * from "./core-metadata-fields.ts";
export * from "./core-metadata-rules.ts";
export * from "./dependency-groups.ts";
export * from "./direct-url.ts";
export * from "./entry-points.ts";
export * from "./filename.ts";
export * from "./lenient.ts";
export * from "./marker-algebra.ts";
export * from "./marker-evaluate.ts";
export * from "./marker.ts";
export * from "./metadata.ts";
export * from "./name.ts";
export * from "./platform.ts";
export * from "./record.ts";
export type { RequirementEntry, RequirementsLine } from "./requirement-entry.ts";
export * from "./requirement.ts";
export { decodeRequirementsFile } from "./requirements-lines.ts";
export type { LineOptions } from "./requirements-options.ts";
export * from "./requirements-txt.ts";
export * from "./specifier.ts";
export * from "./tags.ts";
export * from "./target.ts";
export { caretLines, syntaxErrorPlace } from "./text.ts";
export type { SyntaxErrorDetails } from "./text.ts";
export * from "./version-range.ts";
export * from "./version.ts";
export * from "./wheel-file.ts";
