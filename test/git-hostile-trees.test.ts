// Commits whose trees or attributes would have git write more than they hold, or elsewhere than in their checkout.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { checkOut } from "../src/git/check-out.ts";
import { git } from "../src/git/git-command.ts";
import { fetchCommit, type GitOptions } from "../src/git/repository.ts";
import type { GitRepository } from "./support/git-repository.ts";
import { hasProgram, World } from "./support/world.ts";

const BOUNDS = { files: 100, folders: 10, components: 5, submodules: 2 };
/** Git takes submodules of this machine only where the user says so. */
const FROM_FILES = { GIT_CONFIG_PARAMETERS: "'protocol.file.allow=always'" };

async function checkedOut(
  world: World,
  origin: GitRepository,
  { commit, ...changes }: Partial<GitOptions> & { readonly commit: string },
): Promise<string> {
  const directory = join(world.directory, "checkout");
  rmSync(directory, { recursive: true, force: true });
  const options = {
    directory: join(world.directory, "cache"),
    env: { ...origin.env, ...FROM_FILES },
    ...changes,
  };
  await fetchCommit({ url: origin.url, commit }, options);
  await checkOut({ url: origin.url }, { commit, directory }, options);
  return directory;
}

/** Adds a repository as `inner`, as a commit of `outer`. */
function nested(outer: GitRepository, inner: GitRepository): string {
  outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.url, "inner");
  outer.git("commit", "--quiet", "--message", "with a submodule");
  return outer.git("rev-parse", "HEAD");
}

describe.skipIf(!hasProgram("git"))("the attributes of a commit", () => {
  const attributes = "[attr]large ident working-tree-encoding=UTF-32\nlarge large\nlines text eol=crlf\n";
  const content = "$Id$".repeat(1000);

  function enlarging(world: World, name: string): GitRepository {
    const origin = world.repository(name);
    writeFileSync(join(origin.directory, "plain"), content);
    const object = origin.git("hash-object", "-w", "plain");
    rmSync(join(origin.directory, "plain"));
    origin.commit("lines", "\n".repeat(1000));
    origin.commit(".gitattributes", attributes);
    origin.git("update-index", "--add", "--cacheinfo", `100644,${object},large`);
    origin.git("commit", "--quiet", "--message", "large");
    return origin;
  }

  // Promise: untrusted input cannot exhaust memory or time
  // Attack: `ident` and `working-tree-encoding` make of each byte of a commit, or of its submodule, nearly fifty
  test("make no file larger where the commit could pass the bound by them", async () => {
    await using world = await World.create();
    const inner = enlarging(world, "submodule");
    const outer = enlarging(world, "origin");
    const commit = nested(outer, inner);
    const size = { large: content.length, lines: 1000 };
    const sizes = async (bytes: number): Promise<readonly (readonly number[])[]> => {
      const directory = await checkedOut(world, outer, { commit, bounds: { ...BOUNDS, bytes } });
      return [directory, join(directory, "inner")].map((folder) =>
        Object.keys(size).map((name) => statSync(join(folder, name)).size),
      );
    };
    const stored = [size.large, size.lines];
    const enlarged = [size.large * 47 + 4, size.lines * 2];
    expect(await sizes(1_000_000)).toEqual([enlarged, enlarged]);
    // Both together are too many.
    expect(await sizes(500_000)).toEqual([enlarged, stored]);
    expect(await sizes(20_000)).toEqual([stored, stored]);
  });
});

describe.skipIf(!hasProgram("git"))("a submodule", () => {
  // Promise: a command changes nothing of the user's outside of what it was asked to change
  // Attack: on a file system that ignores case, the link `Inner` of a commit, to a repository of the user, is its submodule `inner`
  test("is in a folder of its checkout, and behind no link", async () => {
    await using world = await World.create();
    const inner = world.repository("submodule");
    inner.commit("kept", "committed");
    const outer = world.repository("origin");
    const commit = nested(outer, inner);
    // A file system that ignores case is not everywhere: a hook of this test puts the link there, as git writes the folder.
    const own = join(world.directory, "own");
    outer.git("clone", "--quiet", inner.url, own);
    writeFileSync(join(own, "kept"), "changed");
    world.script(
      "hooks/post-index-change",
      `test -L inner || { rmdir inner && ln -s '${own}' inner; }\nexit 0`,
    );
    outer.git("config", "--global", "core.hooksPath", join(world.directory, "hooks"));
    await expect(checkedOut(world, outer, { commit })).rejects.toMatchObject({
      code: "git/unsafe-submodule",
      details: { path: "inner" },
    });
    expect(readFileSync(join(own, "kept"), "utf8")).toBe("changed");
    expect(existsSync(join(own, ".git", "index.lock"))).toBe(false);
  });
});

describe.skipIf(!hasProgram("git"))("what git prints", () => {
  // Promise: untrusted input cannot exhaust memory or time
  // Attack: a server with names without end, of which only a part would count
  test("is whole, or an error", async () => {
    await using world = await World.create();
    const { directory, env } = world.repository("origin");
    const large = join(directory, "large");
    writeFileSync(large, Buffer.alloc(65 * 1024 ** 2, "a"));
    const object = (await git(["hash-object", "-w", large], directory, { env })).trim();
    await expect(git(["cat-file", "blob", object], directory, { env })).rejects.toMatchObject({
      code: "git/too-large",
    });
  });
});
