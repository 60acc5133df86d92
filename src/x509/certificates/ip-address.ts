// IP addresses as octets and as text (RFC 4291 section 2.2, RFC 5952), strictly and without any lookup.

/** The 4 or 16 octets of an IP address in text; undefined when it is none. Brackets and zones are not part of one. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseVersion6(text) : parseVersion4(text);
}

/** Octets as text: 4 and 16 as an IP address, 8 and 32 as address/mask, anything else in hexadecimal digits. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  if (octets.length === 16) return formatVersion6(octets);
  if (octets.length === 8 || octets.length === 32) {
    const half = octets.length / 2;
    return `${formatAddress(octets.subarray(0, half))}/${formatMask(octets.subarray(half))}`;
  }
  return `#${Buffer.from(octets).toString("hex")}`;
}

/** Whether a mask is some ones followed by zeros. */
export function isContiguousMask(mask: Uint8Array): boolean {
  return /^1*0*$/.test(bitsOf(mask));
}

function parseVersion4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const isValid =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isValid ? Uint8Array.from(parts.map(Number)) : undefined;
}

function parseVersion6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (text.length > MAX_VERSION_6_CHARACTERS || halves.length > 2) return undefined;
  // An IPv4 address may stand for only the last two groups.
  const [head, tail] = halves.map((half, at) => readGroups(half, at === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const known = head.length + (tail?.length ?? 0);
  // `::` means one group of zeros at least (RFC 4291 section 2.2).
  if (tail === undefined ? known !== 16 : known > 14) return undefined;
  return Uint8Array.from([...head, ...Array.from({ length: 16 - known }, () => 0), ...(tail ?? [])]);
}

function readGroups(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const octets: number[] = [];
  for (const [at, group] of groups.entries()) {
    const version4 =
      isLast && at === groups.length - 1 && group.includes(".") ? parseVersion4(group) : undefined;
    if (version4 !== undefined) octets.push(...version4);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return octets;
}

function formatVersion6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((octets[at * 2]! << 8) | octets[at * 2 + 1]!).toString(16),
  ).join(":");
  // RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes `::`.
  const runs = [...groups.matchAll(/\b0(?::0\b)+/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (longest === undefined) return groups;
  const before = groups.slice(0, longest.index).replace(/:$/, "");
  const after = groups.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}

function formatMask(mask: Uint8Array): string {
  return isContiguousMask(mask) ? String(bitsOf(mask).replaceAll("0", "").length) : formatAddress(mask);
}

function bitsOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(2).padStart(8, "0")).join("");
}

/** Eight groups, seven colons, or six groups and a dotted IPv4 address: 45 at most (INET6_ADDRSTRLEN - 1). */
const MAX_VERSION_6_CHARACTERS = 45;
