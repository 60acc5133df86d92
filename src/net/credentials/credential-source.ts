// Finds credentials for indexes: their URL, `<PREFIX>_INDEX_<NAME>_*`, netrc, the `keyring` program, in that order.
// They go to the index's own origin, and to a file host only when it shares it (docs/network.md, "Credentials").

import { join } from "node:path";

import { withoutTrailingSlashes } from "../../base/text/trailing-slashes.ts";
import { once } from "../../base/work/once.ts";
import { readFileWithin } from "../../base/files/small-file.ts";
import { isPinionError, PinionError, systemCode } from "../../errors.ts";
import { basicCredentials, type CredentialNotes, type Credentials, type CredentialSource } from "./auth.ts";
import { askKeyring, describeOutcome, type KeyringEvent, type KeyringOutcome } from "./keyring.ts";
import type { RunProgram } from "./keyring-process.ts";
import { findNetrcEntry, MAX_NETRC_BYTES, parseNetrc, type NetrcEntry } from "./netrc.ts";
import { bareHost, isLoopback, isSameOrigin, redactUrl } from "../url.ts";

export interface CredentialSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For `~/.netrc`; without one only `NETRC` is read. */
  readonly home?: string | undefined;
  readonly indexes: readonly IndexAccess[];
  /** What stood in the indexes' addresses. */
  readonly known?: readonly KnownCredentials[] | undefined;
  readonly keyring?: "disabled" | "subprocess" | undefined;
  /** Also sends the user's credentials to an index that a project names where anyone on the network path can read them. */
  readonly allowInsecureCredentials?: boolean | undefined;
  /** The program's path or name; `keyring`. */
  readonly keyringCommand?: string | undefined;
  /** Runs the program; for tests. */
  readonly runProgram?: RunProgram | undefined;
  readonly onKeyringEvent?: ((event: KeyringEvent) => void) | undefined;
}

export interface IndexAccess {
  readonly name?: string | undefined;
  /** Without credentials. */
  readonly url: string;
  /** `always`: credentials are found before the first request, or it fails. `never`: nothing is looked up or sent. */
  readonly authenticate?: "always" | "auto" | "never" | undefined;
  /**
   * A project names the index; `boundTo` is where the user's own settings have its name for another origin.
   * `isOfRequirements`: not a project's file but a requirements file names it. `isOnKnownServer`: the user's own settings name an
   * index of the same server.
   */
  readonly claim?:
    | {
        readonly boundTo?: string | undefined;
        readonly isOfRequirements?: true | undefined;
        readonly isOnKnownServer?: true | undefined;
      }
    | undefined;
}

export interface KnownCredentials {
  readonly url: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly origin: string;
}

/** A source that also reports what it could not read. */
export interface IndexCredentialSource extends CredentialSource {
  /** A netrc file with a mistake, by its line; known once credentials were looked for. */
  readonly warnings: readonly string[];
  /** Adds the indexes of one more plan, with the credentials in their URLs. */
  add(indexes: readonly IndexAccess[], known: readonly KnownCredentials[]): void;
}

/** Makes the credential source of one run. It reads nothing before it is asked. */
export function createCredentialSource(settings: CredentialSettings): IndexCredentialSource {
  return new IndexCredentials(settings);
}

/** A lone user name is often a token. */
function lone(stated: Stated | undefined): Credentials | undefined {
  return stated === undefined ? undefined : basicCredentials(stated.username, "", stated.source);
}

/** The part of the variables' names that stands for an index: upper case, everything else `_`, as uv's. */
export function variableNameOf(index: string): string {
  return index.replace(/[^a-z0-9]/gi, "_").toUpperCase();
}

class IndexCredentials implements IndexCredentialSource {
  readonly warnings: string[] = [];
  readonly #settings: CredentialSettings;
  #indexes: readonly OpenIndex[] = [];
  #stated: readonly KnownCredentials[] = [];
  /** In the URLs of other people's files: for an index of the user's, all that the user has for it comes first. */
  #claimed: readonly KnownCredentials[] = [];
  /** Found after a challenge, by the index's URL or the origin: the next request sends them at once. */
  readonly #learned = new Map<string, Credentials>();
  readonly #keyringAnswers = new Map<string, Promise<KeyringOutcome>>();
  /** What keyring said instead of an answer, by the index's URL. */
  readonly #keyringNotes = new Map<string, string>();
  #netrc: Promise<readonly (NetrcEntry & { readonly path: string })[]> | undefined;

