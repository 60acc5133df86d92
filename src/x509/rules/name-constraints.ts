// Name constraints (RFC 5280 section 4.2.1.10): whether the names of a certificate lie in what an authority above it
// may vouch for. A wildcard is every name it covers: it is excluded when one of them is.

import { groupBy } from "../../base/values/group-by.ts";
import type { Certificate } from "../certificates/certificate.ts";
import { isWithin } from "../certificates/distinguished-name.ts";
import type { GeneralName, NameConstraints } from "../certificates/extensions.ts";
import { isContiguousMask } from "../certificates/ip-address.ts";
import { formatGeneralName, isHostName } from "./names.ts";

/** Counts comparisons across a whole search, so that long lists on both sides cannot stall it. */
export interface ComparisonBudget {
  comparisonsLeft: number;
}

export type ConstraintVerdict =
  | { readonly kind: "allowed" }
  | { readonly kind: "excluded" | "not-permitted"; readonly name: string; readonly constraint: string }
  | { readonly kind: "unusable-constraint"; readonly constraint: string }
  | { readonly kind: "budget-exhausted" };

/** Judges every name of a certificate: its subject, its subjectAltNames, and e-mail addresses inside the subject. */
export function checkNameConstraints(
  certificate: Certificate,
  constraints: NameConstraints,
  budget: ComparisonBudget,
): ConstraintVerdict {
  if (budget.comparisonsLeft < 0) return { kind: "budget-exhausted" };
  const names = namesOf(certificate);
  const all = [...constraints.permitted, ...constraints.excluded];
  budget.comparisonsLeft -= names.length + all.length;
  if (budget.comparisonsLeft < 0) return { kind: "budget-exhausted" };
  const unusable = all.find((constraint) => !isUsable(constraint));
  if (unusable !== undefined) return { kind: "unusable-constraint", constraint: formatGeneralName(unusable) };
  const permitted = groupBy(constraints.permitted, kindOf);
  const excluded = groupBy(constraints.excluded, kindOf);
  for (const name of names) {
    const kind = kindOf(name);
    const subtrees = { permitted: permitted.get(kind) ?? [], excluded: excluded.get(kind) ?? [] };
    const verdict = checkName(name, subtrees, budget);
    if (verdict.kind !== "allowed") return verdict;
  }
  return { kind: "allowed" };
}

/** Judges one name that is not in the certificate as such: a common name that is taken for a host. */
export function checkSingleName(
  name: GeneralName,
  constraints: NameConstraints,
  budget: ComparisonBudget,
): ConstraintVerdict {
  if (budget.comparisonsLeft < 0) return { kind: "budget-exhausted" };
  const ofItsKind = (names: readonly GeneralName[]): readonly GeneralName[] =>
    names.filter((other) => kindOf(other) === kindOf(name));
  budget.comparisonsLeft -= constraints.permitted.length + constraints.excluded.length;
  return checkName(
    name,
    { permitted: ofItsKind(constraints.permitted), excluded: ofItsKind(constraints.excluded) },
    budget,
  );
}

/** `constraints` are those of the name's own kind. */
function checkName(
  name: GeneralName,
  constraints: NameConstraints,
  budget: ComparisonBudget,
): ConstraintVerdict {
  const { permitted, excluded } = constraints;
  budget.comparisonsLeft -= permitted.length + excluded.length;
  if (budget.comparisonsLeft < 0) return { kind: "budget-exhausted" };
  const hit = excluded.find((constraint) => covers(constraint, name, "excluded"));
  if (hit !== undefined)
    return { kind: "excluded", name: formatGeneralName(name), constraint: formatGeneralName(hit) };
  if (permitted.length === 0 || permitted.some((constraint) => covers(constraint, name, "permitted")))
    return { kind: "allowed" };
  const shown = permitted.slice(0, MAX_CONSTRAINTS_SHOWN).map((constraint) => formatGeneralName(constraint));
  return { kind: "not-permitted", name: formatGeneralName(name), constraint: shown.join(", ") };
}

function kindOf(name: GeneralName): string {
  return name.kind === "other" ? `other ${name.tag & CONTEXT_NUMBER}` : name.kind;
}

