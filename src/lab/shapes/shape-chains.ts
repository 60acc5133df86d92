// Shapes whose chain or name is unusual, and right: what real servers send, and what real bundles hold.

import {
  EXTENSION_OIDS,
  basicConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from "../certificates/extensions.ts";
import type { Extension } from "../certificates/extensions.ts";
import { createAuthority, mintCertificate } from "../certificates/mint.ts";
import type { Authority, IssuedCertificate, MintedCertificate } from "../certificates/mint.ts";
import { leafKey, served, usualRoot } from "./shape.ts";
import type { Recipe, ShapeContext } from "./shape.ts";

export function chainShapes(): readonly Recipe[] {
  return [
    {
      ...ACCEPTED,
      name: "plain",
      description: "nothing unusual: root, issuing authority, server, all P-256 with SHA-256",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        return served(leaf, root.pem);
      },
    },
    {
      ...ACCEPTED,
      name: "misordered",
      description: "the intermediates are sent in the wrong order",
      build: (context) => {
        const { root, leaf } = longChain(context);
        const [own = "", ...others] = served(leaf).serverChain;
        return { ...served(leaf, root.pem), serverChain: [own, ...others.toReversed()] };
      },
    },
    {
      ...ACCEPTED,
      name: "padded",
      description: "the server sends its root too, and everything twice",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        const once = [...served(leaf).serverChain, root.pem];
        return { ...served(leaf, root.pem), serverChain: [...once, ...once] };
      },
    },
    {
      ...ACCEPTED,
      name: "strangers",
      description: "unrelated certificates are between those of the chain",
      build: (context) => {
        const { root, leaf } = longChain(context);
        const key = context.keys.key("P-256", "stranger");
        const stranger = createAuthority("O=Elsewhere, CN=Elsewhere Root", { key });
        const other = stranger.issue("elsewhere.example", { key });
        const [own = "", ...others] = served(leaf).serverChain;
        const serverChain = [own, other.pem, ...others.flatMap((pem) => [pem, stranger.pem])];
        return { ...served(leaf, root.pem), serverChain };
      },
    },
    {
      ...ACCEPTED,
      name: "expired-cross-signature",
      description:
        "beside its valid root the chain carries an expired cross-signature, as AddTrust's in 2020",
      build: (context) => {
        const { root, issuing, leaf } = usualChain(context);
        const old = createAuthority("O=Corp, CN=Corp Root of Old", {
          key: context.keys.key("P-256", "old root"),
          ...EXPIRED,
        });
        const cross = old.intermediate("O=Corp, CN=Corp Root", { key: root.key, ...EXPIRED });
        return { serverChain: [leaf.pem, issuing.pem, cross.pem], keyPem: leaf.keyPem, trusted: [root.pem] };
      },
    },
    {
      ...ACCEPTED,
      name: "cross-signed-detour",
      description:
        "of two cross-signed issuers the first leads nowhere: OpenSSL does not backtrack, Go and rustls do",
      needsPathSearch: true,
      build: (context) => {
        const root = usualRoot(context);
        const elsewhere = createAuthority("O=Elsewhere, CN=Elsewhere Root", {
          key: context.keys.key("P-256", "stranger"),
        });
        const key = context.keys.key("P-256", "issuing");
        const name = "O=Corp, CN=Corp Issuing CA";
        const detour = elsewhere.intermediate(name, {
          key,
          withoutExtensions: [EXTENSION_OIDS.authorityKeyIdentifier],
        });
        const issuing = root.intermediate(name, {
          key,
          withoutExtensions: [EXTENSION_OIDS.authorityKeyIdentifier],
        });
        const leaf = issuing.issue(context.host, { key: leafKey(context) });
        return { serverChain: [leaf.pem, detour.pem, issuing.pem], keyPem: leaf.keyPem, trusted: [root.pem] };
      },
    },
    {
      ...ACCEPTED,
      name: "self-signed-authority",
      description:
        "a self-signed server certificate that says it is an authority, and is trusted: rustls refuses it",
      build: (context) => {
        const { pem, keyPem } = selfSigned(context, basicConstraints({ isCa: true }));
        return { serverChain: [pem], keyPem, trusted: [pem] };
      },
    },
    {
      ...ACCEPTED,
      name: "self-signed-trusted",
      description: "an ordinary self-signed server certificate that is trusted",
      build: (context) => {
        const { pem, keyPem } = selfSigned(context, basicConstraints());
        return { serverChain: [pem], keyPem, trusted: [pem] };
      },
    },
    {
      ...ACCEPTED,
      name: "v1-trusted",
      description:
        "a self-signed server certificate of version 1, which has no place for a SAN, is itself trusted",
      build: (context) => {
        const { pem, keyPem } = mintCertificate({ key: leafKey(context), subject: context.host, version: 1 });
        return { serverChain: [pem], keyPem, trusted: [pem] };
      },
    },
    {
      ...ACCEPTED,
      name: "v1-root",
      description: "the trusted root is an X.509 version 1 certificate, without any extension",
      build: (context) => {
        const root = createAuthority("O=Corp, CN=Corp Root of 1998", {
          key: context.keys.key("P-256", "root"),
          version: 1,
        });
        return served(root.issue(context.host, { key: leafKey(context) }), root.pem);
      },
    },
    {
      ...ACCEPTED,
      name: "intermediate-anchor",
      description: "only the issuing authority is trusted, its root is not known",
      build: (context) => {
        const { issuing, leaf } = usualChain(context);
        return served(leaf, issuing.pem);
      },
    },
    {
      ...ACCEPTED,
      name: "leaf-anchor",
      description: "only the server's own certificate is trusted, an authority issued it",
      build: (context) => {
        const { leaf } = usualChain(context);
        return served(leaf, leaf.pem);
      },
    },
    {
      ...ACCEPTED,
      name: "large-bundle",
      description: "the root is the last of sixty in the bundle, and others bear a name like it",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        const key = context.keys.key("P-256", "stranger");
        const others = Array.from(
          { length: 59 },
          (_, at) => createAuthority(`O=Corp, CN=Corp Root ${at}`, { key }).pem,
        );
        return served(leaf, ...others, root.pem);
      },
    },
    {
      ...ACCEPTED,
      name: "client-certificate",
      description: "the server requires a client certificate, and one is configured",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        const client = root.issueClient("ada", { key: context.keys.key("P-256", "client") });
        const clients = { authorities: [root.pem], isRequired: true };
        return {
          ...served(leaf, root.pem),
          endpoint: { kind: "tls", options: { clients } },
          client: { chainPem: client.chainPem, keyPem: client.keyPem },
        };
      },
    },
    {
      ...ACCEPTED,
      name: "tls-1.2-only",
      description: "the server speaks only TLS 1.2",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        return { ...served(leaf, root.pem), endpoint: { kind: "tls", options: { maxVersion: "TLSv1.2" } } };
      },
    },
    {
      ...ACCEPTED,
      name: "p-521-group-only",
      description: "the server exchanges keys only over P-521: rustls finds no shared group",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        return { ...served(leaf, root.pem), endpoint: { kind: "tls", options: { groups: "P-521" } } };
      },
    },
    {
      ...ACCEPTED,
      name: "ip-address",
      group: "name",
      description: "the server is requested by its IP address, which its certificate names",
      host: "127.0.0.1",
      build: (context) => {
        const { root, leaf } = usualChain(context);
        return served(leaf, root.pem);
      },
    },
    {
      ...ACCEPTED,
      name: "many-names",
      group: "name",
      description: "the host is the last of three hundred names, in other letters",
      build: (context) => {
        const root = usualRoot(context);
        const names = Array.from({ length: 299 }, (_, at) => `host-${at}.corp.example`);
        const key = leafKey(context);
        return served(
          root.issue(context.host, { key, names: [...names, context.host.toUpperCase()] }),
          root.pem,
        );
      },
    },
    {
      ...ACCEPTED,
      name: "empty-subject",
      group: "name",
      description: "the server's certificate has an empty subject, its name is only in the SAN",
      build: (context) => {
        const root = usualRoot(context);
        return served(root.issue(context.host, { key: leafKey(context), subject: "" }), root.pem);
      },
    },
  ];
}

