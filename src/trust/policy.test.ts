import { connect, createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

import {
  basicConstraints,
  keyUsage,
  nameConstraints,
  subjectAltName,
} from "../lab/certificates/extensions.ts";
import {
  createAuthority,
  createKey,
  mintCertificate,
  type IssuedCertificate,
  type MintedCertificate,
} from "../lab/certificates/mint.ts";
import { certificatesOf, furtherChains } from "../../test/client-matrix/further-chains.ts";
import { explainRefusal, judgePeer } from "./policy.ts";
import { loadTrust, type TrustStore } from "./store.ts";
import type { SystemAccess } from "./system.ts";

const NO_SYSTEM: SystemAccess = {
  platform: "linux",
  readFile: () => undefined,
  readText: () => undefined,
  list: () => [],
  runtimeCertificates: () => undefined,
  libraryCertificates: () => [],
  run: () => undefined,
};
/** OpenSSL has ML-DSA since 3.5. */
const [major = 0, minor = 0] = process.versions.openssl.split(".").map(Number);
const hasMlDsa = major > 3 || (major === 3 && minor >= 5);
const host = "localhost";
const key = createKey("P-256");
const root = createAuthority("O=Corp, CN=Corp Root", { key: createKey("P-256") });
const trusting = (...anchors: readonly MintedCertificate[]): TrustStore =>
  loadTrust(
    {
      env: {},
      home: "/",
      trust: { value: "given", origin: "--trust" },
      anchors: anchors.map(({ pem }) => pem),
    },
    NO_SYSTEM,
  );
const judge = (chain: readonly MintedCertificate[], store: TrustStore, name = host) => {
  const verdict = judgePeer({ sent: chain.map(({ der }) => der), host: name, port: 443, store });
  return verdict.kind === "accepted" ? "accepted" : verdict.error.code;
};
const sentBy = (leaf: IssuedCertificate): readonly MintedCertificate[] => [leaf, ...leaf.chain];

describe("judgePeer", () => {
  const rsa1024 = createKey("RSA-1024");
  const issuedBy = (options: Parameters<typeof root.issue>[1]) =>
    sentBy(root.issue(host, { key, ...options }));

  it.each([
    ["a usual chain", () => issuedBy({}), "accepted"],
    ["another name", () => issuedBy({ names: ["other.example"] }), "tls/hostname-mismatch"],
    ["only a common name", () => issuedBy({ names: [] }), "tls/hostname-mismatch"],
    ["a partial wildcard", () => issuedBy({ names: ["local*"] }), "tls/hostname-mismatch"],
    ["an RSA key of 1024 bits", () => issuedBy({ key: rsa1024 }), "tls/weak-key"],
    ["a P-192 key", () => issuedBy({ key: createKey("P-192") }), "tls/weak-key"],
    ["a SHA-1 signature", () => issuedBy({ signature: { digest: "sha1" } }), "tls/weak-signature"],
    [
      "an authority's certificate as a server's",
      () => issuedBy({ extraExtensions: [basicConstraints({ isCa: true })] }),
      "tls/wrong-purpose",
    ],
  ] as const)("%s", (_, chain, expected) => {
    expect(judge(chain(), trusting(root))).toBe(expected);
  });

  it("refuses a wildcard that reaches into an excluded name, which OpenSSL accepts", () => {
    const issuing = root.intermediate("Constrained", {
      key,
      extraExtensions: [nameConstraints({ excluded: ["secret.corp.example"] })],
    });
    const leaf = issuing.issue("open.corp.example", { key, names: ["*.corp.example"] });
    expect(judge(sentBy(leaf), trusting(root), "open.corp.example")).toBe("tls/name-constraint-violation");
  });

  it("refuses a weak root as well, and not its own signature", () => {
    const weak = createAuthority("Weak", { key: rsa1024 });
    expect(judge(sentBy(weak.issue(host, { key })), trusting(weak))).toBe("tls/weak-key");
    const old = createAuthority("Old", { key: createKey("RSA-2048"), signature: { digest: "sha1" } });
    expect(judge(sentBy(old.issue(host, { key })), trusting(old))).toBe("accepted");
  });

  it("accepts an authority's certificate as a server's where exactly that one is trusted", () => {
    const own = mintCertificate({
      key,
      subject: host,
      extensions: [
        basicConstraints({ isCa: true }),
        keyUsage("keyCertSign", "digitalSignature"),
        subjectAltName(host),
      ],
    });
    expect(judge([own], trusting(own))).toBe("accepted");
  });

  it("is not led astray by a second way with another fault", () => {
    // The engine accepts the way through the constrained authority; the other, expired one must not excuse it.
    const shared = createKey("P-256");
    const constrained = root.intermediate("Twin", {
      key: shared,
      extraExtensions: [nameConstraints({ excluded: ["secret.corp.example"] })],
    });
    const expired = root.intermediate("Twin", {
      key: shared,
      notBefore: new Date(0),
      notAfter: new Date(1_000),
    });
    const leaf = constrained.issue("open.corp.example", { key, names: ["*.corp.example"] });
    expect(judge([leaf, constrained, expired], trusting(root), "open.corp.example")).not.toBe("accepted");
  });

  it("reports which anchor verified the chain, and its source", () => {
    const verdict = judgePeer({
      sent: [root.issue(host, { key }).der],
      host,
      port: 443,
      store: trusting(root),
    });
    expect(verdict).toMatchObject({ kind: "accepted", anchor: { sources: [{ kind: "given" }] } });
  });

  it("refuses what is not a certificate", () => {
    expect(judge([], trusting(root))).toBe("tls/malformed-certificate");
    expect(
      judgePeer({ sent: [Buffer.from("x"), root.der], host, port: 443, store: trusting(root) }).kind,
    ).toBe("refused");
  });
});

describe("explainRefusal", () => {
  it("reports the cause, the trust in force, and what would help", () => {
    const store = trusting(createAuthority("O=Other, CN=Other", { key }));
    const engineError = Object.assign(new Error("unable to get local issuer certificate"), {
      code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    });
    const { error } = explainRefusal({
      sent: sentBy(root.issue("::1", { key })).map(({ der }) => der),
      host: "::1",
      port: 8443,
      store,
      engineError,
    });
    expect(error.code).toBe("tls/unknown-issuer");
    expect(error.message).toBe("Cannot verify [::1]:8443: its certificate's issuer is not trusted");
    expect(error.cause).toMatchObject({
      message:
        "`CN=::1` is signed by `O=Corp, CN=Corp Root`, and no trusted certificate has that name\nTrusted here: given by the program (1 certificate); it replaces the system store and the bundled roots",
      cause: engineError,
    });
    expect(error.hints.at(-1)).toEqual({ kind: "examine", url: "https://[::1]:8443/", what: "chain" });
    expect(error.details).toMatchObject({
      engineCode: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      blamed: { position: 0, subject: "CN=::1" },
    });
    expect(JSON.parse(JSON.stringify(error.details))).toMatchObject({ host: "::1" });
  });

  it.skipIf(hasMlDsa)("names the Node that has the algorithm which this one lacks", () => {
    const chain = furtherChains.cases.find(({ id }) => id.startsWith("ML-DSA"))!;
    const { trusted_certs: anchors, peer_certificate, untrusted_intermediates } = chain;
    const { error } = explainRefusal({
      sent: certificatesOf([peer_certificate, ...untrusted_intermediates]).map(({ der }) => der),
      host: "localhost",
      port: 443,
      store: loadTrust(
        { env: {}, home: "/", trust: { value: "given", origin: "--trust" }, anchors },
        NO_SYSTEM,
      ),
      engineError: Object.assign(new Error("unable to verify the first certificate"), {
        code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      }),
    });
    expect(error.code).toBe("tls/unsupported-signature-algorithm");
    expect(error.hints).toContainEqual({ kind: "update-runtime", node: "24.7" });
  });
});

describe("TrustStore.secureContextFor over a real connection", () => {
  const store = trusting(root);
  const leaf = root.issue(host, { key });
  const usual = { cert: leaf.chainPem, key: leaf.keyPem };
  const rsaLeaf = root.issue(host, { key: createKey("RSA-2048") });
  const rsa = { cert: rsaLeaf.chainPem, key: rsaLeaf.keyPem };

  it.each<[string, SecureContextOptions]>([
    ["P-521 as the only group", { ...usual, ecdhCurve: "P-521" }],
    ["X448 as the only group", { ...usual, ecdhCurve: "X448" }],
    ["only TLS 1.2", { ...usual, maxVersion: "TLSv1.2" }],
    ["RSA key exchange", { ...rsa, maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }],
    ["RSA key exchange with CBC", { ...rsa, maxVersion: "TLSv1.2", ciphers: "AES256-SHA" }],
    ["CBC", { ...usual, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" }],
    ["CCM", { ...usual, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-CCM" }],
    ["CCM in TLS 1.3", { ...usual, minVersion: "TLSv1.3", ciphers: "TLS_AES_128_CCM_SHA256" }],
    [
      "finite-field Diffie-Hellman",
      { ...rsa, maxVersion: "TLSv1.2", ciphers: "DHE-RSA-AES128-GCM-SHA256", dhparam: "auto" },
    ],
    ["an Ed448 key", serve(root.issue(host, { key: createKey("Ed448") }))],
    ["a PSS key", serve(root.issue(host, { key: createKey("RSA-PSS-2048") }))],
  ])("connects with %s", async (_, server) => {
    expect(await handshake(server, store.secureContextFor(host, 443))).toBe("authorized");
  });

  it.each<[string, SecureContextOptions]>([
    ["TLS 1.1", { ...rsa, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }],
    ["an MD5 signature", serve(root.issue(host, { key, signature: { digest: "md5" } }))],
    ["anonymous Diffie-Hellman", { maxVersion: "TLSv1.2", ciphers: "aNULL:@SECLEVEL=0" }],
  ])("refuses %s", async (_, server) => {
    expect(await handshake(server, store.secureContextFor(host, 443))).not.toBe("authorized");
  });

  it("takes an intermediate as an anchor, but never a helper of the path assist", async () => {
    const issuing = root.intermediate("Issuing", { key: createKey("P-256") });
    const server = serve(issuing.issue(host, { key }), { isAlone: true });
    const stranger = trusting(createAuthority("Stranger", { key }));
    const helped = { intermediates: [issuing.pem] };
    expect(await handshake(server, trusting(issuing).secureContextFor(host, 443))).toBe("authorized");
    expect(await handshake(server, store.secureContextFor(host, 443))).not.toBe("authorized");
    expect(await handshake(server, store.secureContextFor(host, 443, helped))).toBe("authorized");
    expect(await handshake(server, stranger.secureContextFor(host, 443, helped))).not.toBe("authorized");
  });

  it("drops a self-signed helper, which the engine would take for an anchor", async () => {
    const rogue = createAuthority("Rogue", { key: createKey("P-256") });
    const context = store.secureContextFor(host, 443, {
      intermediates: [rogue.pem, `${root.pem}${rogue.pem}`],
    });
    expect(await handshake(serve(rogue.issue(host, { key })), context)).not.toBe("authorized");
  });

  it("trusts with fewer anchors only what it trusts with all of them", async () => {
    const second = createAuthority("Second", { key: createKey("P-256") });
    const both = trusting(root, second);
    const [first] = both.anchorsFor(host, 443);
    const only = { onlyFingerprints: [first!.fingerprint] };
    expect(await handshake(usual, both.secureContextFor(host, 443, only))).toBe("authorized");
    expect(
      await handshake(serve(second.issue(host, { key })), both.secureContextFor(host, 443, only)),
    ).not.toBe("authorized");
  });
});

function serve(leaf: IssuedCertificate, options: { readonly isAlone?: boolean } = {}): SecureContextOptions {
  return {
    cert: options.isAlone === true ? leaf.pem : leaf.chainPem,
    key: leaf.keyPem,
    ciphers: "ALL:@SECLEVEL=0",
  };
}

/** Connects to a server on loopback: `authorized`, or the engine's code. */
async function handshake(
  options: SecureContextOptions,
  secureContext: ReturnType<TrustStore["secureContextFor"]>,
): Promise<string> {
  const server = createServer(options, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return await new Promise<string>((resolve) => {
      const socket: TLSSocket = connect({
        port,
        host: "127.0.0.1",
        servername: host,
        secureContext,
        checkServerIdentity: () => undefined,
      });
      socket.once("secureConnect", () =>
        resolve(socket.authorized ? "authorized" : String(socket.authorizationError)),
      );
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once("secureConnect", () => socket.destroy());
    });
  } finally {
    server.close();
  }
}
