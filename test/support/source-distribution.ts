// Source distributions as small as they can be: PKG-INFO and a module, as a tar archive with gzip (PEP 625).

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import type { IndexFile } from "../../src/lab/index-server.ts";

/** Makes one from the lines of its metadata that stand below `Name` and `Version`. */
export function makeSourceDistribution(
  name: string,
  version: string,
  {
    metadataVersion = "2.2",
    lines = [],
  }: { readonly metadataVersion?: string; readonly lines?: readonly string[] } = {},
): IndexFile {
  const info = [
    `Metadata-Version: ${metadataVersion}`,
    `Name: ${name}`,
    `Version: ${version}`,
    ...lines,
    "",
    "",
  ];
  const top = `${name}-${version}`;
  const bytes = gzipSync(
    Buffer.concat([
      tarMember(`${top}/PKG-INFO`, info.join("\n")),
      tarMember(`${top}/${name}.py`, "VALUE = 1\n"),
      Buffer.alloc(1024),
    ]),
  );
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, version, filename: `${top}.tar.gz`, bytes, sha256 };
}

/** POSIX 1003.1-1988, "ustar". */
function tarMember(path: string, text: string): Buffer {
  const contents = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${contents.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, octet) => total + octet, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)]);
}
