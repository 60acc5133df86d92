// Large files of a repository (Git LFS). A repository's .lfsconfig may have them on any server, over plain HTTP too, and git-lfs
// would log in there: they are fetched where the user says so, by git-lfs's own variable or by uv's `UV_GIT_LFS`.

import { readTruthWord } from "../base/text/truth-words.ts";

/** The variables of a run. */
export type LargeFilesEnv = Readonly<Record<string, string | undefined>>;

/** What `GIT_LFS_SKIP_SMUDGE` is for git: a checkout keeps the pointers to the files, unless the user wants the files. */
export function skipSmudge(env: LargeFilesEnv): string {
  return env["GIT_LFS_SKIP_SMUDGE"] ?? (isTrue(env["UV_GIT_LFS"]) ? "0" : "1");
}

/** Whether a checkout has the files themselves, where git has the filter of git-lfs. */
export function fetchesLargeFiles(env: LargeFilesEnv): boolean {
  return !isTrue(skipSmudge(env));
}

function isTrue(value = ""): boolean {
  return readTruthWord(value.trim()) === true;
}
