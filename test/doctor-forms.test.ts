// What the doctor knows of client certificates, in each form of its report; its marks; and its width.

import { afterEach, describe, expect, test, vi } from "vitest";

import { ADVICE_WORDS } from "../src/cli/screen/advice-text.ts";
import { doctorDocument } from "../src/doctor/report/document.ts";
import type { Examination } from "../src/doctor/examine/examination.ts";
import { renderHtml } from "../src/doctor/report/html.ts";
import { columnsOf } from "../src/doctor/report/layout.ts";
import { examine } from "../src/doctor/examine/probe.ts";
import { renderReport } from "../src/doctor/report/report.ts";
import { parseTarget } from "../src/doctor/examine/subject.ts";
import { serveShape } from "../src/lab/servers/serve.ts";
import type { ClientIdentity } from "../src/trust/client-identity.ts";
import { loadTrust } from "../src/trust/store.ts";
import { createKeyRing } from "./support/lab-keys.ts";
import { answer, startScript, tlsOptions } from "./support/scripted-server.ts";
import { World } from "./support/world.ts";

const keys = createKeyRing();

interface Looking {
  readonly bundle: string;
  readonly clientCertificate?: ClientIdentity;
}

function look(url: string, { bundle, clientCertificate }: Looking): Promise<Examination> {
  return examine(parseTarget(url), {
    trust: loadTrust({ env: { SSL_CERT_FILE: bundle }, home: "/nonexistent" }),
    proxy: {},
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  });
}

function marksOf({ steps }: Examination): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ name, status }) => [name, status]));
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a client certificate under %s", (version) => {
  test.each([
    ["that is missing", "nothing", "tls/client-certificate-required", "set-client-certificate"],
    ["that is rejected", "a stranger's", "tls/client-certificate-rejected", "check-client-certificate"],
    ["that is accepted", "its own", undefined, undefined],
  ] as const)("%s", async (_, shown, code, kind) => {
    await using world = await World.create();
    const [root, clients] = [world.authority("Corp Root"), world.authority("Clients Root")];
    const demand = { authorities: [clients.pem], isRequired: true };
    const index = await world.index({
      tls: { ...root.issue("localhost"), minVersion: version, maxVersion: version, clients: demand },
    });
    const issuer = shown === "its own" ? clients : world.authority("Strangers");
    const { chainPem, keyPem } = issuer.issueClient("ada");
    const examination = await look(index.url, {
      bundle: root.writePem(),
      ...(shown === "nothing" ? {} : { clientCertificate: { id: "ada", cert: chainPem, key: keyPem } }),
    });
    expect([examination.cause?.code, examination.handshake?.protocol]).toEqual([code, version]);
    expect(examination.handshake?.requestedClientCertificate).toBe(true);
    expect(marksOf(examination)["handshake"]).toBe(code === undefined ? "passed" : "failed");
    const document = doctorDocument([examination], new Date());
    expect(JSON.parse(JSON.stringify(document))).toMatchObject({
      isWell: code === undefined,
      examinations: [{ handshake: { requestedClientCertificate: true } }],
    });
    const forms = [
      renderReport(examination, { words: ADVICE_WORDS }).replace(/\s+/g, " "),
      renderHtml(document, ADVICE_WORDS),
    ];
    const advice = examination.advice.find((each) => each.kind === kind);
    expect(advice?.kind).toBe(kind);
    for (const form of forms) {
      if (code !== undefined) expect(form).toContain(code);
      if (kind === "set-client-certificate") expect(form).toContain("--client-cert FILE");
      if (kind === "check-client-certificate")
        expect(form).toMatch(/issued by the CA that the server expects/);
    }
  });
});

describe("the handshake step", () => {
  afterEach(() => void vi.restoreAllMocks());

  test("waits for an alert only where a client certificate is requested", async () => {
    await using world = await World.create();
    const [root, clients] = [world.authority("Corp Root"), world.authority("Clients Root")];
    const bundle = root.writePem();
    const demand = { authorities: [clients.pem], isRequired: false };
    const plain = await world.index({ tls: root.issue("localhost") });
    const asking = await world.index({ tls: { ...root.issue("localhost"), clients: demand } });
    const timers = vi.spyOn(globalThis, "setTimeout");
    const waits = (): number => timers.mock.calls.filter(([, delay]) => delay === VERDICT_WAIT_MS).length;
    await look(plain.url, { bundle });
    expect(waits()).toBe(0);
    await look(asking.url, { bundle });
    expect(waits()).toBe(1);
  });
});

