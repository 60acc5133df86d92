// Shapes that differ only in algorithms: every kind of issuer and of server key that must verify.

import { randomBytes } from "node:crypto";
import { bitString, objectIdentifier, sequence } from "../certificates/der-writer.ts";
import { hasMlDsa } from "../certificates/keys.ts";
import { PURE_OIDS } from "../certificates/signatures.ts";
import type { KeySpec, SignatureSpec } from "../certificates/mint.ts";
import { createAuthority } from "../certificates/mint.ts";
import { chainSignedBy, leafKey, served, usualRoot } from "./shape.ts";
import type { Recipe } from "./shape.ts";

export function issuerShapes(): readonly Recipe[] {
  return [
    ...CURVES.flatMap((curve) => DIGESTS.map((digest) => curveShape(curve, digest))),
    ...RSA_BITS.flatMap((bits) =>
      DIGESTS.flatMap((digest) => RSA_FORMS.map((form) => rsaShape(bits, digest, form))),
    ),
    issuer("rsa-absent-parameters", {
      key: "RSA-2048",
      signing: { parameters: "absent" },
      description: "RSA signatures whose algorithm has no NULL parameters: uv before 0.8.4 says BadSignature",
    }),
    issuer("rsa-sha224", { key: "RSA-2048", signing: { digest: "sha224" }, description: "RSA with SHA-224" }),
    issuer("ec-sha224", { key: "P-256", signing: { digest: "sha224" }, description: "ECDSA with SHA-224" }),
    issuer("rsa-pss-salt-0", {
      key: "RSA-2048",
      signing: { scheme: "pss", saltLength: 0 },
      description: "RSA-PSS without a salt: rustls knows salts of the digest's length only",
    }),
    issuer("rsa-pss-other-mask", {
      key: "RSA-2048",
      signing: { scheme: "pss", digest: "sha384", maskDigest: "sha256" },
      description: "RSA-PSS with SHA-384 whose mask is made with SHA-256",
    }),
    issuer("rsa-pss-key", {
      key: "RSA-PSS-2048",
      signing: {},
      description: "issuer keys bound to PSS, the alternate signature format of AD CS",
    }),
    issuer("ec-null-parameters", {
      key: "P-256",
      signing: { parameters: "null" },
      description: "ECDSA signatures whose algorithm has NULL parameters, which it should not",
    }),
    issuer("ed25519", { key: "Ed25519", signing: {}, description: "issuers with Ed25519 keys" }),
    issuer("ed448", {
      key: "Ed448",
      signing: {},
      description: "issuers with Ed448 keys: uv refuses them to this day",
    }),
    ...mlDsaShapes(),
    {
      name: "rsa-root-absent-parameters",
      group: "issuer",
      description: "the root's own signature lacks the NULL, all others have it",
      expected: "accept",
      build: (context) => {
        const key = context.keys.key("RSA-2048", "issuer");
        const root = createAuthority("O=Corp, CN=Corp Root", { key, signature: { parameters: "absent" } });
        return served(root.issue(context.host, { key: leafKey(context) }), root.pem);
      },
    },
  ];
}

export function leafKeyShapes(): readonly Recipe[] {
  return [...LEAF_KEYS, ...(hasMlDsa() ? (["ML-DSA-65"] as const) : [])].map((spec) => ({
    name: `leaf-${spec.replace(/^P-/, "ec-p").toLowerCase()}`,
    group: "leaf key",
    description: `a server whose own key is ${spec}${spec === "RSA-8192" ? SLOW : ""}`,
    expected: "accept",
    build: (context) => {
      const root = usualRoot(context);
      return served(root.issue(context.host, { key: leafKey(context, spec) }), root.pem);
    },
  }));
}

function curveShape(curve: (typeof CURVES)[number], digest: (typeof DIGESTS)[number]): Recipe {
  const name = `ec-${curve.replace("-", "").toLowerCase()}-${digest}`;
  const note = name === "ec-p384-sha512" ? ": the chain that broke uv before 0.11" : "";
  const signed = `ecdsa-with-${digest.toUpperCase()}`;
  return issuer(name, {
    key: curve,
    signing: { digest },
    description: `${curve} issuers that sign ${signed}${note}`,
  });
}

function rsaShape(
  bits: (typeof RSA_BITS)[number],
  digest: (typeof DIGESTS)[number],
  form: (typeof RSA_FORMS)[number],
): Recipe {
  return issuer(`rsa-${bits}-${digest}${form.suffix}`, {
    key: `RSA-${bits}`,
    signing: { digest, ...form.signing },
    description: `RSA ${bits} issuers, ${digest.toUpperCase().replace("SHA", "SHA-")}, ${form.description}${bits === 8192 ? SLOW : ""}`,
  });
}

function mlDsaShapes(): readonly Recipe[] {
  const name = "ml-dsa-65";
  const description = "post-quantum issuers, ML-DSA-65: OpenSSL 3.5 and Node 24.6 know it, older ones do not";
  if (hasMlDsa()) return [issuer(name, { key: "ML-DSA-65", signing: {}, description })];
  // Node 22 with OpenSSL 3.5 verifies such certificates and cannot make them.
  if (engineKnowsMlDsa()) return [];
  const shape: Recipe = {
    name,
    group: "issuer",
    description,
    expected: "tls/unsupported-signature-algorithm",
    build: (context) => {
      // What this runtime cannot verify, it cannot make either: key and signatures only look like ML-DSA.
      const identifier = sequence(objectIdentifier(PURE_OIDS["ML-DSA-65"] ?? ""));
      const spki = sequence(identifier, bitString(randomBytes(ML_DSA_65_KEY_OCTETS)));
      const key = context.keys.key("P-256", "root");
      const root = createAuthority("O=Corp, CN=Corp Root", { key, signing: { identifier }, spki });
      return served(root.issue(context.host, { key: leafKey(context) }), root.pem);
    },
  };
  return [shape];
}

/** FIPS 204 is part of OpenSSL from 3.5 on. */
function engineKnowsMlDsa(): boolean {
  const [major = 0, minor = 0] = process.versions.openssl.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 5);
}

function issuer(
  name: string,
  options: { readonly key: KeySpec; readonly signing: SignatureSpec; readonly description: string },
): Recipe {
  return {
    name,
    group: "issuer",
    description: options.description,
    expected: "accept",
    build: (context) => chainSignedBy(context, options.key, options.signing),
  };
}

const SLOW = "; half a minute to make";

// FIPS 204, table 2.
const ML_DSA_65_KEY_OCTETS = 1952;

const CURVES = ["P-256", "P-384", "P-521"] as const;
const DIGESTS = ["sha256", "sha384", "sha512"] as const;
const RSA_BITS = [2048, 3072, 4096, 8192] as const;

const RSA_FORMS: readonly {
  readonly suffix: string;
  readonly description: string;
  readonly signing: SignatureSpec;
}[] = [
  { suffix: "", description: "PKCS#1 v1.5 with NULL parameters", signing: {} },
  { suffix: "-absent", description: "PKCS#1 v1.5 without parameters", signing: { parameters: "absent" } },
  { suffix: "-pss", description: "PSS", signing: { scheme: "pss" } },
];

const LEAF_KEYS = [
  "P-256",
  "P-384",
  "P-521",
  "RSA-2048",
  "RSA-3072",
  "RSA-4096",
  "RSA-8192",
  "RSA-PSS-2048",
  "Ed25519",
  "Ed448",
] as const satisfies readonly KeySpec[];
