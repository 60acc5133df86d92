import { describe, expect, test } from "vitest";

import { parseSource } from "./parse-source.ts";
import { isOnNetwork, refuseLocalSource } from "./reach.ts";
import type { Source } from "./source.ts";

const sourceOf = (text: string): Source => parseSource(text, { directory: "/home/ada" }).source;
const git = (url: string): Source => ({ kind: "git", url });
const file = (url: string): Source => ({ kind: "sdist", url, filename: "a-1.tar.gz", hashes: {} });

describe("isOnNetwork()", () => {
  test.each([
    "https://files.example/a-1-py3-none-any.whl",
    "http://files.example/a-1.tar.gz",
    "git+https://git.example/a",
    "git+ssh://git@git.example/a@main",
    "git://git.example/a",
  ])("says yes: %s", (text) => {
    expect(isOnNetwork(sourceOf(text))).toBe(true);
  });

  // Promise: what is not known to be on the network is of this machine
  // Attack: sources with schemes, paths and hosts that are not on the list
  test.each([
    sourceOf("a"),
    sourceOf("./a-1.tar.gz"),
    sourceOf("file:///srv/a-1-py3-none-any.whl"),
    sourceOf("git+file:///srv/a"),
    file("ftp://files.example/a-1.tar.gz"),
    file("ssh://files.example/a-1.tar.gz"),
    file("//files.example/a-1.tar.gz"),
    file(" file:///srv/a-1.tar.gz"),
    git("/srv/a"),
    git("../a"),
    git("ext::git-upload-pack /srv/a"),
    git("git.example:a"),
    git("ssh:///srv/a"),
    { kind: "directory", url: "https://git.example/a", isEditable: false } as const,
  ])("says no: %o", (source) => {
    expect(isOnNetwork(source)).toBe(false);
    expect(() => refuseLocalSource(source, "https://files.example/r.txt:1")).toThrow(
      expect.objectContaining({ code: "requirement/local-path" }),
    );
  });
});
