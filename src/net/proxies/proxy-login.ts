// Logging in at a proxy: Basic, NTLM (MS-NLMP, MS-NTHT) and Negotiate (RFC 4559). NTLM and Negotiate authenticate a connection, so
// their messages go over the one that the request then uses.

import { loginInUrl } from "../credentials/auth.ts";
import type { Http1Request } from "../http/http1-head.ts";
import type { Http1Connection, Http1Response } from "../http/http1.ts";
import { openNegotiate, type NegotiateContext, type OpenNegotiate } from "./negotiate.ts";
import { ntlmAuthenticate, ntlmNegotiate, parseNtlmAccount, parseNtlmChallenge } from "./ntlm.ts";
import type { ProxyRoute } from "./proxy.ts";
import { proxyChallenges } from "./proxy-challenges.ts";
import { bareHost } from "../url.ts";

export type ProxyScheme = "basic" | "ntlm" | "negotiate";

export interface ProxyLoginSettings {
  /** The only scheme to use; by default the best of those that a proxy offers: Negotiate, NTLM, Basic. */
  readonly scheme?: ProxyScheme | undefined;
  /** For proxies whose URL has none. */
  readonly credentials?: ProxyCredentials | undefined;
  /** Opens Negotiate; the system's GSSAPI by default. */
  readonly openNegotiate?: OpenNegotiate | undefined;
}

export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
  /** Where they are from, for people. */
  readonly source: string;
}

/** What was tried at a proxy for one request. Made by {@link ProxyLogins.begin}. */
export interface LoginAttempt {
  readonly route: ProxyRoute;
  readonly credentials: ProxyCredentials | undefined;
  /** Schemes that the proxy refused or that cannot be used here, with the reason. */
  readonly failed: Map<ProxyScheme, string>;
  /** What the next connection begins with. */
  next: ProxyScheme | undefined;
  connections: number;
}

/** The answer to a request, or the need for another connection: the proxy closed this one before the login began. */
export type LoginResult = Http1Response | "reconnect";

/** Sends the request with a value of `Proxy-Authorization`. */
type SendToProxy = (header: string | undefined) => Promise<Http1Response>;

/** The logins of one client: what each proxy accepted is what the next connection begins with. */
export class ProxyLogins {
  readonly #settings: ProxyLoginSettings;
  readonly #accepted = new Map<string, ProxyScheme>();
  readonly #authenticated = new WeakSet<Http1Connection>();

  constructor(settings: ProxyLoginSettings = {}) {
    this.#settings = settings;
  }

  /** The scheme that a proxy accepted, for people; undefined where it wanted none. */
  acceptedBy(route: ProxyRoute): ProxyScheme | undefined {
    return this.#accepted.get(route.url.href);
  }

