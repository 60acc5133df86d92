// Where a requirement was declared, as lock files and explanations name it.

/** A file of requirements, a project's `pyproject.toml`, or one of its dependency groups. */
export type Declaration =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "project"; readonly path: string; readonly project: string }
  | {
      readonly kind: "group";
      readonly path: string;
      readonly project: string | undefined;
      readonly group: string;
    };
