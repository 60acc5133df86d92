import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import { tarFile } from "../../../test/support/source-trees.ts";
import { writeZip } from "../../lab/index/zip-writer.ts";
import { MAX_METADATA_BYTES } from "../../store/unpacking/wheel-contents.ts";
import { readPackageInfo } from "./source-metadata.ts";

const HEAD = "Metadata-Version: 2.2\nName: tool\nVersion: 1.0\n\n";

function tar(content: string): Buffer {
  return gzipSync(Buffer.concat([tarFile("tool-1.0/PKG-INFO", content), Buffer.alloc(1024)]));
}

function zip(content: string): Buffer {
  return writeZip([{ path: "tool-1.0/PKG-INFO", content }]);
}

describe("readPackageInfo()", () => {
  const read = (archive: Buffer, filename: string): Promise<string> =>
    readPackageInfo(archive, { filename, workFolder: join(temporaryFolder(), "work"), signal: undefined });

  // Promise: no untrusted input makes a command fill the memory
  // Attack: a source distribution of some kilobytes whose PKG-INFO unpacks to as much as an archive may hold
  test.for([
    ["tool-1.0.tar.gz", tar],
    ["tool-1.0.zip", zip],
  ] as const)("reads what is at the top of %s, up to a bound", async ([filename, archive]) => {
    expect(await read(archive(HEAD), filename)).toBe(HEAD);
    await expect(read(archive(HEAD + "a".repeat(MAX_METADATA_BYTES)), filename)).rejects.toMatchObject({
      code: "index/invalid-metadata",
    });
  });
});
