import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { createAuthority } from "../lab/certificates/mint.ts";
import { recognizeOtherFormat } from "./other-formats.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-formats-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const root = createAuthority("Corp Root").root;
const hasOpenssl = canRun("openssl");

function canRun(program: string): boolean {
  try {
    execFileSync(program, ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function openssl(name: string, ...args: readonly string[]): Buffer {
  const [pem, out] = [join(folder, "ca.pem"), join(folder, name)];
  writeFileSync(pem, root.pem);
  execFileSync("openssl", [...args, "-out", out], { cwd: folder, stdio: "ignore" });
  return readFileSync(out);
}

describe.skipIf(!hasOpenssl)("recognizeOtherFormat() knows what OpenSSL wrote:", () => {
  test.each<[string, readonly string[], string, string]>([
    ["PKCS#7 as PEM", ["crl2pkcs7", "-nocrl", "-certfile", "ca.pem"], "is PKCS#7", "-inform PEM"],
    [
      "PKCS#7 as DER",
      ["crl2pkcs7", "-nocrl", "-certfile", "ca.pem", "-outform", "DER"],
      "is PKCS#7",
      "-inform DER",
    ],
    [
      "PKCS#12",
      ["pkcs12", "-export", "-nokeys", "-in", "ca.pem", "-passout", "pass:x"],
      "is PKCS#12",
      "openssl pkcs12",
    ],
  ])("%s", (name, args, words, hint) => {
    expect(recognizeOtherFormat(openssl(name.replaceAll(/\W/g, ""), ...args))).toEqual({
      words,
      hint: expect.stringContaining(hint),
    });
  });
});

test.each<[string, Buffer, string]>([
  ["UTF-16 with a mark", Buffer.from(`\ufeff${root.pem}`, "utf16le"), "is text in UTF-16"],
  ["UTF-16 without one", Buffer.from(root.pem, "utf16le"), "is text in UTF-16"],
  ["literal line ends", Buffer.from(root.pem.replaceAll("\n", "\\n")), "holds the two characters `\\n`"],
])("recognizeOtherFormat() knows %s", (_name, bytes, words) => {
  expect(recognizeOtherFormat(bytes)?.words).toContain(words);
});

test.each<[string, Uint8Array]>([
  ["PEM", Buffer.from(root.pem)],
  ["DER", root.der],
  ["nothing", Buffer.alloc(0)],
  ["a picture", Buffer.from("89504e470d0a1a0a", "hex")],
])("recognizeOtherFormat() says nothing of %s", (_name, bytes) => {
  expect(recognizeOtherFormat(bytes)).toBeUndefined();
});
