import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { acquireLock } from "../base/files/lock.ts";
import { createAuthority, createKey } from "../lab/certificates/mint.ts";
import { addHostAnchor, normalizeHost, readHostAnchors, removeHostAnchors } from "./host-anchors.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-hosts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newPath = (): string => join(folder, `${(count += 1)}`, "trusted-hosts.json");

const { der } = createAuthority("O=Corp, CN=Corp Root", { key: createKey("P-256") });
const anchor = { host: "PyPI.Corp.Example.", port: 8443, der, added: new Date("2026-11-20T12:00:00Z") };

describe("addHostAnchor", () => {
  it("stores a certificate for one host and port, once, in a private file", async () => {
    const path = newPath();
    await addHostAnchor(path, anchor);
    await addHostAnchor(path, { ...anchor, host: "pypi.corp.example" });
    expect(readHostAnchors(path)).toMatchObject([
      {
        host: "pypi.corp.example",
        port: 8443,
        subject: "O=Corp, CN=Corp Root",
        added: "2026-11-20T12:00:00.000Z",
      },
    ]);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === "win32")("writes what a link leads to, dangling or not", async () => {
    const [path, target] = [newPath(), newPath()];
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join("..", basename(dirname(target)), basename(target)), path);
    for (const port of [8443, 9443]) await addHostAnchor(path, { ...anchor, port });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readHostAnchors(target).map(({ port }) => port)).toEqual([8443, 9443]);
    symlinkSync("loop", join(folder, "loop"));
    await expect(addHostAnchor(join(folder, "loop"), anchor)).rejects.toMatchObject({
      code: "tls/trust-source-unusable",
    });
  });

  it("waits for another command that changes the file, and keeps what that one has written", async () => {
    const path = newPath();
    await addHostAnchor(path, anchor);
    const lock = await acquireLock(`${path}.lock`, { code: "environment/locked", subject: path });
    const adding = addHostAnchor(path, { ...anchor, port: 9443 });
    const text = readFileSync(path, "utf8");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(readFileSync(path, "utf8")).toBe(text);
    writeFileSync(path, text.replace("8443", "7443"));
    lock.release();
    await adding;
    expect(readHostAnchors(path).map(({ port }) => port)).toEqual([7443, 9443]);
  });

  it("refuses what is not a certificate", async () => {
    await expect(addHostAnchor(newPath(), { ...anchor, der: Buffer.from("x") })).rejects.toMatchObject({
      code: "tls/malformed-certificate",
    });
  });

  it("says when it cannot write", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(addHostAnchor(join(file, "below.json"), anchor)).rejects.toMatchObject({
      code: "tls/trust-source-unusable",
    });
  });
});

describe("removeHostAnchors", () => {
  it("removes one certificate, or all of a host and port", async () => {
    const path = newPath();
    const { fingerprint } = await addHostAnchor(path, anchor);
    await addHostAnchor(path, { ...anchor, port: 443 });
    expect(
      await removeHostAnchors(path, { host: "pypi.corp.example", port: 8443, fingerprint: "00" }),
    ).toEqual([]);
    expect(
      await removeHostAnchors(path, { host: "PYPI.corp.example", port: 8443, fingerprint }),
    ).toHaveLength(1);
    expect(readHostAnchors(path)).toMatchObject([{ port: 443 }]);
  });
});

describe("readHostAnchors", () => {
  it("finds nothing in a file that does not exist", () => {
    expect(readHostAnchors(newPath())).toEqual([]);
  });

  it.each([
    ["an empty file", () => ""],
    ["no JSON", () => "{"],
    ["another document", () => "[]"],
    ["another version", (text: string) => text.replace('"version": 1', '"version": 2')],
    [
      "a certificate that was exchanged",
      (text: string) => text.replace(/"certificate": "MII/, '"certificate": "MIJ'),
    ],
    ["a port that is not a number", (text: string) => text.replace("8443", '"8443"')],
    ["a missing field", (text: string) => text.replace('"subject"', '"object"')],
  ])("refuses %s instead of guessing", async (_, damage) => {
    const path = newPath();
    await addHostAnchor(path, anchor);
    const text = readFileSync(path, "utf8");
    expect(damage(text)).not.toBe(text);
    writeFileSync(path, damage(text));
    expect(() => readHostAnchors(path)).toThrow(
      expect.objectContaining({ code: "tls/trust-source-unusable" }),
    );
  });
});

describe("normalizeHost", () => {
  it.each([
    ["[FD00::1]", "fd00::1"],
    ["Example.COM.", "example.com"],
  ])("%s is %s", (host, expected) => {
    expect(normalizeHost(host)).toBe(expected);
  });
});
