import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { isPinionError } from "../errors.ts";
import { createAuthority, createKey } from "../lab/certificates/mint.ts";
import { readFileSource, type SourceContents } from "./read-source.ts";
import type { FileRequest } from "./sources.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-sources-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = createKey("P-256");
const [first, second] = ["First", "Second"].map((name) => createAuthority(name, { key }));
const pems = first!.pem + second!.pem;

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}
function request(
  path: string,
  shape: FileRequest["shape"] = "file",
  variable = "SSL_CERT_FILE",
): FileRequest {
  return { kind: "file", label: variable, path, shape, source: { kind: "variable", variable, path } };
}
const read = (...parameters: Parameters<typeof request>): SourceContents =>
  readFileSource(request(...parameters), { platform: "linux", cache: new Map() });
function messageFor(...parameters: Parameters<typeof request>): string {
  try {
    read(...parameters);
  } catch (error) {
    if (isPinionError(error, "tls/trust-source-unusable")) return error.message.replaceAll(folder, "…");
    throw error;
  }
  return "";
}

/** Certificates that differ in four bytes; their signatures are wrong, which is not looked at here. */
function variants({ der }: { readonly der: Uint8Array }, count: number, place: "serial" | "subject"): string {
  const serialAt = Buffer.from(der).indexOf(Buffer.from([0x02])) + 8;
  const at = place === "serial" ? serialAt : Buffer.from(der).lastIndexOf("First");
  return Array.from({ length: count }, (_, number) => {
    const copy = Buffer.from(der);
    copy.write(number.toString(36).padStart(4, "0"), at, "latin1");
    return `-----BEGIN CERTIFICATE-----\n${copy.toString("base64")}\n-----END CERTIFICATE-----\n`;
  }).join("");
}

describe("readFileSource", () => {
  it.each([
    ["PEM", "a.pem", pems, 2],
    ["DER", "a.der", first!.der, 1],
    ["CRLF and comments", "b.pem", `# x\r\n${pems.replaceAll("\n", "\r\n")}`, 2],
    ["a path that is not ASCII", "Zürich/сертификаты 证书.pem", pems, 2],
    ["a name without an extension", "bundle", pems, 2],
    ["other sections", "c.pem", `${first!.keyPem}${pems}`, 2],
  ])("reads a file: %s", (_, name, content, count) => {
    expect(read(write(name, content)).certificates).toHaveLength(count);
  });

  it("skips a bad certificate in a good bundle, and notes it", () => {
    const bad = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    const { certificates, notes, warnings } = read(write("partly.pem", first!.pem + bad + second!.pem));
    expect(certificates).toHaveLength(2);
    expect(notes).toEqual([
      `Skipped certificate 2 of \`${join(folder, "partly.pem")}\`: it is not a certificate`,
    ]);
    expect(warnings).toEqual([]);
  });

  it("refuses more certificates of one subject than the engine takes in a moment", () => {
    expect(messageFor(write("renewed.pem", variants(first!, 501, "serial")))).toBe(
      "Cannot use `SSL_CERT_FILE`: `…/renewed.pem` holds more than 500 different certificates of the same subject",
    );
    expect(read(write("often.pem", variants(first!, 500, "serial"))).certificates).toHaveLength(500);
    expect(read(write("others.pem", variants(first!, 501, "subject"))).certificates).toHaveLength(501);
  });

  it("reads ten thousand certificates", () => {
    expect(read(write("many.pem", pems.repeat(5_000))).certificates).toHaveLength(10_000);
  });

  it.each([
    [
      "a file that is missing",
      () => join(folder, "nowhere"),
      "Cannot use `SSL_CERT_FILE`: `…/nowhere` does not exist",
    ],
    [
      "a path through a file",
      () => join(write("file", "x"), "below"),
      "Cannot use `SSL_CERT_FILE`: `…/file/below` does not exist",
    ],
    ["a folder", () => folder, "Cannot use `SSL_CERT_FILE`: `…` is a directory, where a file is needed"],
    ["an empty file", () => write("empty", ""), "Cannot use `SSL_CERT_FILE`: `…/empty` is empty"],
    [
      "blank lines",
      () => write("blank", "\n\n"),
      "Cannot use `SSL_CERT_FILE`: `…/blank` holds no certificate, PEM or DER",
    ],
    [
      "garbage",
      () => write("garbage", Buffer.alloc(1_000, 0xa5)),
      "Cannot use `SSL_CERT_FILE`: `…/garbage` holds no certificate, PEM or DER",
    ],
    [
      "only a key",
      () => write("key", first!.keyPem),
      "Cannot use `SSL_CERT_FILE`: `…/key` holds no certificate, only `PRIVATE KEY`",
    ],
    [
      "only bad certificates",
      () => write("bad", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"),
      "Cannot use `SSL_CERT_FILE`: `…/bad` holds no certificate that can be read",
    ],
    ["a NUL in the path", () => "a\0b", "Cannot use `SSL_CERT_FILE`: `a\0b` cannot be accessed"],
    ["a link to itself", () => loop(), "Cannot use `SSL_CERT_FILE`: `…/loop` cannot be accessed"],
  ])("refuses %s and names the variable and the path", (_, path, message) => {
    expect(messageFor(path())).toBe(message);
  });

  it.skipIf(process.platform === "win32")("refuses a pipe instead of waiting for it", () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(messageFor(join(folder, "pipe"))).toBe(
      "Cannot use `SSL_CERT_FILE`: `…/pipe` is not a regular file",
    );
  });

  it("reads a directory: any file name, no folders below it, each certificate once", () => {
    const directory = join(folder, "certs");
    write("certs/one.txt", first!.pem);
    write("certs/4042bcee.0", first!.pem);
    write("certs/two", second!.der);
    write("certs/README", "hello");
    write("certs/below/third.pem", pems);
    symlinkSync("one.txt", join(directory, "link"));
    symlinkSync("nowhere", join(directory, "dangling"));
    expect(read(directory, "directories", "SSL_CERT_DIR")).toEqual({
      certificates: expect.toSatisfy((found: readonly string[]) => found.length === 2),
      rejected: [],
      warnings: [],
      notes: [],
    });
    expect(read(directory, "either", "REQUESTS_CA_BUNDLE").certificates).toHaveLength(2);
  });

  it("warns of missing entries of a list of directories, and refuses when all are missing or empty", () => {
    write("some/a.pem", pems);
    mkdirSync(join(folder, "hollow"));
    const there = join(folder, "some");
    const gone = join(folder, "gone");
    const result = read(`${gone}::${there}`, "directories", "SSL_CERT_DIR");
    expect(result.certificates).toHaveLength(2);
    expect(result.warnings).toEqual([`\`SSL_CERT_DIR\` names a directory that does not exist: ${gone}`]);
    expect(messageFor(gone, "directories", "SSL_CERT_DIR")).toBe(
      "Cannot use `SSL_CERT_DIR`: `…/gone` does not exist",
    );
    expect(messageFor(join(folder, "hollow"), "directories", "SSL_CERT_DIR")).toBe(
      "Cannot use `SSL_CERT_DIR`: `…/hollow` holds no file with a certificate",
    );
    expect(messageFor(write("afile", pems), "directories", "SSL_CERT_DIR")).toBe(
      "Cannot use `SSL_CERT_DIR`: `…/afile` is a file, where a directory is needed",
    );
  });
});

function loop(): string {
  const path = join(folder, "loop");
  symlinkSync("loop", path);
  return path;
}
