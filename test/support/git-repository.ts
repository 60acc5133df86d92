// A repository of the system's git for one test, with an author, and without the configuration of the machine.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export class GitRepository {
  readonly directory: string;
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;

  /** Makes an empty repository of a folder. */
  constructor(directory: string, env: NodeJS.ProcessEnv) {
    this.directory = directory;
    this.url = pathToFileURL(directory).href;
    this.env = { ...env, ...IDENTITY };
    this.git("init", "--quiet", "--initial-branch=main");
  }

  /** Runs git in the folder and gives back what it prints, trimmed. */
  git(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync("git", args, {
      cwd: this.directory,
      env: this.env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** Writes a file, commits it, and gives back the commit. */
  commit(name: string, content: string): string {
    writeFileSync(join(this.directory, name), content);
    return this.commitAll(name);
  }

  /** Commits everything in the folder, or one path only, and gives back the commit. */
  commitAll(path = "."): string {
    this.git("add", path);
    this.git("commit", "--quiet", "--message", path);
    return this.git("rev-parse", "HEAD");
  }
}

const IDENTITY = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@corp.example",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@corp.example",
};
