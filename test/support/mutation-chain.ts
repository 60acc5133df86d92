// A valid chain with every usual extension in it, one of its fields changed, and where each field of a certificate lies.

import {
  basicConstraints,
  extendedKeyUsage,
  nameConstraints,
} from "../../src/lab/certificates/extensions.ts";
import {
  createAuthority,
  type AuthorityOptions,
  type IssueOptions,
  type KeyRing,
  type KeySpec,
} from "../../src/lab/certificates/mint.ts";
import {
  TAG,
  contentOf,
  open,
  parseDer,
  readObjectIdentifier,
  type DerElement,
} from "../../src/x509/certificates/der.ts";
import { extensionName } from "../../src/x509/certificates/extensions.ts";

/** The links of the chain: the server's certificate is 0, and the root, which is trusted and not sent, is 3. */
export type Position = 0 | 1 | 2 | 3;

export interface Chain {
  /** DER, the server's first. */
  readonly sent: readonly Buffer[];
  readonly root: Buffer;
}

/** Root, two authorities and a server, every usual extension and constraint among them. */
export function makeChain(
  keys: KeyRing,
  spec: KeySpec,
  mutation?: { readonly at: Position; readonly change: IssueOptions & AuthorityOptions },
): Chain {
  const at = (position: Position): IssueOptions & AuthorityOptions =>
    mutation?.at === position ? mutation.change : {};
  const constraints = nameConstraints({ permitted: ["corp.example"] });
  const withUsual = (options: AuthorityOptions, usual: AuthorityOptions): AuthorityOptions => ({
    ...usual,
    ...options,
    extraExtensions: [
      ...(usual.extraExtensions ?? [])
        .filter(({ oid }) => options.withoutExtensions?.includes(oid) !== true)
        .filter(({ oid }) => !options.extraExtensions?.some((other) => other.oid === oid)),
      ...(options.extraExtensions ?? []),
    ],
  });
  const root = createAuthority("O=Corp, CN=Root", { key: keys.key(spec, "root"), ...at(3) });
  const upper = root.intermediate(
    "O=Corp, CN=Upper CA",
    withUsual(at(2), { key: keys.key(spec, "upper"), extraExtensions: [constraints] }),
  );
  const lower = upper.intermediate(
    "O=Corp, CN=Lower CA",
    withUsual(at(1), {
      key: keys.key(spec, "lower"),
      extraExtensions: [basicConstraints({ isCa: true, pathLength: 0 }), extendedKeyUsage("serverAuth")],
    }),
  );
  const leaf = lower.issue(HOST, { key: keys.key(spec, "leaf"), ...at(0) });
  return { sent: [leaf, lower, upper].map(({ der }) => der), root: root.der };
}

export interface Field {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Every byte of a certificate belongs to one field; what frames the others is `frame`. */
export function fieldsOf(der: Buffer): readonly Field[] {
  const outer = open(parseDer(der, "certificate"), TAG.sequence, "certificate");
  const [tbs, algorithm, signature] = outer.rest(3) as [DerElement, DerElement, DerElement];
  const parts = open(tbs, TAG.sequence, "certificate").rest(8);
  const names = [
    "version",
    "serial number",
    "signature algorithm (signed)",
    "issuer",
    "validity",
    "subject",
    "public key",
  ];
  const inner = parts.flatMap((part, at): readonly Field[] => {
    const name = names[at];
    return name === undefined ? extensionFields(part) : [{ name, start: part.start, end: part.end }];
  });
  const named: readonly Field[] = [
    ...inner,
    { name: "signature algorithm", start: algorithm.start, end: algorithm.end },
    { name: "signature", start: signature.start, end: signature.end },
  ];
  const frames: Field[] = [];
  let from = 0;
  for (const { start, end } of named) {
    if (start > from) frames.push({ name: "frame", start: from, end: start });
    from = end;
  }
  return [...named, ...frames];
}

function extensionFields(wrapper: DerElement): readonly Field[] {
  const offset = wrapper.contentStart;
  const list = open(parseDer(contentOf(wrapper), "extensions"), TAG.sequence, "extensions");
  return list.rest(32).map((extension) => {
    const oid = readObjectIdentifier(open(extension, TAG.sequence, "extension").next(), "extension");
    return { name: extensionName(oid), start: extension.start + offset, end: extension.end + offset };
  });
}

/** The name that the server's certificate is for. */
export const HOST = "pypi.corp.example";
