// Shapes that must be refused, one or more for each cause that a refusal can name.

import type { ErrorCode } from "../../errors.ts";
import { objectIdentifier, sequence } from "../certificates/der-writer.ts";
import {
  EXTENSION_OIDS,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  authorityInfoAccess,
  nameConstraints,
  unknownExtension,
} from "../certificates/extensions.ts";
import { createAuthority } from "../certificates/mint.ts";
import type { AuthorityOptions, IssueOptions, KeySpec } from "../certificates/mint.ts";
import { selfSigned, usualChain } from "./shape-chains.ts";
import { chainSignedBy, leafKey, served, usualRoot } from "./shape.ts";
import type { Blueprint, Recipe, ShapeContext } from "./shape.ts";
import type { Endpoint } from "../servers/endpoint.ts";

export function failureShapes(): readonly Recipe[] {
  return [
    ...timeShapes(),
    ...issuerShapes(),
    ...signatureShapes(),
    ...ruleShapes(),
    ...nameShapes(),
    ...handshakeShapes(),
  ];
}

function timeShapes(): readonly Recipe[] {
  const dayMs = 86_400_000;
  const yesterday = () => new Date(Date.now() - dayMs);
  const tomorrow = () => new Date(Date.now() + dayMs);
  return [
    leafShape("expired", "tls/expired", {
      description: "the server's certificate ended yesterday",
      leaf: () => ({ notBefore: new Date(Date.now() - 90 * dayMs), notAfter: yesterday() }),
    }),
    issuingShape("expired-intermediate", "tls/expired", {
      description: "the issuing authority's certificate ended yesterday",
      issuing: () => ({ notBefore: new Date(Date.now() - 90 * dayMs), notAfter: yesterday() }),
    }),
    rootShape("expired-root", "tls/expired", {
      description: "the trusted root itself ended yesterday: uv takes it, OpenSSL does not",
      root: () => ({ notBefore: new Date(Date.now() - 90 * dayMs), notAfter: yesterday() }),
    }),
    leafShape("not-yet-valid", "tls/not-yet-valid", {
      description: "the server's certificate begins tomorrow",
      leaf: () => ({ notBefore: tomorrow() }),
    }),
    failure("clock-skew", "tls/clock-skew", {
      description: "every certificate of the chain begins tomorrow: it is the clock that is wrong",
      build: (context) => {
        const later = { notBefore: tomorrow() };
        const root = createAuthority("O=Corp, CN=Corp Root", {
          key: context.keys.key("P-256", "root"),
          ...later,
        });
        const key = context.keys.key("P-256", "issuing");
        const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA", { key, ...later });
        return served(issuing.issue(context.host, { key: leafKey(context), ...later }), root.pem);
      },
    }),
  ];
}

/** No trusted CA signed the chain, in all ways in which that comes about. */
function issuerShapes(): readonly Recipe[] {
  return [
    failure("unknown-issuer", "tls/unknown-issuer", {
      description: "a private root signed the chain, and it is not in the bundle",
      build: (context) => served(usualChain(context).leaf, strangeRoot(context)),
    }),
    failure("tls-inspection", "tls/tls-inspection", {
      description: "an inspecting proxy's root signed the chain, and it is not in the bundle",
      build: (context) => {
        const name = "C=US, ST=California, O=Zscaler Inc., CN=Zscaler Root CA";
        const root = usualRoot(context, name);
        const issuing = root.intermediate(
          "C=US, ST=California, O=Zscaler Inc., CN=Zscaler Intermediate Root CA",
          {
            key: context.keys.key("P-256", "issuing"),
          },
        );
        return served(issuing.issue(context.host, { key: leafKey(context) }), strangeRoot(context));
      },
    }),
    failure("self-signed", "tls/self-signed-leaf", {
      description: "the server's certificate is self-signed and not trusted",
      build: (context) => {
        const { pem, keyPem } = selfSigned(context, basicConstraints());
        return { serverChain: [pem], keyPem, trusted: [strangeRoot(context)] };
      },
    }),
    failure("missing-intermediate", "tls/missing-intermediate", {
      description: "the server forgets the issuing authority's certificate; its own gives the URL",
      build: (context) => {
        const { root, issuing } = usualChain(context);
        const leaf = issuing.issue(context.host, {
          key: leafKey(context),
          extraExtensions: [authorityInfoAccess({ issuers: [context.issuerUrl] })],
        });
        return { ...served(leaf, root.pem), serverChain: [leaf.pem], issuerFile: issuing.der };
      },
    }),
    failure("stale-root", "tls/bad-signature", {
      description: "the bundle holds a root of the same name with an older key: the bundle is stale",
      build: (context) => {
        const stale = createAuthority("O=Corp, CN=Corp Root", { key: context.keys.key("P-256", "old root") });
        return served(usualChain(context).leaf, stale.pem);
      },
    }),
    failure("empty-bundle", "tls/trust-source-unusable", {
      description: "the bundle that the client is set to use holds no certificate",
      build: (context) => served(usualChain(context).leaf),
    }),
  ];
}

