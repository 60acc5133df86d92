// Projects that a URL pins. Only the user's requirements, and those of projects that are themselves pinned by
// a URL, may name addresses: an index must not be able to send the installer elsewhere.

import { PinionError } from "../errors.ts";
import type { Requirement } from "../pep/requirements/requirement.ts";
import type { Version } from "../pep/versions/version.ts";
import type { Answers } from "./search/answers.ts";
import type { ResolutionInput } from "./input.ts";

/** The one version that a URL points to. */
export interface DirectSource {
  readonly version: Version;
  readonly url: string;
}

/** Details of `requirement/conflicting-urls` and `requirement/transitive-url`. */
export interface DirectSourceDetails {
  readonly name: string;
  readonly urls: readonly string[];
}

/** The URLs known so far; owned by one resolution. */
export class DirectSources {
  readonly #answers: Answers;
  #sources: Map<string, DirectSource>;
  /** The URL that a requirement named first, by project. */
  #named = new Map<string, string>();
  /** Constraints and overrides: the user's words, whichever requirement they stand beside. */
  readonly #users: ReadonlySet<Requirement>;
  readonly #input: ResolutionInput;

  constructor(input: ResolutionInput, answers: Answers) {
    this.#input = input;
    this.#answers = answers;
    const users = [...(input.constraints ?? []), ...(input.overrides ?? [])];
    this.#users = new Set(users.map((entry) => entry.requirement));
    const replaced = new Set((input.overrides ?? []).map(({ requirement }) => requirement.name));
    const urls = new Set([...this.#users].filter(({ url }) => url !== undefined).map(({ name }) => name));
    // A URL in a requirement that an override replaces pins nothing; for all environments, a URL pins where it counts.
    const pinned = [...(input.environment.kind === "specific" ? (input.direct ?? []) : [])];
    this.#sources = new Map(pinned.filter(([name]) => !replaced.has(name) || urls.has(name)));
  }

  /** A copy that goes its own way. */
  clone(): DirectSources {
    const copy = new DirectSources(this.#input, this.#answers);
    copy.#sources = new Map(this.#sources);
    copy.#named = new Map(this.#named);
    return copy;
  }

  /** What pins a project, if a URL does. */
  of(name: string): DirectSource | undefined {
    return this.#sources.get(name);
  }

  /**
   * Takes note of the URL in a requirement.
   *
   * @param owner The project whose requirement it is, and its version; `undefined` for the user.
   * @throws PinionError `requirement/conflicting-urls`, `requirement/transitive-url`, `requirement/unsupported`
   */
  async add(
    requirement: Requirement,
    owner: { readonly name: string; readonly version: Version } | undefined,
  ): Promise<void> {
    const { name, url } = requirement;
    if (url === undefined) return;
    const known = this.#named.get(name);
    if (known !== undefined && sameAddress(known) !== sameAddress(url))
      throw conflictingUrls(name, [known, url]);
    if (known !== undefined) return;
    const isOfUser = owner === undefined || this.#users.has(requirement);
    const requiredBy = isOfUser ? undefined : this.#sources.get(owner.name)?.url;
    if (!isOfUser && requiredBy === undefined) {
      if (this.#sources.has(name)) return;
      throw transitiveUrl(requirement, `${owner.name}==${owner.version.text}`);
    }
    this.#named.set(name, url);
    if (this.#sources.has(name)) return;
    const version = await this.#answers.requestDirect(name, url, requiredBy);
    if (version === undefined) throw unsupportedUrl(name, url);
    this.#sources.set(name, { version, url });
  }
}

/** Addresses that differ only in what does not choose the file. */
function sameAddress(url: string): string {
  const [withoutFragment = url] = url.split("#", 1);
  return withoutFragment.endsWith("/") ? withoutFragment.slice(0, -1) : withoutFragment;
}

function conflictingUrls(name: string, urls: readonly string[]): PinionError {
  const lines = urls.map((url) => `- ${withoutPassword(url)}`).join("\n");
  const details: DirectSourceDetails = { name, urls: urls.map(withoutPassword) };
  return new PinionError(
    "requirement/conflicting-urls",
    `Requirements contain conflicting URLs for package \`${name}\`:\n${lines}`,
    { details },
  );
}

function transitiveUrl({ name, url = "" }: Requirement, owner: string): PinionError {
  const shown = withoutPassword(url);
  const details: DirectSourceDetails = { name, urls: [shown] };
  return new PinionError(
    "requirement/transitive-url",
    `Failed to resolve dependencies for package \`${owner}\``,
    {
      details,
      cause: new PinionError(
        "requirement/transitive-url",
        `Package \`${name}\` was included as a URL dependency. URL dependencies must be expressed as direct requirements or constraints. Consider adding \`${name} @ ${shown}\` to your dependencies or constraints file.`,
        { details },
      ),
    },
  );
}

function unsupportedUrl(name: string, url: string): PinionError {
  const details: DirectSourceDetails = { name, urls: [withoutPassword(url)] };
  return new PinionError(
    "requirement/unsupported",
    `Package \`${name}\` is required by a URL: ${withoutPassword(url)}`,
    {
      details,
    },
  );
}

/** This room knows no addresses; what looks like a password does not leave it. */
function withoutPassword(url: string): string {
  const start = url.indexOf("://") + "://".length;
  const end = url.slice(start).search(/[/?#]/u);
  const authority = end === -1 ? url.slice(start) : url.slice(start, start + end);
  const at = authority.lastIndexOf("@");
  if (start < "://".length || at === -1) return url;
  const user = authority.slice(0, at).split(":", 1)[0]!;
  return `${url.slice(0, start)}${user}:****@${authority.slice(at + 1)}${url.slice(start + authority.length)}`;
}
