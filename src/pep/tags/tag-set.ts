// Compressed tag sets: `py2.py3-none-any` for several tags in one (PEP 425).

/** Expands a tag set into lower-case tags, each once, or says in words what is wrong with it. */
export function expandTagSet(text: string): readonly string[] | string {
  const compressed = text.toLowerCase();
  if (PLAIN_TAG.test(compressed)) return [compressed];
  const parts = compressed.split("-").map((part) => (part.includes(".") ? part.split(".") : [part]));
  const [interpreters = [], abis = [], platforms = []] = parts;
  if (parts.length !== 3) return "tags have the wrong number of parts";
  if (parts.some((set) => set.includes(""))) return "tags are partly empty";
  if (!interpreters.every((interpreter) => IDENTIFIER.test(interpreter))) return "Python tag is invalid";
  if (interpreters.length * abis.length * platforms.length > MAX_TAGS) return "tags stand for too many";
  const tags = new Set<string>();
  for (const interpreter of interpreters) {
    for (const abi of abis) {
      for (const platform of platforms) tags.add(`${interpreter}-${abi}-${platform}`);
    }
  }
  return [...tags];
}

// One tag, as most wheels have it: nothing to expand.
const PLAIN_TAG = /^[a-z_][a-z0-9_]*-[a-z0-9_]+-[a-z0-9_]+$/;
const IDENTIFIER = /^(?:[a-z_][a-z0-9_]*|[\p{L}_][\p{L}\p{N}_]*)$/u;

// The widest real wheels stand for some 20 tags, and with tags as long as real ones a name of 255 characters cannot stand
// for more than some 250; packaging 26.3 offers such a limit for the same reason.
const MAX_TAGS = 256;
