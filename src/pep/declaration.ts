// Where a requirement was declared, as lock files and explanations name it.

/** A file of requirements, a project's `pyproject.toml`, or one of its dependency groups. */
export type Declaration =
  | {
      readonly kind: "file";
      readonly path: string;
      /** It was named by its whole path, or is included by a file of the working folder; uv lists such files first. */
      readonly isAbsolute?: true;
      /** A settings file holds the requirement itself; uv lists it after all files and projects. */
      readonly isOfSettings?: true;
    }
  | { readonly kind: "project"; readonly path: string; readonly project: string }
  | {
      readonly kind: "group";
      readonly path: string;
      readonly project: string | undefined;
      readonly group: string;
    };
