// Python's packaging standards as values: the package export `./pep`. Pure; nothing here reads a file or a variable.

export * from "./core-metadata-fields.ts";
export * from "./dependency-groups.ts";
export * from "./direct-url.ts";
export * from "./entry-points.ts";
export * from "./filename.ts";
export * from "./metadata.ts";
export * from "./platform.ts";
export * from "./record.ts";
export * from "./tags.ts";
export * from "./target.ts";
