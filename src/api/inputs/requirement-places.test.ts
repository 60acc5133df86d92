import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import { PinionError, isPinionError } from "../../errors.ts";
import { requireHashes } from "./hashes.ts";
import { readInputs } from "./read-inputs.ts";

/** Reads `r.txt`, which has `line` as its second line, and gives back what is wrong with it. */
async function failureOf(line: string): Promise<{ code: string; file: unknown; line: unknown }> {
  const directory = temporaryFolder();
  mkdirSync(join(directory, "folder"));
  writeFileSync(join(directory, "r.txt"), `idna\n${line}\n`);
  try {
    const inputs = await readInputs(
      { requirements: [{ kind: "file", path: "r.txt" }], constraints: [], overrides: [] },
      {
        directory,
        env: {},
        readInput: () => Promise.resolve(""),
        fetch: () => Promise.reject(new PinionError("net/refused", "Cannot connect")),
      },
    );
    const [first, ...others] = inputs.requirements;
    expect(first?.place).toEqual({ file: "r.txt", line: 1 });
    requireHashes({ ...inputs, requirements: others });
  } catch (error) {
    if (!isPinionError(error)) throw error;
    const { place, file, includedBy, line: number } = error.details;
    const { code } = error;
    if (typeof place === "object" && place !== null)
      return { code, file: undefined, line: undefined, ...place };
    return { code, file: includedBy ?? file, line: number };
  }
  throw new Error(`nothing is wrong with ${line}`);
}

describe("every error of a requirements file names the file and the line:", () => {
  test.for<[string, string, string]>([
    ["syntax", "foo bar", "requirement/invalid-file"],
    ["an unknown option", "--frobnicate", "requirement/invalid-file"],
    ["an option without its value", "-r", "requirement/invalid-file"],
    ["a flag with a value", "--pre=yes", "requirement/invalid-file"],
    ["a quotation mark that is not closed", "--find-links 'a", "requirement/invalid-file"],
    ["a short hash", "foo==1 --hash=sha256:00", "requirement/invalid-file"],
    ["a hash of an unknown algorithm", "foo==1 --hash=crc:00", "requirement/invalid-file"],
    ["a hash without digits", "foo==1 --hash=sha256", "requirement/invalid-file"],
    ["a setting without a value", "foo --config-settings x", "requirement/invalid-file"],
    ["a version specifier", "foo==1.0.*.2", "requirement/invalid-file"],
    ["an extra", "foo[a b]", "requirement/invalid-file"],
    ["a marker variable", "foo; python_versio > '3'", "requirement/invalid-file"],
    ["half a marker", "foo; python_version >", "requirement/invalid-file"],
    ["a NUL", "foo\0bar", "requirement/invalid-file"],
    ["a file that includes itself", "-r r.txt", "requirement/invalid-file"],
    ["an included file that does not exist", "-r nothere.txt", "requirement/file-not-found"],
    ["constraints that do not exist", "-c nothere.txt", "requirement/file-not-found"],
    ["an included folder", "-r folder", "requirement/file-not-found"],
    ["an included URL that fails", "-r https://corp.example/r.txt", "net/refused"],
    ["a URL that is not one", "foo @ http://[::1/foo-1-py3-none-any.whl", "net/invalid-url"],
    ["a URL of another scheme", "foo @ ftp://corp.example/foo-1-py3-none-any.whl", "net/invalid-url"],
    ["a URL of something else", "foo @ https://corp.example/foo", "requirement/unsupported"],
    ["a wheel of another project", "foo @ https://corp.example/bar-1-py3-none-any.whl", "wheel/invalid"],
    ["a wheel's name", "./foo.whl", "wheel/invalid-filename"],
    ["a repository that is not Git's", "foo @ hg+https://corp.example/foo", "requirement/unsupported"],
    ["an editable URL", "-e https://corp.example/foo.zip", "requirement/unsupported"],
    ["a requirement without a pin, with --require-hashes", "foo>=1", "requirement/hash-required"],
    ["a requirement without a hash, with --require-hashes", "foo==1", "requirement/hash-required"],
    [
      "a weak hash, with --require-hashes",
      `foo==1 --hash=md5:${"0".repeat(32)}`,
      "requirement/hash-required",
    ],
  ])("%s", async ([, line, code]) => {
    expect(await failureOf(line)).toEqual({ code, file: "r.txt", line: 2 });
  });
});
