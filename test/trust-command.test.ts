// `pinion trust add | list | remove`, on a terminal and without one: what is stored counts for its host and port only, the file is
// private, and a server that changes its key is told as that.

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { IndexOptions, RunningIndex } from "../src/lab/index/index-server.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import type { MintedCertificate } from "../src/lab/certificates/mint.ts";
import { parseCertificate } from "../src/x509/certificates/certificate.ts";
import { tryIndex } from "./support/try-index.ts";
import type { IndexAnswer } from "./support/try-index.ts";
import { onTerminal } from "./support/terminal.ts";
import { hasProgram, World } from "./support/world.ts";
import type { CliRun } from "./support/world.ts";

class TrustScene {
  readonly world: World;
  readonly file: string;
  port = 0;

  constructor(world: World) {
    this.world = world;
    this.file = join(world.directory, "trust", "hosts.json");
  }

  /** Starts the server; again after it was closed, on the same port. */
  async serve(tls: NonNullable<IndexOptions["tls"]>): Promise<RunningIndex> {
    const index = await this.world.index({ tls, packages: sampleWheels(), port: this.port });
    this.port = index.port;
    return index;
  }

  trust(...words: readonly string[]): Promise<CliRun> {
    return this.world.cli(["trust", ...words], { env: { PINION_TRUST_FILE: this.file } });
  }

  ask(url: string): Promise<IndexAnswer> {
    return tryIndex(this.world, url, { env: { PINION_TRUST_FILE: this.file } });
  }
}

async function createScene(): Promise<TrustScene> {
  const world = await World.create({ commands: "called" });
  onTestFinished(() => world[Symbol.asyncDispose]());
  return new TrustScene(world);
}

const fingerprintOf = ({ der }: MintedCertificate): string => parseCertificate(der).fingerprint;
const keyOf = ({ der }: MintedCertificate): string => parseCertificate(der).publicKey.fingerprint;

