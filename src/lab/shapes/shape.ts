// What a shape is: a server with one peculiarity, and what a client should make of it.

import type { Endpoint } from "../servers/endpoint.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Authority, KeyRing, KeySpec, LabKey, SignatureSpec } from "../certificates/mint.ts";
import { createAuthority } from "../certificates/mint.ts";

/** `accept`, or the code of the refusal. */
export type Outcome = "accept" | ErrorCode;

export type ShapeGroup = "issuer" | "leaf key" | "chain" | "name" | "failure";

export interface Shape {
  /** Kebab-case, as `pinion lab serve` takes it. */
  readonly name: string;
  readonly group: ShapeGroup;
  /** One line. */
  readonly description: string;
  readonly expected: Outcome;
  /** The engine by itself refuses; the path has to be searched and handed to it. */
  readonly needsPathSearch?: boolean;
  /** The host that the shape is about, where it is not the caller's. */
  readonly host?: string;
}

/** What a server of a shape has, and what its clients have. */
export interface Blueprint {
  /** PEM of each certificate that the server sends, its own first. */
  readonly serverChain: readonly string[];
  /** PKCS#8 PEM of the server's key. */
  readonly keyPem: string;
  /** PEM of what the clients trust; empty where there is nothing usable in their bundle. */
  readonly trusted: readonly string[];
  /** Default: TLS 1.2 and 1.3. */
  readonly endpoint?: Endpoint;
  /** What the client shows, where the server wants to know. */
  readonly client?: { readonly chainPem: string; readonly keyPem: string };
  /** DER served at the context's `issuerUrl`. */
  readonly issuerFile?: Buffer;
}

export interface ShapeContext {
  readonly host: string;
  readonly keys: KeyRing;
  /** Where Authority Information Access points to. */
  readonly issuerUrl: string;
}

export interface Recipe extends Shape {
  readonly build: (context: ShapeContext) => Blueprint;
}

/** A root of the usual kind. Its key is the ring's, so that a hundred shapes cost a handful of keys. */
export function usualRoot(context: ShapeContext, name = "O=Corp, CN=Corp Root"): Authority {
  return createAuthority(name, { key: context.keys.key("P-256", "root") });
}

/** The key of the usual server. */
export function leafKey(context: ShapeContext, spec: KeySpec = "P-256"): LabKey {
  return context.keys.key(spec, "leaf");
}

/**
 * Root, issuing authority and server, both links signed as specified. The authorities share one key, because the large ones
 * take seconds to make.
 */
export function chainSignedBy(context: ShapeContext, spec: KeySpec, signing: SignatureSpec): Blueprint {
  const key = context.keys.key(spec, "issuer");
  const root = createAuthority("O=Corp, CN=Corp Root", { key, signing });
  const issuing = root.intermediate("O=Corp, CN=Corp Issuing CA", { key, signing });
  return served(issuing.issue(context.host, { key: leafKey(context) }), root.pem);
}

/** The blueprint of a server that sends its chain as it should, to clients that trust the given certificates. */
export function served(
  leaf: {
    readonly pem: string;
    readonly keyPem: string;
    readonly chain: readonly { readonly pem: string }[];
  },
  ...trusted: readonly string[]
): Blueprint {
  return { serverChain: [leaf.pem, ...leaf.chain.map(({ pem }) => pem)], keyPem: leaf.keyPem, trusted };
}