describe("marks", () => {
  test.each([
    ["without a lint", []],
    ["with a harmless lint", [AUTHORITY_KEY_IDENTIFIER]],
  ])("a healthy index %s has no red mark in any form", async (_, withoutExtensions) => {
    await using world = await World.create();
    const root = world.authority("Corp Root");
    const index = await world.index({ tls: root.issue("localhost", { withoutExtensions }) });
    const examination = await look(index.url, { bundle: root.writePem() });
    const found = examination.path?.links.flatMap(({ findings }) => findings) ?? [];
    expect(found.map(({ severity }) => severity)).toEqual(withoutExtensions.map(() => "lint"));
    const painted: string[] = [];
    const text = renderReport(examination, {
      words: ADVICE_WORDS,
      paint: (tone, words) => {
        if (tone === "bad") painted.push(words);
        return words;
      },
    });
    const here = text.slice(0, text.indexOf("Other programs"));
    expect(here).not.toContain("✗");
    expect(painted.filter((words) => here.includes(words))).toEqual([]);
    expect(Object.values(marksOf(examination))).not.toContain("failed");
    const html = renderHtml(doctorDocument([examination], new Date()), ADVICE_WORDS);
    const page = html.slice(html.indexOf("<article"), html.indexOf("Other programs"));
    expect(page).toContain("All is well");
    expect(page).not.toMatch(/✗|class="[^"]*\b(?:bad|failed)\b/);
  });

  test("a page for people at a URL that need not be an index is not called well", async () => {
    await using world = await World.create();
    const root = world.authority("Corp Root");
    const page = answer("<title>Access Denied</title><a href=x>x</a>", ["Content-Type: text/html"]);
    const tls = tlsOptions(root.issue("localhost"));
    await using server = await startScript(() => page, { tls, host: "localhost" });
    const examination = await look(`${server.origin}/files/`, { bundle: root.writePem() });
    const headline = "The server answers, but not with a page of a package index";
    const text = renderReport(examination, { words: ADVICE_WORDS, columns: 200 });
    const html = renderHtml(doctorDocument([examination], new Date()), ADVICE_WORDS);
    expect(text).toContain(`${headline}: it is the page \`Access Denied\``);
    expect(text.startsWith("!")).toBe(true);
    expect(html).toContain(headline);
    expect(`${text}${html}`).not.toContain("All is well");
  });

  test("a 401 leaves unknown whether there is an index", async () => {
    await using world = await World.create();
    const root = world.authority("Corp Root");
    const index = await world.index({
      tls: root.issue("localhost"),
      auth: { username: "ada", password: "secret" },
    });
    const examination = await look(index.url, { bundle: root.writePem() });
    expect(marksOf(examination)).toMatchObject({ request: "failed", index: "unknown" });
    const text = renderReport(examination, { words: ADVICE_WORDS });
    expect(text).toMatch(/^ *\? index/im);
    expect(text).not.toContain("not a page of a package index");
  });
});

test.each(["ec-p384-sha512", "stale-root", "missing-intermediate", "hostname-mismatch", "tls-inspection"])(
  "the report on %s fits into every width from 44 to 200 columns",
  async (name) => {
    await using served = await serveShape(name, { keys });
    const examination = await look(served.url, { bundle: served.bundlePath });
    for (let columns = 44; columns <= 200; columns += 1) {
      const text = renderReport(examination, { words: ADVICE_WORDS, columns });
      const tooLong = text.split("\n").filter((line) => columnsOf(line) > columns);
      expect([columns, tooLong]).toEqual([columns, []]);
    }
  },
);

/** RFC 5280 section 4.2.1.1. */
const AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
/** src/net/connections/observe-peer.ts: how long a verdict on a client certificate may take. */
const VERDICT_WAIT_MS = 1000;
