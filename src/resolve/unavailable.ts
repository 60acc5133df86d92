// Why a package or a version cannot be used, in the words of uv.

import type { UnavailableReason } from "./search/incompatibility.ts";
import type { UnavailablePackage, UnavailableVersion } from "./provider.ts";

/** What is said of the package: `was yanked`, `has no usable wheels`; in the plural `were yanked`, `have …`. */
export function describeUnavailable(reason: UnavailableReason, number: "singular" | "plural"): string {
  if (reason.kind === "package") return describePackage(reason.reason);
  return describeVersion(reason.reason, number === "singular" ? SINGULAR : PLURAL);
}

function describePackage(reason: UnavailablePackage): string {
  if (reason.kind === "unreachable") return `could not be fetched from the network (\`${reason.message}\`)`;
  return `was not found in ${PLACES[reason.place ?? "registry"]}`;
}

function describeVersion(reason: UnavailableVersion, verbs: Verbs): string {
  switch (reason.kind) {
    case "excluded-newer":
      return `${verbs.was} published after the exclude newer time`;
    case "invalid-metadata":
      return `${verbs.has} invalid metadata`;
    case "no-binary":
      return `${verbs.has} no source distribution`;
    case "no-build":
    case "no-usable-wheels":
      return `${verbs.has} no usable wheels`;
    case "no-matching-tag": {
      const example = reason.example === undefined ? "" : ` (e.g., \`${reason.example}\`)`;
      return `${verbs.has} no wheels with a matching ${DIMENSIONS[reason.dimension]} tag${example}`;
    }
    case "unsupported-variant":
      return `${verbs.has} only unsupported wheel variants`;
    case "offline":
      return `${verbs.needs} to be downloaded from a registry`;
    case "requires-python":
      return `${verbs.requires} Python ${reason.specifiers.text}`;
    case "unsatisfiable-requirement":
      return `${verbs.depends} on ${reason.text}`;
    case "missing-environment":
      return `${verbs.has} no ${PLATFORMS.get(reason.marker) ?? `\`${reason.marker}\``}-compatible wheels`;
    case "yanked": {
      const text = reason.reason.trim();
      const sentence = text.endsWith(".") ? text.slice(0, -1) : text;
      return `${verbs.was} yanked${sentence === "" ? "" : ` (reason: ${sentence})`}`;
    }
  }
}

/** uv: a system that is named by nothing else. */
const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ["sys_platform == 'linux'", "Linux"],
  ["sys_platform == 'darwin'", "macOS"],
  ["sys_platform == 'win32'", "Windows"],
]);

interface Verbs {
  readonly depends: string;
  readonly has: string;
  readonly needs: string;
  readonly requires: string;
  readonly was: string;
}

const SINGULAR: Verbs = { depends: "depends", has: "has", needs: "needs", requires: "requires", was: "was" };
const PLURAL: Verbs = { depends: "depend", has: "have", needs: "need", requires: "require", was: "were" };

const PLACES = {
  registry: "the package registry",
  locations: "the provided package locations",
  cache: "the cache",
} as const;

const DIMENSIONS = {
  "python-implementation": "Python implementation",
  "python-version": "Python version",
  abi: "Python ABI",
  platform: "platform",
} as const;