  constructor(settings: CredentialSettings) {
    this.#settings = settings;
    this.add(settings.indexes, settings.known ?? []);
  }

  add(indexes: readonly IndexAccess[], known: readonly KnownCredentials[]): void {
    const isNew = ({ name, url }: IndexAccess): boolean =>
      !this.#indexes.some((index) => index.url === url && (name === undefined || index.name === name));
    const added = indexes
      .filter((index) => URL.canParse(index.url) && isNew(index))
      .map((index) => ({ ...index, address: new URL(index.url) }));
    this.#indexes = [...this.#indexes, ...added];
    const isClaimed = ({ url }: KnownCredentials): boolean =>
      indexes.some(
        (index) =>
          index.claim !== undefined && URL.canParse(index.url) && isSameIndex(url, new URL(index.url)),
      );
    this.#stated = [...known.filter((one) => !isClaimed(one)), ...this.#stated];
    this.#claimed = [...known.filter((one) => isClaimed(one)), ...this.#claimed];
  }

  async known(url: URL, listedBy?: string): Promise<Credentials | undefined> {
    const index = this.#indexOf(url, listedBy);
    if (index?.authenticate === "never") return undefined;
    const learned = this.#learned.get(index?.url ?? url.origin);
    if (learned !== undefined || index === undefined) return learned;
    const stated = this.#statedFor(index);
    if (stated?.password !== undefined)
      return basicCredentials(stated.username, stated.password, stated.source);
    const netrc = await this.#netrcFor(index, url, { login: stated?.username, default: "ignored" });
    if (netrc !== undefined) return netrc;
    if (index.authenticate === "always") {
      const found = await this.challenged(url, undefined, listedBy);
      if (found !== undefined || stated !== undefined) return found ?? lone(stated);
      throw await this.#missing(url, listedBy);
    }
    return lone(stated) ?? this.#claimedFor(index);
  }

