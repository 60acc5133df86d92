// NO_PROXY: which hosts are reached without a proxy. A superset of what curl, Python, Go and Node read
// (docs/network.md, "Proxies"); a suffix matches whole labels only: `corp.example` is not `notcorp.example`.

import { BlockList, isIP } from "node:net";

/** One entry of the list. `text` is the entry as written. */
export type NoProxyRule = { readonly text: string; readonly port: number | undefined } & (
  | { readonly kind: "every" }
  /** A name without a dot, as in Windows' lists. */
  | { readonly kind: "local" }
  /** A host and everything below it, lower case, without a dot in front. */
  | { readonly kind: "suffix"; readonly suffix: string }
  /** Only what is below a host: `*.x`. */
  | { readonly kind: "below"; readonly suffix: string }
  | { readonly kind: "address"; readonly list: BlockList }
);

/** Reads a list whose entries are separated by commas, blanks or both. An entry that means nothing matches nothing. */
export function parseNoProxy(text: string): readonly NoProxyRule[] {
  return text
    .split(/[\s,]+/)
    .slice(0, MAX_RULES)
    .flatMap((entry) => parseEntry(entry) ?? []);
}

/** The first rule that says "directly" for a host and port; an IPv6 host comes without its brackets. */
export function matchNoProxy(
  rules: readonly NoProxyRule[],
  target: { readonly host: string; readonly port: number },
): NoProxyRule | undefined {
  const host = target.host.toLowerCase();
  return rules.find((rule) => (rule.port === undefined || rule.port === target.port) && matches(rule, host));
}

function matches(rule: NoProxyRule, host: string): boolean {
  const family = isIP(host);
  switch (rule.kind) {
    case "every":
      return true;
    case "local":
      return family === 0 && !host.includes(".");
    case "suffix":
      return family === 0 && (host === rule.suffix || host.endsWith(`.${rule.suffix}`));
    case "below":
      return family === 0 && host.endsWith(`.${rule.suffix}`);
    case "address":
      return family !== 0 && rule.list.check(host, family === 4 ? "ipv4" : "ipv6");
  }
}

function parseEntry(text: string): NoProxyRule | undefined {
  if (text === "") return undefined;
  if (text === "*") return { kind: "every", text, port: undefined };
  if (text.toLowerCase() === "<local>") return { kind: "local", text, port: undefined };
  const { host, port } = splitPort(text);
  const addresses = parseAddresses(host);
  if (addresses !== undefined) return { kind: "address", text, port, list: addresses };
  const name = host.toLowerCase().replace(/\.$/, "");
  if (host === "*") return { kind: "every", text, port };
  if (name.startsWith("*.")) return { kind: "below", text, port, suffix: name.slice(2) };
  const suffix = name.startsWith(".") ? name.slice(1) : name;
  return suffix === "" || suffix === "*" ? undefined : { kind: "suffix", text, port, suffix };
}

/** Takes `:port` off a host; the colons of a bare IPv6 address are not a port. */
function splitPort(text: string): { host: string; port: number | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: parsePort(bracketed[2]) };
  const colon = text.indexOf(":");
  if (colon === -1 || text.includes(":", colon + 1)) return { host: text, port: undefined };
  const port = parsePort(text.slice(colon + 1));
  return port === undefined ? { host: text, port } : { host: text.slice(0, colon), port };
}

function parsePort(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** An IP address, or a network in CIDR form. */
function parseAddresses(text: string): BlockList | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return undefined;
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (!/^\d{1,3}$/.test(prefix ?? "0") || bits > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  // A zone is a property of this machine's interfaces, and not a part of an IP address in a list.
  list.addSubnet(address.replace(/%.*$/, ""), bits, family === 4 ? "ipv4" : "ipv6");
  return list;
}

// A list is searched for every request; the longest ones seen in the wild have a few hundred entries.
const MAX_RULES = 10_000;