function namesOf(certificate: Certificate): readonly GeneralName[] {
  const { subject, subjectAltNames = [] } = certificate;
  const hasSubject = subject.relativeNames.length > 0;
  const hasEmailNames = subjectAltNames.some((name) => name.kind === "email");
  // Section 4.2.1.10: addresses in the subject count where the certificate has none in its subjectAltName.
  const emails = hasEmailNames
    ? []
    : subject.relativeNames.flat().filter((attribute) => attribute.label === "emailAddress");
  return [
    ...(hasSubject ? [{ kind: "directory", value: subject } as const] : []),
    ...emails.map(({ value }) => ({ kind: "email", value }) as const),
    ...subjectAltNames,
  ];
}

/** A constraint that cannot be understood must not be taken for one that nothing falls under. */
function isUsable(constraint: GeneralName): boolean {
  switch (constraint.kind) {
    case "dns":
      return constraint.value === "" || isHostName(withoutLeadingDot(constraint.value));
    case "ip": {
      const half = constraint.octets.length / 2;
      return (half === 4 || half === 16) && isContiguousMask(constraint.octets.subarray(half));
    }
    case "email":
    case "uri":
    case "directory":
    case "other":
      return true;
  }
}

function covers(constraint: GeneralName, name: GeneralName, side: "permitted" | "excluded"): boolean {
  if (constraint.kind === "dns" && name.kind === "dns")
    return coversDns(constraint.value.toLowerCase(), name.value.toLowerCase(), side);
  if (constraint.kind === "ip" && name.kind === "ip") return coversAddress(constraint.octets, name.octets);
  if (constraint.kind === "email" && name.kind === "email")
    return coversEmail(constraint.value, name.value, side);
  if (constraint.kind === "uri" && name.kind === "uri")
    return coversUri(constraint.value.toLowerCase(), name.value, side);
  if (constraint.kind === "directory" && name.kind === "directory")
    return isWithin(name.value, constraint.value);
  // Kinds that are not compared: no such name is permitted, and every one is excluded.
  return side === "excluded";
}

function coversDns(constraint: string, name: string, side: "permitted" | "excluded"): boolean {
  if (constraint === "") return true;
  // Against section 4.2.1.10, yet common, since OpenSSL takes it: the hosts below a domain, without itself.
  if (constraint.startsWith("."))
    return name !== constraint.slice(1) && coversDns(constraint.slice(1), name, side);
  if (!name.startsWith("*.")) return isHostName(name) ? isSubdomain(name, constraint) : side === "excluded";
  const parent = name.slice(2);
  // `*.example.com` lies in `example.com`; it also reaches into an excluded `host.example.com`.
  if (isSubdomain(parent, constraint)) return true;
  return (
    side === "excluded" &&
    constraint.slice(constraint.indexOf(".") + 1) === parent &&
    constraint.includes(".")
  );
}

function withoutLeadingDot(domain: string): string {
  return domain.startsWith(".") ? domain.slice(1) : domain;
}

function isSubdomain(name: string, base: string): boolean {
  return name === base || name.endsWith(`.${base}`);
}

function coversAddress(constraint: Uint8Array, address: Uint8Array): boolean {
  if (constraint.length !== address.length * 2) return false;
  return address.every((octet, at) => {
    const mask = constraint[address.length + at] ?? 0;
    return (octet & mask) === ((constraint[at] ?? 0) & mask);
  });
}

/** A whole mailbox, a host, or with a leading dot the hosts of a domain. */
function coversEmail(constraint: string, address: string, side: "permitted" | "excluded"): boolean {
  const at = address.lastIndexOf("@");
  // One `@` outside of quotes; anything else is not a mailbox and so in no domain.
  if (at <= 0 || address.indexOf("@") !== at) return side === "excluded";
  const host = address.slice(at + 1).toLowerCase();
  if (constraint.includes("@")) {
    const split = constraint.lastIndexOf("@");
    return (
      address.slice(0, at) === constraint.slice(0, split) &&
      host === constraint.slice(split + 1).toLowerCase()
    );
  }
  return constraint.startsWith(".")
    ? host.endsWith(constraint.toLowerCase())
    : host === constraint.toLowerCase();
}

/** The host of a URI; a leading dot means the hosts of a domain. A URI without a host name is in no subtree. */
function coversUri(constraint: string, uri: string, side: "permitted" | "excluded"): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#]+)/i.exec(uri)?.[1]?.toLowerCase();
  if (host === undefined || !isHostName(host)) return side === "excluded";
  return constraint.startsWith(".") ? host.endsWith(constraint) : host === constraint;
}

const MAX_CONSTRAINTS_SHOWN = 5;
/** The part of a context-specific tag that says which kind of name it is. */
const CONTEXT_NUMBER = 0x1f;
