import { createHash } from "node:crypto";
import { describe, expect, it, test } from "vitest";

import { createAuthority, createKey, mintCertificate } from "../lab/certificates/mint.ts";
import { readDistrust } from "./distrust.ts";
import { readSystemCertificates, systemProgram, type SystemAccess } from "./system.ts";

const key = createKey("P-256");
const good = createAuthority("Good", { key });
const bad = createAuthority("Bad", { key });
const sha1 = (der: Uint8Array): string => createHash("sha1").update(der).digest("hex").toUpperCase();

interface Recorded {
  readonly platform: NodeJS.Platform;
  readonly files?: Readonly<Record<string, string>>;
  readonly runtime?: readonly string[];
  readonly library?: readonly string[];
  readonly commands?: Readonly<Record<string, string>>;
}

/** A machine that gives recorded answers. */
function machine({ platform, files = {}, runtime, library = [], commands = {} }: Recorded): SystemAccess {
  return {
    platform,
    readFile: (path) => (path in files ? Buffer.from(files[path]!) : undefined),
    readText: (path) => files[path],
    list: (directory) =>
      Object.keys(files)
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1)),
    runtimeCertificates: () => runtime,
    libraryCertificates: () => library,
    run: (command, args) => commands[[command, ...args].join(" ")],
  };
}

describe("systemProgram", () => {
  // Promise: a command runs no program that the folder it runs in chose
  // Attack: a checked-out folder on Windows holds a `reg.exe`, which the system would find before its own
  test.each([
    [{ SystemRoot: String.raw`D:\Windows` }, String.raw`D:\Windows\System32\reg.exe`],
    [{ systemroot: String.raw`D:\Windows` }, String.raw`D:\Windows\System32\reg.exe`],
    [{ SystemRoot: "here" }, String.raw`C:\Windows\System32\reg.exe`],
    [{}, String.raw`C:\Windows\System32\reg.exe`],
  ])("is a path below the system's folder: %o", (env, path) => {
    expect(systemProgram("reg.exe", "win32", env)).toBe(path);
  });

  it("takes only a whole path elsewhere", () => {
    expect(systemProgram("/usr/bin/security", "darwin", {})).toBe("/usr/bin/security");
    expect(() => systemProgram("security", "darwin", {})).toThrow("is not a path");
  });
});

describe("readSystemCertificates", () => {
  it.each([
    ["Debian", "/etc/ssl/certs/ca-certificates.crt"],
    ["Fedora", "/etc/pki/tls/certs/ca-bundle.crt"],
    ["openSUSE", "/etc/ssl/ca-bundle.pem"],
    ["FreeBSD", "/usr/local/etc/ssl/cert.pem"],
  ])("reads the bundle of %s", (_, path) => {
    const found = readSystemCertificates(
      machine({ platform: "linux", files: { [path]: `# roots\n${good.pem}${bad.pem}` } }),
    );
    expect(found).toEqual({ certificates: [good.der.toString("base64"), bad.der.toString("base64")], path });
  });

  it("goes on where a bundle is empty, down to the folder of certificates", () => {
    const files = {
      "/etc/ssl/certs/ca-certificates.crt": "",
      "/etc/ssl/certs/good.pem": good.pem,
      "/etc/ssl/certs/again.0": good.pem,
    };
    expect(readSystemCertificates(machine({ platform: "linux", files }))).toEqual({
      certificates: [good.der.toString("base64")],
      path: "/etc/ssl/certs",
    });
  });

  it("has no certificates where there is no store", () => {
    expect(readSystemCertificates(machine({ platform: "linux" })).certificates).toEqual([]);
  });

  it.each(["darwin", "win32"] as const)(
    "asks the runtime on %s, and the library where the runtime cannot answer",
    (platform) => {
      const certificates = [good.der.toString("base64")];
      expect(
        readSystemCertificates(machine({ platform, runtime: [good.pem], library: [bad.pem] })).certificates,
      ).toEqual(certificates);
      expect(
        readSystemCertificates(machine({ platform, library: [good.pem, good.pem] })).certificates,
      ).toEqual(certificates);
    },
  );
});

describe("readDistrust", () => {
  const isDenied = (recorded: Recorded): readonly boolean[] => {
    const distrust = readDistrust(machine(recorded));
    return [distrust.covers(good.der), distrust.covers(bad.der)];
  };

  it("is empty where nothing is distrusted", () => {
    expect(readDistrust(machine({ platform: "linux" })).isEmpty).toBe(true);
  });

  it("covers a certificate whose signature is written another way", () => {
    const spec = { key, subject: "Blocked", serial: 1n, notBefore: new Date(0), notAfter: new Date(1_000) };
    const [blocked, again] = [mintCertificate(spec), mintCertificate(spec)];
    expect(blocked.der.equals(again.der)).toBe(false);
    const path = "/etc/pki/ca-trust/source/blocklist/a.pem";
    const distrust = readDistrust(machine({ platform: "linux", files: { [path]: blocked.pem } }));
    expect([distrust.covers(blocked.der), distrust.covers(again.der)]).toEqual([true, true]);
  });

  it("covers what Debian's administrator deselected", () => {
    const files = {
      "/etc/ca-certificates.conf": "# comment\nmozilla/Good.crt\n!mozilla/Bad.crt\n!mozilla/Gone.crt\n",
      "/usr/share/ca-certificates/mozilla/Good.crt": good.pem,
      "/usr/share/ca-certificates/mozilla/Bad.crt": bad.pem,
    };
    expect(isDenied({ platform: "linux", files })).toEqual([false, true]);
  });

  it.each([
    "/etc/pki/ca-trust/source/blocklist",
    "/etc/pki/ca-trust/source/blacklist",
    "/etc/ca-certificates/trust-source/blocklist",
    "/etc/pki/trust/blacklist",
  ])("covers p11-kit's %s", (directory) => {
    expect(isDenied({ platform: "linux", files: { [`${directory}/bad.pem`]: bad.pem } })).toEqual([
      false,
      true,
    ]);
  });

  it("covers objects that a .p11-kit file marks", () => {
    const section = (pem: string, marks: string): string =>
      `[p11-kit-object-v1]\nclass: x-certificate\n${marks}\n${pem}\n`;
    const text = section(good.pem, "trusted: true") + section(bad.pem, "x-distrusted: true");
    expect(isDenied({ platform: "linux", files: { "/etc/pki/ca-trust/source/corp.p11-kit": text } })).toEqual(
      [false, true],
    );
  });

  it("covers Windows' Disallowed stores", () => {
    const store = String.raw`HKCU\SOFTWARE\Microsoft\SystemCertificates\Disallowed\Certificates`;
    const output = `\r\n${store.replace("HKCU", "HKEY_CURRENT_USER")}\\${sha1(bad.der)}\r\n`;
    expect(isDenied({ platform: "win32", commands: { [`reg.exe query ${store}`]: output } })).toEqual([
      false,
      true,
    ]);
  });

  it("covers what macOS denies, and not what it trusts", () => {
    const entry = (der: Uint8Array, result: number): string =>
      `<key>${sha1(der)}</key>\n<dict><key>trustSettings</key><array><dict><key>kSecTrustSettingsResult</key>\n<integer>${result}</integer></dict></array></dict>\n`;
    const output = `<plist><dict><key>trustList</key><dict>${entry(good.der, 1)}${entry(bad.der, 3)}</dict></dict></plist>`;
    expect(
      isDenied({
        platform: "darwin",
        commands: { "/usr/bin/security trust-settings-export -d /dev/stdout": output },
      }),
    ).toEqual([false, true]);
  });
});