  begin(route: ProxyRoute): LoginAttempt {
    const isOfProject = route.isOfProject === true;
    const given = loginInUrl(route.url);
    const credentials = given ?? (isOfProject ? undefined : this.#settings.credentials);
    const accepted = this.#accepted.get(route.url.href);
    // What is not in the proxy's own URL is sent once it asks: a script may have named it.
    const next =
      accepted ?? (given === undefined ? undefined : (this.#settings.scheme ?? firstScheme(given)));
    return { route, credentials, failed: new Map(), next, connections: 0 };
  }

  /**
   * Sends a request to the proxy, and logs in where the proxy wants that. The request must have no body.
   *
   * @returns the answer, a 407 where no login was accepted: `attempt.failed` then says why
   * @throws as `Http1Connection.exchange`
   */
  async exchange(
    connection: Http1Connection,
    request: Http1Request,
    attempt: LoginAttempt,
  ): Promise<LoginResult> {
    attempt.connections += 1;
    const hold = new RoundHold(connection);
    const send: SendToProxy = (header) => {
      hold.next();
      return connection.exchange(withLogin(request, header));
    };
    try {
      return await this.#login(connection, send, attempt);
    } finally {
      hold.release();
    }
  }

  async #login(connection: Http1Connection, send: SendToProxy, attempt: LoginAttempt): Promise<LoginResult> {
    let login = this.#authenticated.has(connection) ? undefined : await this.#open(attempt.next, attempt);
    let header = login?.header;
    for (let round = 1; ; round++) {
      const response = await send(header);
      if (response.status !== PROXY_AUTHENTICATION_REQUIRED) {
        if (login !== undefined) this.#keep(connection, login, attempt);
        return response;
      }
      const challenges = proxyChallenges(response.headers["proxy-authenticate"]);
      const token = login === undefined ? undefined : challenges.get(login.name);
      header = round > MAX_ROUNDS || login === undefined ? undefined : await login.answer(token);
      const goesOn = header !== undefined;
      if (!goesOn) {
        if (login !== undefined) attempt.failed.set(login.scheme, login.failure ?? "the proxy refused it");
        login = await this.#choose(challenges, attempt);
        header = login?.header;
      }
      if (login === undefined) return response;
      await drain(response);
      if (connection.isUsable) continue;
      if (goesOn || attempt.connections > MAX_CONNECTIONS) {
        attempt.failed.set(login.scheme, "the proxy closed the connection during the login");
        return response;
      }
      attempt.next = login.scheme;
      return "reconnect";
    }
  }

  #keep(connection: Http1Connection, login: Login, { route }: LoginAttempt): void {
    this.#accepted.set(route.url.href, login.scheme);
    if (login.scheme !== "basic") this.#authenticated.add(connection);
  }

  /** The best scheme of those that are offered and were not tried yet. */
  async #choose(offered: ReadonlyMap<string, string>, attempt: LoginAttempt): Promise<Login | undefined> {
    const { scheme: only } = this.#settings;
    for (const scheme of PREFERENCE) {
      if (!offered.has(scheme) || attempt.failed.has(scheme) || (only !== undefined && scheme !== only))
        continue;
      const login = await this.#open(scheme, attempt);
      if (login !== undefined) return login;
    }
    return undefined;
  }

  async #open(scheme: ProxyScheme | undefined, attempt: LoginAttempt): Promise<Login | undefined> {
    const { credentials, route, failed } = attempt;
    if (scheme === "negotiate") {
      const open = this.#settings.openNegotiate ?? openNegotiate;
      const opened = route.isOfProject === true ? OF_PROJECT : await open(bareHost(route.url.hostname));
      if (typeof opened !== "string") return NegotiateLogin.begin(opened);
      // Windows servers also understand NTLM's messages under this name.
      if (credentials !== undefined) return new NtlmLogin("negotiate", credentials);
      failed.set(scheme, opened);
      return undefined;
    }
    if (scheme === undefined || credentials === undefined) return undefined;
    return scheme === "ntlm" ? new NtlmLogin(scheme, credentials) : new BasicLogin(credentials);
  }
}

/**
 * A password goes out unasked as Basic, as curl sends it; not that of a Windows domain, since a proxy that belongs to one will
 * offer something that does not reveal it.
 */
function firstScheme(credentials: ProxyCredentials | undefined): ProxyScheme | undefined {
  return credentials === undefined || credentials.username.includes("\\") ? undefined : "basic";
}

/** One login over one connection. */
interface Login {
  readonly scheme: ProxyScheme;
  /** Its name in headers, in lower case. */
  readonly name: string;
  /** The first value of `Proxy-Authorization`. */
  readonly header: string;
  /** Why it came to nothing, where more is known than that the proxy refused it. */
  readonly failure: string | undefined;
  /** The next value, for the token of a further 407; undefined where the login has failed. */
  answer(token: string | undefined): Promise<string | undefined>;
}

class BasicLogin implements Login {
  readonly scheme = "basic";
  readonly name = "basic";
  readonly header: string;
  readonly failure = undefined;

