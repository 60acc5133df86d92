// Where a setting's value came from. It travels with the value, so that an error or `pinion config` can name it.

export type Tool = "pinion" | "uv" | "pip";

export type Origin =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "variable"; readonly variable: string; readonly tool: Tool }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly line: number | undefined;
      readonly key: string;
      readonly tool: Tool;
      /** The file belongs to the project in whose folder the command runs, which may be the work of others. */
      readonly isOfProject?: true;
    }
  | { readonly kind: "default" };

export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** Whether the author of a project said it, and not the user. */
export function isOfProject(origin: Origin): boolean {
  return origin.kind === "file" && origin.isOfProject === true;
}

/** An origin as people read it: `--index-url`, `UV_INDEX_URL`, `~/.config/pip/pip.conf:3 (index-url)`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "flag":
      return origin.flag;
    case "variable":
      return origin.variable;
    case "file":
      return `${origin.path}${origin.line === undefined ? "" : `:${origin.line}`} (${origin.key})`;
    case "default":
      return "default";
  }
}