function signatureShapes(): readonly Recipe[] {
  return [
    leafShape("bad-signature", "tls/bad-signature", {
      description: "a bit of the signature of the server's certificate is wrong",
      leaf: () => ({ isSignatureCorrupted: true }),
    }),
    issuingShape("bad-signature-intermediate", "tls/bad-signature", {
      description: "a bit of the signature of the issuing authority's certificate is wrong",
      issuing: () => ({ isSignatureCorrupted: true }),
    }),
    leafShape("unsupported-signature-algorithm", "tls/unsupported-signature-algorithm", {
      description: "the server's certificate is signed with GOST R 34.10-2012, which OpenSSL lacks",
      leaf: () => ({ signature: { identifier: sequence(objectIdentifier(GOST_2012_256)) } }),
    }),
    weakSignature("weak-signature", {
      key: "RSA-2048",
      digest: "sha1",
      description: "RSA signatures with SHA-1",
    }),
    weakSignature("weak-signature-ec", {
      key: "P-256",
      digest: "sha1",
      description: "ECDSA signatures with SHA-1",
    }),
    weakSignature("weak-signature-md5", {
      key: "RSA-2048",
      digest: "md5",
      description: "RSA signatures with MD5",
    }),
    weakKey("weak-key", "the server's key is RSA 1024", (context) => {
      const root = usualRoot(context);
      return served(root.issue(context.host, { key: leafKey(context, "RSA-1024") }), root.pem);
    }),
    weakKey("weak-key-issuer", "the issuers' keys are RSA 1024", (context) =>
      chainSignedBy(context, "RSA-1024", {}),
    ),
  ];
}

