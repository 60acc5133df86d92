// What `bin/record-answer.cjs` notes of a run: each look at the file system, with what was seen.

/** What was seen of a path: its status as numbers, or a string. */
export type Look = readonly [
  kind: "stat" | "lstat" | "list" | "real" | "nativeReal" | "access" | "link",
  subject: string,
  seen: string | readonly (number | string)[],
  mode?: number | null,
];

export type Looks = readonly Look[];