  constructor({ username, password }: ProxyCredentials) {
    this.header = `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
  }

  answer(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

class NtlmLogin implements Login {
  readonly scheme: ProxyScheme;
  readonly name: string;
  readonly header: string;
  failure: string | undefined;
  readonly #word: string;
  readonly #credentials: ProxyCredentials;
  readonly #negotiate = ntlmNegotiate();
  #wasAnswered = false;

  constructor(scheme: "ntlm" | "negotiate", credentials: ProxyCredentials) {
    this.scheme = scheme;
    this.name = scheme;
    this.#word = scheme === "ntlm" ? "NTLM" : "Negotiate";
    this.#credentials = credentials;
    this.header = `${this.#word} ${this.#negotiate.toString("base64")}`;
  }

  answer(token: string | undefined): Promise<string | undefined> {
    if (token === undefined || token === "" || this.#wasAnswered) return Promise.resolve(undefined);
    this.#wasAnswered = true;
    const challenge = Buffer.from(token, "base64");
    const parsed = parseNtlmChallenge(challenge);
    if (parsed === undefined) {
      this.failure = "the proxy's challenge is not NTLM";
      return Promise.resolve(undefined);
    }
    const { username, password } = this.#credentials;
    const account = parseNtlmAccount(username, password);
    const message = ntlmAuthenticate(account, { negotiate: this.#negotiate, challenge, parsed });
    return Promise.resolve(`${this.#word} ${message.toString("base64")}`);
  }
}

class NegotiateLogin implements Login {
  readonly scheme = "negotiate";
  readonly name = "negotiate";
  readonly header: string;
  failure: string | undefined;
  readonly #context: NegotiateContext;

  private constructor(context: NegotiateContext, header: string) {
    this.#context = context;
    this.header = header;
  }

  static begin(context: NegotiateContext): NegotiateLogin {
    return new NegotiateLogin(context, `Negotiate ${context.token.toString("base64")}`);
  }

  async answer(token: string | undefined): Promise<string | undefined> {
    if (token === undefined || token === "") return undefined;
    const next = await this.#context.step(Buffer.from(token, "base64"));
    if (typeof next === "string") this.failure = next;
    return typeof next === "string" ? undefined : `Negotiate ${next.toString("base64")}`;
  }
}

/** Keeps a pool from lending the connection to another request while the answers before the last one are read. */
class RoundHold {
  readonly #connection: Http1Connection;
  readonly #tell: Http1Connection["onIdle"];
  #state: "reusable" | "closed" | undefined;

  constructor(connection: Http1Connection) {
    this.#connection = connection;
    this.#tell = connection.onIdle;
    this.next();
  }

  /** Another request goes out: what the answer before it left behind no longer counts. */
  next(): void {
    if (this.#state === "closed") return;
    this.#state = undefined;
    this.#connection.onIdle = (state) => {
      this.#state = state;
    };
  }

  /** Tells the pool what has become of the connection meanwhile. */
  release(): void {
    this.#connection.onIdle = this.#state === undefined ? this.#tell : undefined;
    if (this.#state !== undefined) this.#tell?.(this.#state);
  }
}

function withLogin(request: Http1Request, header: string | undefined): Http1Request {
  if (header === undefined) return request;
  return { ...request, headers: { ...request.headers, "proxy-authorization": header } };
}

/** Reads the page of a refusal, so that the connection can carry the next message; a long one ends it. */
async function drain({ body }: Http1Response): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_PAGE_BYTES) return;
  }
}

const OF_PROJECT = "a project's file names the proxy, and the user's own login is not for it";
const PREFERENCE: readonly ProxyScheme[] = ["negotiate", "ntlm", "basic"];
const PROXY_AUTHENTICATION_REQUIRED = 407;
// Kerberos takes one message, NTLM two; mechanisms with more are not known for proxies.
const MAX_ROUNDS = 6;
const MAX_CONNECTIONS = 3;
const MAX_PAGE_BYTES = 256 * 1024;