/** Chains that break one rule of RFC 5280. */
function ruleShapes(): readonly Recipe[] {
  return [
    leafShape("wrong-purpose", "tls/wrong-purpose", {
      description: "the server's certificate is only for clients",
      leaf: () => ({ extraExtensions: [extendedKeyUsage("clientAuth")] }),
    }),
    leafShape("wrong-purpose-empty", "tls/wrong-purpose", {
      description: "the server's certificate is for nothing: its list of purposes is empty",
      leaf: () => ({ extraExtensions: [extendedKeyUsage()] }),
    }),
    issuingShape("wrong-purpose-intermediate", "tls/wrong-purpose", {
      description: "the issuing authority may vouch for mail only",
      issuing: () => ({ extraExtensions: [extendedKeyUsage("emailProtection")] }),
    }),
    issuingShape("not-a-ca", "tls/not-a-ca", {
      description: "a server's certificate signed another server's",
      issuing: () => ({ extraExtensions: [basicConstraints(), keyUsage("digitalSignature")] }),
    }),
    issuingShape("not-a-ca-silent", "tls/not-a-ca", {
      description: "the issuing certificate does not say whether it is an authority",
      issuing: () => ({ withoutExtensions: [EXTENSION_OIDS.basicConstraints, EXTENSION_OIDS.keyUsage] }),
    }),
    failure("path-length-exceeded", "tls/path-length-exceeded", {
      description: "an authority that allows none below it has one below it",
      build: (context) => {
        const root = usualRoot(context);
        const last = root.intermediate("O=Corp, CN=Corp Last CA", {
          key: context.keys.key("P-256", "issuing"),
          extraExtensions: [basicConstraints({ isCa: true, pathLength: 0 })],
        });
        const below = last.intermediate("O=Corp, CN=Corp CA Below", {
          key: context.keys.key("P-256", "lower"),
        });
        return served(below.issue(context.host, { key: leafKey(context) }), root.pem);
      },
    }),
    issuingShape("name-constraint-violation", "tls/name-constraint-violation", {
      description: "the issuing authority may vouch for names below corp.example only",
      issuing: () => ({ extraExtensions: [nameConstraints({ permitted: ["corp.example"] })] }),
    }),
    issuingShape("name-constraint-excluded", "tls/name-constraint-violation", {
      description: "the issuing authority may not vouch for this very name",
      issuing: ({ host }) => ({ extraExtensions: [nameConstraints({ excluded: [host] })] }),
    }),
    leafShape("unknown-critical-extension", "tls/unknown-critical-extension", {
      description: "the server's certificate has an unknown critical extension",
      leaf: () => ({ extraExtensions: [unknownExtension({ isCritical: true })] }),
    }),
    issuingShape("unknown-critical-extension-intermediate", "tls/unknown-critical-extension", {
      description: "the issuing authority's certificate has an unknown critical extension",
      issuing: () => ({ extraExtensions: [unknownExtension({ isCritical: true })] }),
    }),
    issuingShape("malformed-certificate", "tls/malformed-certificate", {
      description: "the issuing authority's basic constraints are not DER",
      issuing: () => ({
        extraExtensions: [{ ...basicConstraints({ isCa: true }), value: Buffer.from("3003ff", "hex") }],
      }),
    }),
    leafShape("mismatched-algorithms", "tls/malformed-certificate", {
      description: "the server's certificate names one algorithm inside and another outside",
      leaf: () => ({ outerSignature: { digest: "sha384" } }),
    }),
  ];
}

function nameShapes(): readonly Recipe[] {
  return [
    leafShape("hostname-mismatch", "tls/hostname-mismatch", {
      description: "the server's certificate is for pypi.internal and *.corp.example",
      leaf: () => ({ subject: "pypi.internal", names: ["pypi.internal", "*.corp.example"] }),
    }),
    leafShape("common-name-only", "tls/hostname-mismatch", {
      description:
        "the host's name stands only in the common name: curl, pip and Node take it, browsers and uv do not",
      leaf: () => ({ names: [] }),
    }),
    leafShape("wildcard-everything", "tls/hostname-mismatch", {
      description: "the server's certificate is for `*`",
      leaf: () => ({ names: ["*"] }),
    }),
    {
      ...leafShape("ip-address-as-dns", "tls/hostname-mismatch", {
        description: "the server's IP address is in its certificate as if it were a host name",
        leaf: ({ host }) => ({ names: [{ kind: "dns", value: host }] }),
      }),
      host: "127.0.0.1",
    },
  ];
}

