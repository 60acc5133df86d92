// Python's packaging standards as values: the package export `./pep`. Pure; nothing here reads a file or a variable.

export * from "./metadata/core-metadata-fields.ts";
export * from "./metadata/core-metadata-rules.ts";
export { resolveDependencyGroups } from "./dependency-groups.ts";
export * from "./files/direct-url.ts";
export * from "./files/entry-points.ts";
export * from "./files/filename.ts";
export * from "./lenient.ts";
export * from "./markers/algebra.ts";
export * from "./markers/evaluate.ts";
export * from "./markers/marker.ts";
export * from "./metadata/metadata.ts";
export * from "./name.ts";
export * from "./tags/platform.ts";
export * from "./files/record.ts";
export type { RequirementEntry, RequirementsLine } from "./requirements/requirement-entry.ts";
export * from "./requirements/requirement.ts";
export { decodeRequirementsFile } from "./requirements/requirements-lines.ts";
export type { LineOptions } from "./requirements/requirements-options.ts";
export * from "./requirements/requirements-txt.ts";
export * from "./versions/specifier.ts";
export * from "./tags/tags.ts";
export * from "./tags/target.ts";
export { caretLines, syntaxErrorPlace } from "./text.ts";
export type { SyntaxErrorDetails } from "./text.ts";
export * from "./versions/version-range.ts";
export * from "./versions/version.ts";
export * from "./files/wheel-file.ts";