  #claimedFor({ address }: OpenIndex): Credentials | undefined {
    const found = this.#claimed.find(({ url }) => isSameIndex(url, address));
    return found && basicCredentials(found.username, found.password ?? "", `the URL in \`${found.origin}\``);
  }

  async #missing(url: URL, listedBy: string | undefined): Promise<PinionError> {
    const shown = redactUrl(url.href);
    const { statements, withheld } = await this.notes(url, listedBy);
    return new PinionError("net/missing-credentials", `Failed to fetch: ${shown}`, {
      details: { url: shown },
      hints: [
        withheld === undefined
          ? 'The index says `authenticate = "always"`, and none of its URL, its variables, netrc and keyring has credentials for it'
          : `The index says \`authenticate = "always"\`, and no credentials are sent to \`${url.host}\`, because ${withheld.because}: ${withheld.remedy}`,
        ...statements,
      ],
      cause: new Error(`Missing credentials for: ${shown}`),
    });
  }

  async challenged(
    url: URL,
    tried: Credentials | undefined,
    listedBy?: string,
  ): Promise<Credentials | undefined> {
    const index = this.#indexOf(url, listedBy);
    if (index?.authenticate === "never") return undefined;
    // A host in netrc is meant wherever it serves, but a password must not go in clear to an unverified server.
    if (index === undefined && url.protocol !== "https:") return undefined;
    const login = index === undefined ? undefined : this.#statedFor(index)?.username;
    const found =
      (await this.#netrcFor(index, url, { login, default: isOfUser(index) ? "allowed" : "ignored" })) ??
      (index === undefined ? undefined : await this.#fromKeyring(index, login));
    if (found === undefined || found.authorization() === tried?.authorization()) return undefined;
    this.#learned.set(index?.url ?? url.origin, found);
    return found;
  }

  async notes(url: URL, listedBy?: string): Promise<CredentialNotes> {
    const index = this.#indexOf(url, listedBy);
    const keyring = index === undefined ? undefined : this.#keyringNotes.get(index.url);
    const unused = index === undefined && url.protocol === "http:" ? await this.#unusedNetrc(url) : undefined;
    return {
      statements: [keyring, unused].filter((note) => note !== undefined),
      withheld:
        index !== undefined && this.#isExposed(index)
          ? { because: EXPOSED, remedy: "use an https URL, or name the index in your own settings" }
          : undefined,
    };
  }

  async forHost(url: URL): Promise<Credentials | undefined> {
    if (url.protocol !== "https:" || this.#indexOf(url)?.authenticate === "never") return undefined;
    return this.#fromNetrc(url, { login: undefined, default: "ignored" });
  }

  /**
   * The index whose pages or files a URL belongs to: the one whose page listed it, where that is at the URL's origin; else
   * of those at its origin the one with the longest path.
   */
  #indexOf(url: URL, listedBy?: string): OpenIndex | undefined {
    const sharing = this.#indexes.filter(({ address }) => isSameOrigin(address, url));
    const lister = sharing.find((index) => index.url === listedBy);
    if (lister !== undefined) return lister;
    const length = (address: URL): number => {
      const root = rootPath(address);
      return url.pathname === root || url.pathname.startsWith(`${root}/`) ? root.length : -1;
    };
    return sharing.toSorted((a, b) => length(b.address) - length(a.address))[0];
  }

  /** The credentials in the index's URL or in its variables, the URL first. */
  #statedFor(index: OpenIndex): Stated | undefined {
    const known = index.claim === undefined ? this.#stated : [...this.#claimed, ...this.#stated];
    const inUrl = known.find(({ url }) => isSameIndex(url, index.address));
    const inVariables = this.#fromVariables(index);
    if (inUrl === undefined) return inVariables;
    const { username, password, origin } = inUrl;
    if (password === undefined && inVariables?.password !== undefined) {
      if (inVariables.username === "" || inVariables.username === username)
        return { ...inVariables, username };
    }
    return { username, password, source: `the URL in \`${origin}\`` };
  }

  #fromVariables(index: OpenIndex): Stated | undefined {
    const { name } = index;
    if (name === undefined) return undefined;
    for (const prefix of ["PINION", "UV"]) {
      const variable = `${prefix}_INDEX_${variableNameOf(name)}`;
      const username = this.#settings.env[`${variable}_USERNAME`];
      const password = this.#settings.env[`${variable}_PASSWORD`];
      if (username !== undefined || password !== undefined) {
        const fault = this.#faultOfClaim(index);
        if (fault !== undefined) return this.#withhold(index, `of \`${variable}_…\``, fault);
        return { username: username ?? "", password, source: `\`${variable}_USERNAME\`` };
      }
    }
    return undefined;
  }

  /** Why the variables of a name are not for the server to which a project gave it. */
  #faultOfClaim(index: OpenIndex): string | undefined {
    const { boundTo, isOfRequirements } = index.claim ?? {};
    if (isOfRequirements === true) return "a requirements file gives the index that name";
    if (boundTo !== undefined) return `the name is for another server by \`${boundTo}\``;
    return this.#isExposed(index) ? EXPOSED : undefined;
  }

  /**
   * Whether a project, or a requirements file, leads requests to where anyone on the network path reads them: it says which of them
   * carry passwords.
   */
  #isExposed({ claim, address }: OpenIndex): boolean {
    const isClear = address.protocol !== "https:" && !isLoopback(address);
    const isClaimed = claim !== undefined && claim.isOnKnownServer !== true;
    return isClaimed && isClear && this.#settings.allowInsecureCredentials !== true;
  }

  #withhold({ url }: OpenIndex, which: string, fault: string): undefined {
    const warning = `The credentials ${which} are not sent to \`${redactUrl(url)}\`: ${fault}`;
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }

  /** What netrc has for an index; for a URL of none, what it has for the host. */
  async #netrcFor(
    index: OpenIndex | undefined,
    url: URL,
    want: NetrcQuestion,
  ): Promise<Credentials | undefined> {
    const found = await this.#fromNetrc(url, want);
    if (found === undefined || index === undefined || !this.#isExposed(index)) return found;
    return this.#withhold(index, `from ${found.source}`, EXPOSED);
  }

  async #fromNetrc(url: URL, want: NetrcQuestion): Promise<Credentials | undefined> {
    this.#netrc ??= this.#readNetrc();
    const entries = await this.#netrc;
    const entry = findNetrcEntry(entries, bareHost(url.hostname), {
      default: want.default,
      ...(want.login === undefined ? {} : { login: want.login }),
    });
    const path = entries.find((candidate) => candidate === entry)?.path ?? "";
    return entry && basicCredentials(entry.login, entry.password, `\`${path}\` line ${entry.line}`);
  }

  async #readNetrc(): Promise<readonly (NetrcEntry & { readonly path: string })[]> {
    const { env, home } = this.#settings;
    const named = env["NETRC"];
    const homes = home === undefined || home === "" ? [] : [join(home, ".netrc"), join(home, "_netrc")];
    for (const path of named === undefined || named === "" ? homes : [named]) {
      try {
        const text = readFileWithin(path, MAX_NETRC_BYTES).toString();
        return parseNetrc(text, path).map((entry) => ({ ...entry, path }));
      } catch (error) {
        if (isPinionError(error)) this.warnings.push(error.message);
        else if (systemCode(error) !== "ENOENT")
          this.warnings.push(`Cannot read \`${path}\`: ${systemCode(error)}`);
        else if (path === named)
          this.warnings.push(`\`NETRC\` names a file that does not exist: \`${path}\``);
      }
    }
    return [];
  }

  /** Netrc names this host, and its password is not sent: it could be read on the way, and no index is there. */
  async #unusedNetrc(url: URL): Promise<string | undefined> {
    const found = await this.#fromNetrc(url, { login: undefined, default: "ignored" });
    return (
      found &&
      `the credentials from ${found.source} are not used: without TLS they are sent to the hosts of indexes only`
    );
  }

  async #fromKeyring(index: OpenIndex, login: string | undefined): Promise<Credentials | undefined> {
    if (this.#settings.keyring !== "subprocess") return undefined;
    if (this.#isExposed(index)) return this.#withhold(index, "of the `keyring` program", EXPOSED);
    const username = login === "" ? undefined : login;
    const { host } = new URL(index.url);
    let worst: KeyringOutcome | undefined;
    for (const service of [index.url, host]) {
      const outcome = await this.#askKeyring(service, username);
      if (outcome.kind === "found") {
        const { username: name, password } = outcome.answer;
        return basicCredentials(name, password, "the `keyring` program");
      }
      if (worst === undefined || (worst.kind === "none" && outcome.kind !== "none")) worst = outcome;
      if (outcome.kind === "missing" || (outcome.kind === "failed" && outcome.isFinal)) break;
    }
    const note = worst && describeOutcome(worst);
    if (note !== undefined) this.#keyringNotes.set(index.url, note);
    return undefined;
  }

  /** Asks once per question: the program takes a second to start, and may ask the user something. */
  #askKeyring(service: string, username: string | undefined): Promise<KeyringOutcome> {
    const { env, keyringCommand, runProgram, onKeyringEvent } = this.#settings;
    return once(this.#keyringAnswers, JSON.stringify([service, username]), () =>
      askKeyring(service, username, {
        env,
        onEvent: onKeyringEvent,
        command: keyringCommand,
        run: runProgram,
      }),
    );
  }
}

type OpenIndex = IndexAccess & { readonly address: URL };

interface NetrcQuestion {
  readonly login: string | undefined;
  readonly default: "allowed" | "ignored";
}

interface Stated {
  readonly username: string;
  readonly password: string | undefined;
  readonly source: string;
}

/** `default` of netrc is for any server, so for none that another one's file names. */
function isOfUser(index: OpenIndex | undefined): boolean {
  return index !== undefined && (index.claim === undefined || index.claim.isOnKnownServer === true);
}

function isSameIndex(text: string, address: URL): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return isSameOrigin(url, address) && rootPath(url) === rootPath(address);
}

/** An index's path without `/simple`: its files are often beside its pages. */
function rootPath(url: URL): string {
  return withoutTrailingSlashes(url.pathname).replace(/\/\+?simple$/, "");
}

const EXPOSED =
  "a project's file or a requirements file names it, and without TLS anyone on the network path could read them";