function handshakeShapes(): readonly Recipe[] {
  const withEndpoint = (endpoint: Endpoint) => (context: ShapeContext) => {
    const { root, leaf } = usualChain(context);
    return { ...served(leaf, root.pem), endpoint };
  };
  return [
    failure("client-certificate-required", "tls/client-certificate-required", {
      description: "the server requires a client certificate, and none is configured",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        const clients = { authorities: [root.pem], isRequired: true };
        return { ...served(leaf, root.pem), endpoint: { kind: "tls", options: { clients } } };
      },
    }),
    failure("client-certificate-rejected", "tls/client-certificate-rejected", {
      description: "the server does not know who issued the client's certificate, and says so with an alert",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        const stranger = createAuthority("Elsewhere Root", { key: context.keys.key("P-256", "stranger") });
        const client = stranger.issueClient("mallory", { key: context.keys.key("P-256", "client") });
        const clients = { authorities: [root.pem], isRequired: false, alert: ALERT_UNKNOWN_CA };
        return {
          ...served(leaf, root.pem),
          endpoint: { kind: "tls", options: { clients, maxVersion: "TLSv1.2" } },
          client: { chainPem: client.chainPem, keyPem: client.keyPem },
        };
      },
    }),
    failure("protocol-version", "tls/protocol-version", {
      description: "the server speaks only TLS 1.0 and 1.1",
      build: withEndpoint({ kind: "tls", options: { minVersion: "TLSv1", maxVersion: "TLSv1.1" } }),
    }),
    failure("no-shared-cipher", "tls/no-shared-cipher", {
      description: "the server offers only a cipher suite without encryption",
      build: withEndpoint({
        kind: "tls",
        options: { ciphers: "ECDHE-ECDSA-NULL-SHA", maxVersion: "TLSv1.2" },
      }),
    }),
    failure("handshake-failed", "tls/handshake-failed", {
      description: "the server answers with the alert for an internal error",
      build: withEndpoint({ kind: "alert", description: ALERT_INTERNAL_ERROR }),
    }),
    failure("plaintext-server", "tls/plaintext-server", {
      description: "the port speaks HTTP without TLS",
      build: withEndpoint({ kind: "plaintext" }),
    }),
    failure("closed-during-handshake", "tls/closed-during-handshake", {
      description: "the server ends the connection when it has read the greeting",
      build: withEndpoint({ kind: "closes" }),
    }),
    failure("sni-intolerant", "tls/closed-during-handshake", {
      description: "a middlebox resets every connection whose greeting names the server",
      build: withEndpoint({ kind: "tls", options: { intolerance: "server-name" } }),
    }),
    failure("tls-1.3-intolerant", "tls/closed-during-handshake", {
      description: "a middlebox resets every connection whose greeting offers TLS 1.3",
      build: withEndpoint({ kind: "tls", options: { intolerance: "tls-1.3" } }),
    }),
  ];
}

function failure(
  name: string,
  expected: ErrorCode,
  options: { readonly description: string; readonly build: Recipe["build"] },
): Recipe {
  return { name, group: "failure", expected, ...options };
}

/** The usual chain with another leaf. */
function leafShape(
  name: string,
  expected: ErrorCode,
  options: { readonly description: string; readonly leaf: (context: ShapeContext) => IssueOptions },
): Recipe {
  const build = (context: ShapeContext): Blueprint => {
    const { root, issuing } = usualChain(context);
    return served(issuing.issue(context.host, { key: leafKey(context), ...options.leaf(context) }), root.pem);
  };
  return failure(name, expected, { description: options.description, build });
}

/** The usual chain with another issuing authority. */
function issuingShape(
  name: string,
  expected: ErrorCode,
  options: { readonly description: string; readonly issuing: (context: ShapeContext) => AuthorityOptions },
): Recipe {
  const build = (context: ShapeContext): Blueprint => {
    const root = usualRoot(context);
    const key = context.keys.key("P-256", "issuing");
    const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA", { key, ...options.issuing(context) });
    return served(issuing.issue(context.host, { key: leafKey(context) }), root.pem);
  };
  return failure(name, expected, { description: options.description, build });
}

function rootShape(
  name: string,
  expected: ErrorCode,
  options: { readonly description: string; readonly root: () => AuthorityOptions },
): Recipe {
  const build = (context: ShapeContext): Blueprint => {
    const key = context.keys.key("P-256", "root");
    const root = createAuthority("O=Corp, CN=Corp Root", { key, ...options.root() });
    return served(root.issue(context.host, { key: leafKey(context) }), root.pem);
  };
  return failure(name, expected, { description: options.description, build });
}

function weakSignature(
  name: string,
  options: { readonly key: KeySpec; readonly digest: "sha1" | "md5"; readonly description: string },
): Recipe {
  const { key, digest, description } = options;
  return failure(name, "tls/weak-signature", {
    description,
    build: (context) => chainSignedBy(context, key, { digest }),
  });
}

function weakKey(name: string, description: string, build: Recipe["build"]): Recipe {
  return failure(name, "tls/weak-key", { description, build });
}

/** Some root that has nothing to do with the server, so that the bundle is not empty. */
function strangeRoot(context: ShapeContext): string {
  return createAuthority("O=Elsewhere, CN=Elsewhere Root", { key: context.keys.key("P-256", "stranger") })
    .pem;
}

// id-tc26-signwithdigest-gost3410-12-256 (RFC 9215 4.1).
const GOST_2012_256 = "1.2.643.7.1.1.3.2";

const ALERT_UNKNOWN_CA = 48;
const ALERT_INTERNAL_ERROR = 80;