/** Root, issuing authority, server: each with its usual extensions. */
export function usualChain(context: ShapeContext): {
  readonly root: Authority;
  readonly issuing: Authority;
  readonly leaf: IssuedCertificate;
} {
  const root = usualRoot(context);
  const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA", {
    key: context.keys.key("P-256", "issuing"),
  });
  return { root, issuing, leaf: issuing.issue(context.host, { key: leafKey(context) }) };
}

/** The usual chain with another authority between. */
function longChain(context: ShapeContext): { readonly root: Authority; readonly leaf: IssuedCertificate } {
  const { root, issuing } = usualChain(context);
  const lower = issuing.intermediate("O=Corp, CN=Corp Server CA", {
    key: context.keys.key("P-256", "lower"),
  });
  return { root, leaf: lower.issue(context.host, { key: leafKey(context) }) };
}

/** A self-signed server certificate, as `openssl req -x509` with a SAN makes it. */
export function selfSigned(context: ShapeContext, constraints: Extension): MintedCertificate {
  const key = leafKey(context);
  const extensions = [constraints, subjectAltName(context.host), subjectKeyIdentifier(key.identifier)];
  return mintCertificate({ key, subject: context.host, extensions });
}

const ACCEPTED = { group: "chain", expected: "accept" } as const;

const EXPIRED = { notBefore: new Date("2010-01-01T00:00:00Z"), notAfter: new Date("2020-05-30T10:48:38Z") };
