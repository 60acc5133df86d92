// Finds anchors by name without parsing all of them: by the bytes of the name first, since issuers repeat them, and by
// the name as RFC 5280 section 7.1 compares it when no anchor has those bytes.

import { attempt } from "../base/work/attempt.ts";
import { append } from "../base/values/group-by.ts";
import { attributeOf } from "../x509/certificates/distinguished-name.ts";
import {
  trySubject,
  trySubjectBytes,
  type Certificate,
  type Name,
} from "../x509/certificates/certificate.ts";
import type { AnchorIndex } from "../x509/rules/path.ts";
import type { Anchor } from "./anchor.ts";

/** {@link AnchorIndex} over a store. */
export interface LazyIndex extends AnchorIndex {
  anchorOf(certificate: Certificate): Anchor | undefined;
  /** Fingerprints of the anchors at which a path over these certificates can end: those themselves, and their issuers. */
  near(certificates: readonly Certificate[]): readonly string[];
}

/** An index over the anchors of a store; parses those that are needed, once. */
export function indexLazily(anchors: readonly Anchor[]): LazyIndex {
  const byBytes = once(() => group(anchors, (anchor) => bytesKey(trySubjectBytes(anchor.der))));
  const byName = once(() => group(anchors, (anchor) => trySubject(anchor.der)?.key));
  const byFingerprint = once(() => new Map(anchors.map((anchor) => [anchor.fingerprint, anchor])));
  const organizations = once(
    () => new Set(anchors.flatMap((anchor) => organizationOf(trySubject(anchor.der)))),
  );
  const bearing = (name: Name): readonly Anchor[] =>
    byBytes().get(bytesKey(name.der) ?? "") ?? byName().get(name.key) ?? [];
  return {
    named: (name) => bearing(name).flatMap((anchor) => parsed(anchor)),
    near(certificates) {
      const ends = certificates.flatMap((certificate) => [
        ...bearing(certificate.issuer),
        ...(byFingerprint().has(certificate.fingerprint) ? [certificate] : []),
      ]);
      return [...new Set(ends.map(({ fingerprint }) => fingerprint))];
    },
    has: ({ fingerprint }) => byFingerprint().has(fingerprint),
    hasOrganization: (organization) => organizations().has(organization),
    anchorOf: ({ fingerprint }) => byFingerprint().get(fingerprint),
  };
}

/** An anchor that cannot be parsed is one that the engine cannot use either. */
function parsed(anchor: Anchor): readonly Certificate[] {
  const certificate = attempt(() => anchor.certificate());
  return certificate === undefined ? [] : [certificate];
}

function group(
  anchors: readonly Anchor[],
  keyOf: (anchor: Anchor) => string | undefined,
): ReadonlyMap<string, readonly Anchor[]> {
  const groups = new Map<string, Anchor[]>();
  for (const anchor of anchors) {
    const key = keyOf(anchor);
    if (key === undefined) continue;
    append(groups, key, anchor);
  }
  return groups;
}

function bytesKey(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined
    ? undefined
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function organizationOf(name: Name | undefined): readonly string[] {
  const organization = name === undefined ? undefined : attributeOf(name, "O");
  return organization === undefined ? [] : [organization];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
