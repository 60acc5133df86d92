import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";

import { createAuthority, createKey } from "../lab/certificates/mint.ts";
import { parseCertificate } from "../x509/certificates/certificate.ts";
import { addHostAnchor } from "./host-anchors.ts";
import { MOZILLA_ROOTS, MOZILLA_ROOTS_COUNT, MOZILLA_ROOTS_DATE } from "./mozilla-roots.generated.ts";
import { formatAnchorSource } from "./sources.ts";
import { trustChangeText } from "../cli/screen/advice-text.ts";
import { loadTrust, type TrustSettings } from "./store.ts";
import type { SystemAccess } from "./system.ts";

const folder = mkdtempSync(join(tmpdir(), "pinion-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = createKey("P-256");
const [corp, system, other] = ["Corp", "System", "Other"].map((name) => createAuthority(name, { key }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const corpFile = file("corp.pem", corp!.pem);
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

function machine(
  files: Readonly<Record<string, string>> = { [BUNDLE]: system!.pem },
): SystemAccess & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  const answer = (path: string): string | undefined => {
    asked.push(path);
    return files[path];
  };
  return {
    platform: "linux",
    asked,
    readText: answer,
    readFile: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
    list: (directory) =>
      Object.keys(files)
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1)),
    runtimeCertificates: () => undefined,
    libraryCertificates: () => [],
    run: () => undefined,
  };
}
const load = (settings: Partial<TrustSettings> = {}, access = machine()) =>
  loadTrust({ env: {}, home: folder, ...settings }, access);
const fingerprint = (authority: { readonly der: Uint8Array } | undefined): string =>
  parseCertificate(authority!.der).fingerprint;
const isTrusted = (
  store: ReturnType<typeof load>,
  authority: { readonly der: Uint8Array } | undefined,
  host = "pypi.org",
  port = 443,
): boolean => store.anchorsFor(host, port).some((anchor) => anchor.fingerprint === fingerprint(authority));

describe("loadTrust", () => {
  it("reads nothing before the first question about a host, not even what is wrong", () => {
    const access = machine();
    const store = load(
      { env: { SSL_CERT_FILE: "/nowhere" }, trust: { value: "nonsense", origin: "--trust" } },
      access,
    );
    expect([access.asked, store.warnings, store.notes]).toEqual([[], [], []]);
    expect(() => store.anchorsFor("pypi.org", 443)).toThrow(
      expect.objectContaining({ code: "tls/trust-source-unusable" }),
    );
  });

  it("trusts the system and the bundled roots, each with its source", () => {
    const store = load();
    expect(store.describe()).toEqual([
      { source: `system: ${BUNDLE}`, count: 1 },
      { source: `mozilla ${MOZILLA_ROOTS_DATE}`, count: MOZILLA_ROOTS_COUNT },
    ]);
    expect(isTrusted(store, system)).toBe(true);
    expect(load({ systemCerts: true }).describe()).toEqual([{ source: `system: ${BUNDLE}`, count: 1 }]);
  });

  it("keeps one anchor for a certificate of several sources, and all of the sources", () => {
    const again = file("again.der", "");
    writeFileSync(again, corp!.der);
    const store = load({ env: { SSL_CERT_FILE: corpFile, PIP_CERT: again, CURL_CA_BUNDLE: corpFile } });
    const [anchor, ...others] = store.anchorsFor("pypi.org", 443);
    expect(others).toEqual([]);
    expect(anchor?.sources.map((source) => formatAnchorSource(source))).toEqual([
      `SSL_CERT_FILE=${corpFile}`,
      `CURL_CA_BUNDLE=${corpFile}`,
      `PIP_CERT=${again}`,
    ]);
  });

  it("never falls back to other roots when a named source is unusable", () => {
    for (const variable of [
      "SSL_CERT_FILE",
      "SSL_CERT_DIR",
      "REQUESTS_CA_BUNDLE",
      "CURL_CA_BUNDLE",
      "PIP_CERT",
      "NODE_EXTRA_CA_CERTS",
    ]) {
      const store = load({ env: { [variable]: "/nowhere" } });
      expect(() => store.secureContextFor("pypi.org", 443), variable).toThrow(
        `Cannot use \`${variable}\`: \`/nowhere\` does not exist`,
      );
    }
  });

  it("says so when there is nothing to trust", () => {
    expect(() => load({ systemCerts: true }, machine({})).anchorsFor("pypi.org", 443)).toThrow(
      "There are no trusted certificates: the system store holds none",
    );
  });

  it("trusts what was added for a host only for that host and port", async () => {
    const hostTrustFile = join(folder, "hosts.json");
    await addHostAnchor(hostTrustFile, {
      host: "pypi.corp.example",
      port: 8443,
      der: other!.der,
      added: new Date(),
    });
    const store = load({ hostTrustFile, cert: { value: corpFile, origin: "--cert" } });
    expect(isTrusted(store, other, "PYPI.corp.example", 8443)).toBe(true);
    expect(isTrusted(store, other, "pypi.corp.example", 443)).toBe(false);
    expect(isTrusted(store, other, "x.pypi.corp.example", 8443)).toBe(false);
    expect(store.mergedBundle()).toBe(corp!.pem);
    expect(store.idFor("pypi.corp.example", 8443)).not.toBe(store.idFor("pypi.corp.example", 443));
    expect(store.describe().at(-1)).toEqual({
      source: `trusted for pypi.corp.example:8443 (${hostTrustFile})`,
      count: 1,
    });
  });

  it("takes what the system distrusts from the default sources, the bundled roots included, and from no named one", () => {
    const [, base64] = MOZILLA_ROOTS[0]!;
    const root = { der: Buffer.from(base64, "base64") };
    const files = {
      [BUNDLE]: system!.pem + other!.pem,
      "/etc/pki/ca-trust/source/blocklist/a.pem": `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
      "/etc/pki/ca-trust/source/blocklist/b.pem": other!.pem,
    };
    const store = load({}, machine(files));
    expect([isTrusted(store, root), isTrusted(store, other), isTrusted(store, system)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(
      store
        .distrusted()
        .map((anchor) => anchor.fingerprint)
        .sort(),
    ).toEqual([fingerprint(root), fingerprint(other)].sort());
    expect(
      isTrusted(load({ env: { SSL_CERT_FILE: file("other.pem", other!.pem) } }, machine(files)), other),
    ).toBe(true);
  });

  it.each(["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])(
    "takes for no anchor what the trust settings of another source reject, here of %s",
    (rejecting) => {
      // X509_CERT_AUX with `reject` only: [0] { serverAuth }.
      const settings = Buffer.from("300ca00a06082b06010505070301", "hex");
      const body = Buffer.concat([corp!.der, settings]).toString("base64");
      const distrusting = `-----BEGIN TRUSTED CERTIFICATE-----\n${body}\n-----END TRUSTED CERTIFICATE-----\n`;
      const plain = rejecting === "SSL_CERT_FILE" ? "REQUESTS_CA_BUNDLE" : "SSL_CERT_FILE";
      const env = {
        [rejecting]: file("distrusting.pem", distrusting + other!.pem),
        [plain]: file("plain.pem", corp!.pem + system!.pem),
      };
      const store = load({ env });
      expect([isTrusted(store, corp), isTrusted(store, other), isTrusted(store, system)]).toEqual([
        false,
        true,
        true,
      ]);
      expect(store.warnings).toEqual([
        expect.stringMatching(new RegExp(`of ${plain}=.* the trust settings in ${rejecting}=.* reject it`)),
      ]);
    },
  );
});

describe("TrustStore.secureContextFor", () => {
  it("shares one context per configuration", () => {
    const store = load({ cert: { value: corpFile, origin: "--cert" } });
    expect(store.secureContextFor("a.example", 443)).toBe(store.secureContextFor("b.example", 8443));
    expect(store.secureContextFor("a.example", 443, { intermediates: [other!.pem] })).not.toBe(
      store.secureContextFor("a.example", 443),
    );
  });

  it("has an id that differs wherever the verdict could", () => {
    const one = load({ cert: { value: corpFile, origin: "--cert" } });
    const identity = { id: "client", cert: "", key: "" };
    const ids = [
      one.idFor("a", 1),
      load({ env: { SSL_CERT_FILE: file("two.pem", corp!.pem + other!.pem) } }).idFor("a", 1),
      one.idFor("a", 1, { clientCertificate: identity }),
      one.idFor("a", 1, { clientCertificate: { ...identity, id: "other" } }),
      one.idFor("a", 1, { onlyFingerprints: [] }),
      one.idFor("a", 1, { onlyFingerprints: [fingerprint(corp)] }),
      one.idFor("a", 1, { intermediates: [] }),
      one.idFor("a", 1, { intermediates: [other!.pem] }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(load({ env: { SSL_CERT_FILE: corpFile } }).idFor("b", 2)).toBe(ids[0]);
  });
});

describe("TrustStore.alternatives", () => {
  const advise = (settings: Partial<TrustSettings>) =>
    load(settings)
      .alternatives()
      .map(({ name, changes }) => [name, ...changes.map(trustChangeText)]);

  it("names what SSL_CERT_FILE replaced, and how to have it back", () => {
    expect(advise({ env: { SSL_CERT_FILE: corpFile } })).toEqual([
      ["the system store", "use `--trust env,system`", "unset `SSL_CERT_FILE`"],
      ["the bundled Mozilla roots", "use `--trust env,mozilla`", "unset `SSL_CERT_FILE`"],
    ]);
  });

  it("names what --cert keeps out", () => {
    expect(advise({ cert: { value: "/corp.pem", origin: "--cert" }, env: { PIP_CERT: corpFile } })).toEqual([
      ["the system store", "use `--trust file:/corp.pem,system`", "leave out `--cert`"],
      ["the bundled Mozilla roots", "use `--trust file:/corp.pem,mozilla`", "leave out `--cert`"],
      [`PIP_CERT=${corpFile}`, "use `--trust file:/corp.pem,env`"],
    ]);
  });

  it("names what a list leaves out", () => {
    expect(advise({ trust: { value: "mozilla", origin: "--trust" } })).toEqual([
      ["the system store", "use `--trust mozilla,system`"],
    ]);
  });

  it("has anchors, and none where a source cannot be used", () => {
    const [store, mozilla, gone] = load({
      cert: { value: corpFile, origin: "--cert" },
      env: { PIP_CERT: "/nowhere" },
    }).alternatives();
    expect(store?.anchors().map((anchor) => anchor.fingerprint)).toEqual([fingerprint(system)]);
    expect(mozilla?.anchors()).toHaveLength(MOZILLA_ROOTS_COUNT);
    expect(gone?.anchors()).toEqual([]);
  });
});

test("the user's pins for a server are not widened by a project's", () => {
  const host = { host: "pypi.example", port: 443, origin: "pinion.toml" } as const;
  const user = { ...host, pins: ["bb"] };
  const project = { ...host, pins: ["aa"], isOfProject: true } as const;
  const place = { host: "pypi.example", port: 443 };
  expect(load({ hosts: [user, project] }).pinsFor(place)).toEqual(["bb"]);
  expect(load({ hosts: [project] }).pinsFor(place)).toEqual(["aa"]);
});
