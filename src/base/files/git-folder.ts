// What git takes for the folder of a repository, by its name, on any system: git runs the programs that its files name.

/** Whether one component of a path could be taken for `.git`. */
export function isGitFolderName(component: string): boolean {
  return GIT_FOLDER.test(component.replace(IGNORED_BY_MACOS, ""));
}

/** With dots, spaces or the name of a stream after it, or by its short name, as Windows would understand it. */
const GIT_FOLDER = /^(?:\.git[. ]*(?::.*)?|git~1)$/i;
/** HFS+ compares names without these (CVE-2014-9390). */
const IGNORED_BY_MACOS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
