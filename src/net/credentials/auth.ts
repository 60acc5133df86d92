// Credentials: where they come from and to whom they may go (docs/network.md, "Credentials"). Their values stay inside
// closures, so that no log, report or error can print them by accident.

import { decodePercent } from "../../base/text/percent-encoding.ts";

/** A user name and password of one place. `source` says where they are from, for people. */
export interface Credentials {
  readonly username: string;
  /** "the index's URL", "`PINION_INDEX_CORP_PASSWORD`", "`~/.netrc` line 3". */
  readonly source: string;
  /** Only a user name is known, which may be a token: it is not shown then. */
  readonly lacksPassword: boolean;
  /** The `Authorization` header's value. */
  authorization(): string;
}

/**
 * Finds credentials for URLs. Each answer is for the URL's own origin only. `listedBy` is the URL of the index whose page
 * listed the URL, or whose page it is: of several indexes at one origin, that one's credentials count.
 */
export interface CredentialSource {
  /** Credentials that are known without asking a program, to send with the first request. */
  known(url: URL, listedBy?: string): Promise<Credentials | undefined>;
  /** After a 401: whatever else can be found. `tried` was refused. */
  challenged(url: URL, tried: Credentials | undefined, listedBy?: string): Promise<Credentials | undefined>;
  /**
   * After a 401, once a redirect has left the origin that was asked: only what is meant for a host wherever it serves,
   * which is netrc.
   */
  forHost(url: URL): Promise<Credentials | undefined>;
  /** For the hints of a refusal. */
  notes?(url: URL, listedBy?: string): Promise<CredentialNotes>;
}

/** What the search for credentials found out. */
export interface CredentialNotes {
  /** What was asked in vain, or is known and not used, without a full stop. */
  readonly statements: readonly string[];
  /** Why none of the user's is sent to this index, wherever the user puts them; undefined where they would be sent. */
  readonly withheld?: WithheldCredentials | undefined;
}

/** Clauses of a sentence, for people. */
export interface WithheldCredentials {
  readonly because: string;
  readonly remedy: string;
}

/** Makes credentials for HTTP's Basic scheme (RFC 7617). */
export function basicCredentials(username: string, password: string, source: string): Credentials {
  return {
    username,
    source,
    lacksPassword: password === "",
    authorization: () => `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`,
  };
}

/** The credentials that stand in a URL; undefined without any. */
export function credentialsInUrl(url: URL): Credentials | undefined {
  const login = loginIn(url);
  return login && basicCredentials(login.username, login.password, "its URL");
}

/** The name and password that stand in a proxy's URL, where they come from being known; undefined without any. */
export function loginInUrl(
  url: URL,
): { readonly username: string; readonly password: string; readonly source: string } | undefined {
  const login = loginIn(url);
  return login && { ...login, source: "the proxy's URL" };
}

function loginIn({
  username,
  password,
}: URL): { readonly username: string; readonly password: string } | undefined {
  if (username === "" && password === "") return undefined;
  return { username: decodePercent(username), password: decodePercent(password) };
}
