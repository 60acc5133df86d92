import { mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { archiveCases } from "../../test/archive-vectors.ts";
import { snapshot, temporaryFolder } from "../../test/install-environment.ts";
import { turnsOf } from "../../test/support/turns-of.ts";
import { isPinionError } from "../errors.ts";
import { extractTar, type ExtractedTar } from "./tar.ts";

describe("extractTar, on malformed archives", () => {
  for (const form of ["plain", "compressed"]) {
    test.each(archiveCases("tar"))(`${form}: $verdict $title`, async ({ bytes, verdict }) => {
      const parent = temporaryFolder();
      mkdirSync(join(parent, "staging"));
      const outcome = await outcomeOf(form === "plain" ? bytes : gzipSync(bytes), join(parent, "staging"));
      expect(outcome).toBe(
        verdict === undefined ? outcome : { accept: "done", refuse: "archive/invalid" }[verdict],
      );
      expect(outcome).toMatch(/^(done|archive\/invalid)$/);
      expect(readdirSync(parent)).toEqual(["staging"]);
    });
  }
});

describe("extractTar", () => {
  test("extracts files, folders, links and copies, with the one right that counts", async () => {
    const directory = temporaryFolder();
    const { files, topLevel } = await extract(directory, [
      member({ name: "x-1.0/", type: "5" }),
      member({ name: "x-1.0/run.sh", mode: 0o4755, contents: "#!/bin/sh\n" }),
      member({ name: "x-1.0/data/plain", contents: "x".repeat(600) }),
      member({ name: "x-1.0/copy", type: "1", linkName: "x-1.0/data/plain" }),
      member({ name: "x-1.0/docs/link", type: "2", linkName: "../data/plain" }),
      member({ name: "x-1.0/test/data/far", type: "2", linkName: "../../data/plain" }),
      member({ name: "x-1.0/test/data/top", type: "2", linkName: "../.." }),
    ]);
    expect(topLevel).toEqual(["x-1.0"]);
    expect(files).toEqual(["x-1.0/run.sh", "x-1.0/data/plain", "x-1.0/copy"]);
    const tree = snapshot(join(directory, "x-1.0"));
    expect(tree["run.sh"]).toBe("755 #!/bin/sh\n");
    expect(tree["copy"]).toBe(`644 ${"x".repeat(600)}`);
    expect(readlinkSync(join(directory, "x-1.0/docs/link"))).toBe("../data/plain");
    expect(readlinkSync(join(directory, "x-1.0/test/data/far"))).toBe("../../data/plain");
    expect(readlinkSync(join(directory, "x-1.0/test/data/top"))).toBe("../..");
  });

  test("takes long names of GNU tar, which old source distributions have", async () => {
    const name = `${"long/".repeat(30)}file`;
    const longName = member({ name: "././@LongLink", type: "L", contents: `${name}\0` });
    const { files } = await extract(temporaryFolder(), [longName, member({ name: name.slice(0, 100) })]);
    expect(files).toEqual([name]);
  });

  const hostile: readonly [string, readonly Buffer[]][] = [
    ["a link out of the archive", [member({ name: "a/l", type: "2", linkName: "../../x" })]],
    [
      "a folder that is a link where letter case does not count",
      [
        member({ name: "a/b/L", type: "2", linkName: ".." }),
        member({ name: "a/b/l/m", type: "2", linkName: "../../x" }),
      ],
    ],
    [
      "a link through such a link",
      [
        member({ name: "a/L", type: "2", linkName: "." }),
        member({ name: "b", type: "2", linkName: "a/l/x" }),
      ],
    ],
    [
      "a link and a file that some systems take for one",
      [member({ name: "\u017f", type: "2", linkName: "x" }), member({ name: "S" })],
    ],
    ["a link that climbs out", [member({ name: "a/b/l", type: "2", linkName: "../../../x" })]],
    ["a link to the folder above the archive", [member({ name: "a/l", type: "2", linkName: "../.." })]],
    ["a link that climbs at its end", [member({ name: "a/b/l", type: "2", linkName: "../x/.." })]],
    ["an absolute link", [member({ name: "l", type: "2", linkName: "/etc" })]],
    ["a link that climbs in the middle", [member({ name: "l", type: "2", linkName: "a/../../x" })]],
    [
      "a link through a link",
      [
        member({ name: "a/l", type: "2", linkName: ".." }),
        member({ name: "b", type: "2", linkName: "a/l/x" }),
      ],
    ],
    ["a file through a link", [member({ name: "l", type: "2", linkName: "a" }), member({ name: "l/x" })]],
    [
      "a link where a folder with files is",
      [member({ name: "l/x" }), member({ name: "l", type: "2", linkName: "a" })],
    ],
    [
      "a hard link to a link",
      [member({ name: "l", type: "2", linkName: "a" }), member({ name: "h", type: "1", linkName: "l" })],
    ],
    ["a hard link out of the archive", [member({ name: "h", type: "1", linkName: "../x" })]],
    [
      "a hard link to what comes later",
      [member({ name: "h", type: "1", linkName: "x" }), member({ name: "x" })],
    ],
    ["a file twice", [member({ name: "x" }), member({ name: "x" })]],
    ["a file with a target", [member({ name: "x", linkName: "y" })]],
    ["a device", [member({ name: "x", type: "3" })]],
    ["a folder with contents", [member({ name: "x", type: "5", contents: "x" })]],
    [
      "a member named by GNU's long name and by PAX",
      [
        member({ name: "././@LongLink", type: "L", contents: "x-1.0/long\0" }),
        member({ name: "pax", type: "x", contents: "17 path=x-1.0/p\n" }),
        member({ name: "x-1.0/short" }),
      ],
    ],
    [
      "two long names for one member",
      [
        member({ name: "././@LongLink", type: "L", contents: "x-1.0/long\0" }),
        member({ name: "././@LongLink", type: "L", contents: "x-1.0/other\0" }),
        member({ name: "x-1.0/short" }),
      ],
    ],
    [
      "a size of PAX that is not that of the contents",
      [
        member({ name: "pax", type: "x", contents: "12 size=900\n" }),
        member({ name: "x-1.0/a", contents: "a" }),
        member({ name: "x-1.0/b" }),
      ],
    ],
    ["a wrong checksum", [member({ name: "x" }).fill("y", 0, 1)]],
  ];
  test.each(hostile)("refuses %s", async (_what, members) => {
    const parent = temporaryFolder();
    mkdirSync(join(parent, "staging"));
    expect(await outcomeOf(Buffer.concat([...members, END]), join(parent, "staging"))).toBe(
      "archive/invalid",
    );
    expect(readdirSync(parent)).toEqual(["staging"]);
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: names and links of many components
  test("refuses names and links that are nested too deeply, and more folders than a package has", async () => {
    const named = (name: string): readonly Buffer[] => [
      member({ name: "././@LongLink", type: "L", contents: `${name}\0` }),
      member({ name: name.slice(0, 100) }),
    ];
    await expect(extract(temporaryFolder(), named(`${"d/".repeat(100)}x`))).rejects.toThrow(
      "nested too deeply",
    );
    await extract(temporaryFolder(), named(`${"d/".repeat(99)}x`));
    const linked = (target: string): readonly Buffer[] => [
      member({ name: "pax", type: "x", contents: paxRecord("linkpath", target) }),
      member({ name: "l", type: "2", linkName: target.slice(0, 100) }),
    ];
    await expect(extract(temporaryFolder(), linked(`${"d/".repeat(100)}x`))).rejects.toThrow(
      "nested too deeply",
    );
    await expect(extract(temporaryFolder(), linked(`${"../".repeat(2000)}x`))).rejects.toThrow("too long");
    const folders = Buffer.concat([member({ name: "a/b/c/x" }), member({ name: "d/e/x" }), END]);
    const limited = extractTar(folders, temporaryFolder(), { maxImpliedFolders: 4 });
    await expect(limited).rejects.toThrow("imply more than 4 folders");
    await extractTar(folders, temporaryFolder(), { maxImpliedFolders: 5 });
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: hard links, of one block each, to one file
  test("counts what hard links copy", async () => {
    const file = member({ name: "x", contents: "abc".repeat(1000) });
    const links = ["a", "b", "c"].map((name) => member({ name, type: "1", linkName: "x" }));
    const archive = Buffer.concat([file, ...links, END]);
    const limited = extractTar(archive, temporaryFolder(), { maxUnpackedBytes: 10_000 });
    await expect(limited).rejects.toMatchObject({ code: "archive/too-large" });
    const { files } = await extractTar(archive, temporaryFolder(), { maxUnpackedBytes: 12_000 });
    expect(files).toEqual(["x", "a", "b", "c"]);
  });

  test("refuses what is cut off, and what comes after the end", async () => {
    const whole = Buffer.concat([member({ name: "x", contents: "abc" }), END]);
    const compressed = gzipSync(whole);
    const zip = Buffer.from("PK\x05\x06".padEnd(22, "\0"), "latin1");
    const broken = [
      ...[0, 100, 512, 1024, 1536].map((length) => whole.subarray(0, length)),
      ...[20, compressed.length - 1].map((length) => compressed.subarray(0, length)),
      Buffer.concat([whole, zip]),
      Buffer.concat([compressed, zip]),
    ];
    for (const bytes of broken) expect(await outcomeOf(bytes, temporaryFolder())).toBe("archive/invalid");
    expect(await outcomeOf(compressed, temporaryFolder())).toBe("done");
  });

  test("stops when it is cancelled", async () => {
    const archive = Buffer.concat([member({ name: "x" }), END]);
    const extracted = extractTar(archive, temporaryFolder(), { signal: AbortSignal.abort() });
    await expect(extracted).rejects.toMatchObject({ code: "net/cancelled" });
  });

  // Promise: untrusted input cannot make a command hang
  // Attack: an archive of very many links
  test("hears that it is cancelled while it makes links", async () => {
    const folder = temporaryFolder();
    const links = Array.from({ length: 5000 }, (_, index) =>
      member({ name: String(index), type: "2", linkName: "a/b/c" }),
    );
    const cancelling = new AbortController();
    const extracted = extractTar(Buffer.concat([...links, END]), folder, { signal: cancelling.signal });
    const cancelled = expect(extracted).rejects.toMatchObject({ code: "net/cancelled" });
    while (readdirSync(folder).length === 0) await nextTurn();
    cancelling.abort();
    await cancelled;
    expect(readdirSync(folder).length).toBeLessThan(links.length);
  });

  const many = 100;
  const numbered = (spec: Omit<MemberSpec, "name">): readonly Buffer[] =>
    Array.from({ length: many }, (_, index) => member({ ...spec, name: `d${index}/x` }));
  // Promise: Ctrl-C ends every command within a second, in every phase
  // Attack: an archive of very many members, or of records before one, which comes as one piece
  test.each<[string, readonly Buffer[]]>([
    ["members", numbered({})],
    ["folders", numbered({ type: "5" })],
    [
      "global records",
      numbered({ type: "g", contents: paxRecord("comment", "x") }).concat(member({ name: "x" })),
    ],
  ])("lets everything else go on between %s", async (_, members) => {
    const archive = Buffer.concat([...members, END]);
    expect(await turnsOf(() => extractTar(archive, temporaryFolder()))).toBeGreaterThanOrEqual(many);
  });

  test("lets everything else go on while it copies a large file", async () => {
    const megabytes = 10;
    const copied = Buffer.concat([
      member({ name: "x", contents: "x".repeat(megabytes * 1024 ** 2) }),
      ...["a", "b", "c"].map((name) => member({ name, type: "1", linkName: "x" })),
      END,
    ]);
    const turns = await turnsOf(() => extractTar(copied, temporaryFolder()));
    expect(turns).toBeGreaterThanOrEqual(4 * megabytes);
  });

  test("lets everything else go on while it compares the names of links with those of members", async () => {
    const folders = Array.from({ length: many }, (_, index) => `d${index}`).join("/");
    const linked = Buffer.concat([
      member({ name: "././@LongLink", type: "L", contents: `${folders}\0` }),
      member({ name: folders.slice(0, 100), type: "5" }),
      member({ name: "l", type: "2", linkName: "d0" }),
      END,
    ]);
    expect(await turnsOf(() => extractTar(linked, temporaryFolder()))).toBeGreaterThanOrEqual(many);
  });
});

const END = Buffer.alloc(1024);

function extract(directory: string, members: readonly Buffer[]): Promise<ExtractedTar> {
  return extractTar(gzipSync(Buffer.concat([...members, END])), directory);
}

/** `LENGTH KEY=VALUE` with a line end; the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const digits = String(rest.length + String(rest.length).length).length;
  return `${rest.length + digits}${rest}`;
}

interface MemberSpec {
  readonly name: string;
  readonly type?: string;
  readonly mode?: number;
  readonly contents?: string;
  readonly linkName?: string;
}

function member({ name, type = "0", mode = 0o644, contents = "", linkName = "" }: MemberSpec): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  header.write(`${contents.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(linkName, 157, 100);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const data = Buffer.alloc(Math.ceil(contents.length / 512) * 512);
  data.write(contents);
  return Buffer.concat([header, data]);
}

/** `done`, the code of an explained error, or the whole of any other. */
async function outcomeOf(archive: Buffer, directory: string): Promise<string> {
  try {
    await extractTar(archive, directory);
    return "done";
  } catch (error) {
    return isPinionError(error) ? error.code : String(error);
  }
}
