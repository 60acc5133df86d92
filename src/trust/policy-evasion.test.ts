import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test, vi } from "vitest";

import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  subjectAltName,
} from "../lab/certificates/extensions.ts";
import {
  createAuthority,
  createKey,
  mintCertificate,
  type MintedCertificate,
} from "../lab/certificates/mint.ts";
import { isHelpedByTrust, judgePeer, type PeerVerdict } from "./policy.ts";
import { loadTrust, type TrustStore } from "./store.ts";
import type { SystemAccess } from "./system.ts";

const host = "secret.corp.example";
const folder = mkdtempSync(join(tmpdir(), "pinion-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function systemOf(files: Readonly<Record<string, string>> = {}): SystemAccess {
  return {
    platform: "linux",
    readFile: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
    readText: (path) => files[path],
    list: () => [],
    runtimeCertificates: () => undefined,
    libraryCertificates: () => [],
    run: () => undefined,
  };
}
const trusting = (anchor: MintedCertificate): TrustStore =>
  loadTrust(
    { env: {}, home: "/", trust: { value: "given", origin: "--trust" }, anchors: [anchor.pem] },
    systemOf(),
  );
const wordOf = (verdict: PeerVerdict): string =>
  verdict.kind === "accepted" ? "accepted" : verdict.error.code;
const ders = (certificates: readonly MintedCertificate[]): readonly Buffer[] =>
  certificates.map(({ der }) => der);

/** May vouch for no name below `secret.corp.example`; OpenSSL lets a wildcard evade that. */
const root = createAuthority("Constrained Root", {
  extraExtensions: [nameConstraints({ excluded: [host] })],
});
const issuing = root.intermediate("Issuing");
const evading = { names: ["*.corp.example"], withoutExtensions: [authorityKeyIdentifier(Buffer.of()).oid] };
const leaf = issuing.issue(host, evading);

/** Authorities of the same name with other keys, which look better: more than the search has signature checks for. */
function namesakes(): readonly MintedCertificate[] {
  const stranger = { key: createKey("P-256"), subject: root.subject };
  return Array.from({ length: 40 }, () =>
    mintCertificate({
      key: createKey("P-521"),
      subject: "Issuing",
      issuer: stranger,
      notBefore: new Date(Date.now() - 60_000),
      extensions: [basicConstraints({ isCa: true }), keyUsage("keyCertSign")],
    }),
  );
}

/** An authority whose basicConstraints are critical by a boolean of BER, which OpenSSL reads, and a server of it. */
function unreadable(): readonly MintedCertificate[] {
  const usual = Buffer.from("0603551d130101ff", "hex");
  const odd = mintCertificate({
    key: createKey("P-256"),
    subject: "Odd",
    issuer: issuing,
    extensions: [basicConstraints({ isCa: true }), keyUsage("keyCertSign")],
    rewriteFields: (fields) =>
      fields.map((field) => {
        const bytes = Buffer.from(field);
        const at = bytes.indexOf(usual);
        if (at !== -1) bytes[at + usual.length - 1] = 1;
        return bytes;
      }),
  });
  const server = mintCertificate({
    key: createKey("P-256"),
    subject: "",
    issuer: odd,
    extensions: [extendedKeyUsage("serverAuth"), subjectAltName("*.corp.example")],
  });
  return [server, odd, issuing];
}

/** More authorities on top of each other than a path may have. */
function deep(): readonly MintedCertificate[] {
  let last = root.intermediate("Step");
  for (let step = 0; step < 12; step += 1) last = last.intermediate(`Step ${step}`);
  const server = last.issue(host, evading);
  return [server, ...server.chain];
}

// Promise: what Pinion refuses besides the TLS engine is refused, whatever is sent with it
// Attack: a server sends what the search for a path cannot read, or cannot finish, and the engine passes over
test.each([
  ["nothing else", () => [leaf, issuing], "tls/name-constraint-violation"],
  ["namesakes of its authority", () => [leaf, issuing, ...namesakes()], "tls/unknown-issuer"],
  ["an authority that cannot be read", unreadable, "tls/malformed-certificate"],
  ["a path that is too long", deep, "tls/unknown-issuer"],
] as const)("an evaded name constraint is refused with %s", (_, chain, code) => {
  expect(wordOf(judgePeer({ sent: ders(chain()), host, port: 443, store: trusting(root) }))).toBe(code);
});

describe("judgePeer", () => {
  it("holds what the engine was shown besides against the rules, too", () => {
    const own = createAuthority("Root");
    const below = own.intermediate("Below", { extraExtensions: [nameConstraints({ excluded: [host] })] });
    const plain = own.intermediate("Plain");
    const judge = (authority: typeof below): string => {
      const { der } = authority.issue(host, evading);
      return wordOf(
        judgePeer({ sent: [der], helpers: [authority.der], host, port: 443, store: trusting(own) }),
      );
    };
    expect([judge(plain), judge(below)]).toEqual(["accepted", "tls/name-constraint-violation"]);
  });

  it("does not mind what cannot be read where there is a path without it", () => {
    const own = createAuthority("Root");
    const server = own.issue(host);
    const sent = [server.der, Buffer.from("not a certificate"), ...ders(namesakes())];
    expect(wordOf(judgePeer({ sent, host, port: 443, store: trusting(own) }))).toBe("accepted");
  });

  it("takes the user's word for a file that was named, whatever the system distrusts", () => {
    const own = createAuthority("Root");
    const deselected = own.intermediate("Deselected");
    const system = systemOf({
      "/etc/ca-certificates.conf": "!local/a.crt\n",
      "/usr/share/ca-certificates/local/a.crt": deselected.pem,
    });
    const sent = ders([deselected.issue(host), deselected]);
    const judge = (anchor: MintedCertificate): string => {
      const path = join(folder, "anchor.pem");
      writeFileSync(path, anchor.pem);
      const store = loadTrust({ env: { SSL_CERT_FILE: path }, home: "/" }, system);
      return wordOf(judgePeer({ sent, host, port: 443, store }));
    };
    expect([judge(own), judge(deselected)]).toEqual(["tls/revoked", "accepted"]);
  });
});

// Promise: untrusted input cannot make a command hang
// Attack: an insecure host sends a hundred certificates, any of which might help if it were trusted
test("only the server's certificate and its issuers are tried as what might be trusted", () => {
  const other = createAuthority("Elsewhere");
  const others = Array.from({ length: 60 }, (_, at) => other.intermediate(`Step ${at}`));
  const store = trusting(other);
  const indexFor = vi.spyOn(store, "indexFor");
  const wrongName = issuing.issue("other.example");
  const sent = ders([wrongName, issuing, ...namesakes(), ...others]);
  expect(isHelpedByTrust({ sent, host, port: 443, store })).toBe(false);
  expect(indexFor.mock.calls.length).toBeLessThanOrEqual(6);
  const helped = ders([createAuthority("Unknown").issue(host)]);
  expect(isHelpedByTrust({ sent: helped, host, port: 443, store })).toBe(true);
});
