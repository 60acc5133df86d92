// What settings require for the build of a project, beside what the project says (uv's `extra-build-dependencies`).

export interface ExtraBuildRequirement {
  /** As PEP 508 writes it. */
  readonly text: string;
  /** It is to have the version that is installed beside the project; such a build is refused. */
  readonly matchesRuntime?: true;
}