describe("pinion trust", () => {
  test.skipIf(process.platform === "win32" || !hasProgram("python3")).each([
    ["Enter", "", undefined],
    ["no", "n", undefined],
    ["yes", "y", "the server's own certificate"],
    ["the number of the CA", "2", "the CA"],
  ])("on a terminal, %s", async (_, answer, trusted) => {
    await using world = await World.create();
    const issuing = world.authority("Corp Root").intermediate("Corp Issuing CA");
    const index = await world.index({ tls: issuing.issue("localhost"), packages: sampleWheels() });
    const typed = { after: "[y/N", text: `${answer}\n` };
    const { code, screen: written } = await onTerminal(world, ["trust", "add", index.url], { typed });
    const screen = written.replaceAll(/\u001B\[[\d;?]*[A-Za-z]/g, "");
    expect(screen).toMatch(/y or 1 +trusts this certificate only, until the server gets another one/);
    expect(screen).toMatch(/2 +trusts everything that this CA issues for this host/);
    const subject = trusted === "the CA" ? "CN=Corp Issuing CA" : "CN=localhost";
    expect(code).toBe(trusted === undefined ? 1 : 0);
    expect(screen).toContain(trusted === undefined ? "Nothing was trusted" : "Trusted for localhost:");
    if (trusted !== undefined) expect(screen).toContain(`only: ${subject} (sha256:`);
    const tried = await tryIndex(world, index.url, { args: ["-v"] });
    expect(tried.outcome).toBe(trusted === undefined ? "tls/unknown-issuer" : "accept");
    // `-v` names the anchor of each connection, and who trusts it.
    if (trusted !== undefined)
      expect(tried.stderr).toMatch(new RegExp(`Connected to .* vouched for by \`${subject}\` \\(.+\\)`));
  });

  test.skipIf(process.platform === "win32" || !hasProgram("python3")).each([
    ["Ctrl-C", "\u0003", 130],
    ["Ctrl-D", "\u0004", 1],
  ])("on a terminal, %s trusts nothing and is no mistake of Pinion's", async (_, text, expected) => {
    await using world = await World.create();
    const tls = world.authority("Corp Root").issue("localhost");
    const index = await world.index({ tls, packages: sampleWheels() });
    const typed = { after: "[y/N", text };
    const { code, screen } = await onTerminal(world, ["trust", "add", index.url], { typed });
    expect(code).toBe(expected);
    expect(screen).not.toContain("mistake");
    expect((await tryIndex(world, index.url, {})).outcome).toBe("tls/unknown-issuer");
  });

  test("shows the chain, and trusts nothing without a terminal or a fingerprint", async () => {
    const scene = await createScene();
    const issuing = scene.world.authority().intermediate("Corp Issuing CA");
    const leaf = issuing.issue("localhost");
    const { url } = await scene.serve(leaf);
    const { code, stderr } = await scene.trust("add", url);
    expect(code).toBe(2);
    for (const certificate of [leaf, issuing]) {
      expect(stderr).toContain(`sha256:${fingerprintOf(certificate)}`);
      expect(stderr).toContain(`sha256:${keyOf(certificate)}`);
    }
    expect(stderr).toMatch(/1\. CN=localhost\n\s+issued by\s+CN=Corp Issuing CA\n\s+valid\s+20\d\d-/);
    expect(stderr).toContain("--fingerprint sha256:…");
    expect((await scene.ask(url)).outcome).toBe("tls/unknown-issuer");
    const wrong = await scene.trust("add", url, "--fingerprint", `sha256:${"0".repeat(64)}`);
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining("shows no certificate with the fingerprint"),
    ]);
  });

  test.each([
    ["its certificate", "leaf", fingerprintOf],
    ["its key", "leaf", keyOf],
    ["its issuer's certificate", "issuing", fingerprintOf],
  ] as const)(
    "trusts a server by the fingerprint of %s, only there, until that is removed",
    async (_, which, digest) => {
      const scene = await createScene();
      const issuing = scene.world.authority().intermediate("Corp Issuing CA");
      const leaf = issuing.issue("localhost");
      const { url, port } = await scene.serve(leaf);
      const other = await scene.world.index({ tls: leaf, packages: sampleWheels() });
      const added = await scene.trust(
        "add",
        url,
        "--fingerprint",
        `sha256:${digest({ leaf, issuing }[which])}`,
      );
      expect([added.code, added.stderr]).toEqual([
        0,
        expect.stringContaining("Trusted for localhost:[PORT] only"),
      ]);
      if (process.platform !== "win32") expect(statSync(scene.file).mode & 0o777).toBe(0o600);
      expect((await scene.ask(url)).outcome).toBe("accept");
      expect((await scene.ask(other.url)).outcome).toBe("tls/unknown-issuer");
      expect((await scene.trust("list")).stdout).toMatch(/localhost:\[PORT\] +CN=/);
      const removed = await scene.trust("remove", `localhost:${port}`);
      expect([removed.code, removed.stderr]).toEqual([0, expect.stringContaining("No longer trusted")]);
      expect((await scene.ask(url)).outcome).toBe("tls/unknown-issuer");
      expect((await scene.trust("remove", url)).code).toBe(1);
    },
  );

  test("reports a changed key as such, with both keys and what to do", async () => {
    const scene = await createScene();
    const before = scene.world.authority("CN=localhost").issue("localhost");
    const first = await scene.serve(before);
    await scene.trust("add", first.url, "--fingerprint", `sha256:${fingerprintOf(before)}`);
    expect((await scene.ask(first.url)).outcome).toBe("accept");
    await first.close();
    const after = scene.world.authority("CN=localhost").issue("localhost");
    await scene.serve(after);
    const refused = await scene.ask(first.url);
    expect(refused.message).toBe(
      "Cannot verify localhost:[PORT]: its key is not the one that is trusted for this host",
    );
    expect(refused.causes[0]?.replace(/since \d{4}-\d\d-\d\d/, "since [DATE]")).toContain(
      `Trusted for this host since [DATE]: \`CN=localhost\` with the key sha256:${keyOf(before)}`,
    );
    expect(refused.causes[0]).toContain(`now shows \`CN=localhost\` with the key sha256:${keyOf(after)}`);
    expect(refused.hints.join("\n")).toContain(
      "`pinion trust remove https://localhost:[PORT]`, then `pinion trust add https://localhost:[PORT]`",
    );
    expect(refused.hints.join("\n")).toContain("the connection may be intercepted");
    expect(refused.details).toMatchObject({ changed: "other-key" });
  });

  test("distinguishes a renewed certificate with the same key from another key", async () => {
    const scene = await createScene();
    const root = scene.world.authority("Corp Root");
    const before = root.issue("localhost");
    const first = await scene.serve(before);
    await scene.trust("add", first.url, "--fingerprint", `sha256:${fingerprintOf(before)}`);
    await first.close();
    const after = root.issue("localhost", { key: before.key });
    await scene.serve(after);
    const refused = await scene.ask(first.url);
    expect(refused.message).toContain(
      "its certificate has been renewed, with the key that is trusted for this host",
    );
    const words = /`pinion (trust add [^`]+)`/
      .exec(refused.hints[0] ?? "")?.[1]
      ?.replace("[PORT]", `${scene.port}`);
    expect((await scene.trust(...(words ?? "").split(" ").slice(1))).code).toBe(0);
    expect((await scene.ask(first.url)).outcome).toBe("accept");
  });

  test.each([
    ["another name", { names: ["other.example"] }, "tls/hostname-mismatch", "is for other names"],
    ["past dates", { notAfter: new Date(Date.now() - 60_000) }, "tls/expired", "has expired"],
  ])("refuses to trust a certificate with %s, which would not help", async (_, options, code, words) => {
    const scene = await createScene();
    const leaf = scene.world.authority().issue("localhost", options);
    const { url } = await scene.serve(leaf);
    const run = await scene.trust("add", url, "--fingerprint", `sha256:${fingerprintOf(leaf)}`, "--json");
    expect([run.code, run.stdout]).toEqual([1, expect.stringContaining(code)]);
    expect(run.stdout).toContain(words);
    expect((await scene.trust("list", "--json")).stdout.trim()).toBe("[]");
  });

  test("keeps what is there when more is added, and refuses a damaged file", async () => {
    const scene = await createScene();
    const leaf = scene.world.authority().issue("localhost");
    const { url } = await scene.serve(leaf);
    const other = await scene.world.index({ tls: leaf });
    const fingerprint = `sha256:${fingerprintOf(leaf)}`;
    await scene.trust("add", url, "--fingerprint", fingerprint);
    await scene.trust("add", other.url, "--fingerprint", fingerprint);
    expect(JSON.parse(readFileSync(scene.file, "utf8"))).toMatchObject({ anchors: { length: 2 } });
    scene.world.write("trust/hosts.json", "{");
    const refused = await scene.ask(url);
    expect([refused.outcome, refused.message]).toEqual([
      "tls/trust-source-unusable",
      expect.stringContaining("hosts.json` is damaged"),
    ]);
  });
});
