// Proxy auto-configuration: asks a script which way a URL goes. The script is fetched by us, verified like
// everything else, and runs in a sandbox on a thread of its own, with bounded time and memory.

import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";

import { PinionError } from "../../errors.ts";
import { cancelled } from "../../base/work/cancelled.ts";
import { readSmallFile } from "../../base/files/small-file.ts";
import { PacThread } from "./pac-thread.ts";
import type { ProxyDecision } from "./proxy.ts";
import { endpointOf, excerpt, redactUrl } from "../url.ts";

/** Fetches a script over HTTP, directly; bounded and verified by the caller. */
export type FetchScript = (url: URL, maxBytes: number) => Promise<Buffer>;

/** Owns the scripts of one run: each is fetched and compiled once. */
export class PacScripts {
  readonly #fetch: FetchScript;
  readonly #maxRunMs: number;
  readonly #scripts = new Map<string, Promise<PacScript>>();
  readonly #made: PacScript[] = [];

  constructor(fetch: FetchScript, options: { readonly maxRunMs?: number } = {}) {
    this.#fetch = fetch;
    this.#maxRunMs = options.maxRunMs ?? MAX_RUN_MS;
  }

  /**
   * The ways that a decision means for a URL, best first: itself, unless its proxy is a script.
   *
   * @throws `net/proxy-unreachable` where the script cannot be fetched, `settings/invalid` where it fails
   */
  async waysFor(url: URL, decision: ProxyDecision, signal?: AbortSignal): Promise<readonly ProxyDecision[]> {
    if (decision.kind === "direct" || !decision.url.protocol.startsWith(PAC_PREFIX)) return [decision];
    const address = decision.url.href;
    let script = this.#scripts.get(address);
    if (script === undefined) {
      script = this.#load(decision.url, decision.rule);
      script.catch(() => undefined);
      this.#scripts.set(address, script);
    }
    const answer = await unlessAborted(
      script.then((loaded) => loaded.find(url)),
      signal,
    );
    const ways = parsePacAnswer(answer, decision.rule);
    if (decision.isOfProject !== true) return ways;
    return ways.map((way) => (way.kind === "proxy" ? { ...way, isOfProject: true } : way));
  }

  /** Ends the threads of the scripts, of one too that is still being read. */
  close(): void {
    for (const script of this.#made.splice(0)) script.close();
    this.#scripts.clear();
  }

  async #load(url: URL, rule: string): Promise<PacScript> {
    const source = new URL(url.href.slice(PAC_PREFIX.length));
    try {
      const bytes =
        source.protocol === "file:" ? readScript(source) : await this.#fetch(source, MAX_SCRIPT_BYTES);
      const script = new PacScript(bytes.toString("utf8"), { rule, maxRunMs: this.#maxRunMs });
      this.#made.push(script);
      await script.compile();
      return script;
    } catch (cause) {
      if (cause instanceof PinionError && cause.code === "settings/invalid") throw cause;
      throw new PinionError(
        "net/proxy-unreachable",
        `Cannot read the proxy script \`${redactUrl(source)}\``,
        {
          details: { proxy: redactUrl(source), rule },
          hints: [`the script comes from ${rule}`],
          cause,
        },
      );
    }
  }
}

/**
 * Reads what a script answers: `PROXY a:3128; SOCKS5 b:1080; DIRECT`. What no browser would understand is left out;
 * nothing at all means directly, as in browsers.
 */
export function parsePacAnswer(answer: string, rule: string): readonly ProxyDecision[] {
  const bounded = answer.slice(0, MAX_ANSWER_LENGTH);
  // Without the login that may stand before a host.
  const told = `${rule}, whose script answers \`${excerpt(bounded.replace(/[^\s;]*@/g, "****@"))}\``;
  const ways = bounded.split(";").flatMap((entry): ProxyDecision[] => {
    const [kind = "", target = ""] = entry.trim().split(/\s+/);
    if (kind.toUpperCase() === "DIRECT") return [{ kind: "direct", rule: told }];
    const scheme = PAC_SCHEMES.get(kind.toUpperCase());
    const text = `${scheme}://${target}`;
    return scheme === undefined || target === "" || target.includes("/") || !URL.canParse(text)
      ? []
      : [{ kind: "proxy", url: new URL(text), rule: told }];
  });
  return ways.length > 0 ? ways : [{ kind: "direct", rule: told }];
}

interface PacContext {
  readonly rule: string;
  readonly maxRunMs: number;
}

class PacScript {
  readonly #rule: string;
  readonly #thread: PacThread;

  constructor(source: string, { rule, maxRunMs }: PacContext) {
    this.#rule = rule;
    this.#thread = new PacThread({ source, maxRunMs, ownAddress: ownAddress() });
  }

  async compile(): Promise<void> {
    await this.#run(() => this.#thread.compile());
  }

  async find(url: URL): Promise<string> {
    // As browsers do: the script learns no paths of what is encrypted, where tokens may stand.
    const shown = url.protocol === "https:" ? new URL("/", url) : url;
    const answer = await this.#run(() => this.#thread.find(shown.href, endpointOf(url).host));
    return typeof answer === "string" ? answer : "";
  }

  close(): void {
    this.#thread.close();
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw scriptFailure(this.#rule, cause);
    }
  }
}

/** A script cannot be asked to stop: the caller goes on, and the thread ends at its bound. @throws net/cancelled */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  if (signal.aborted) throw cancelled(signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled(signal));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function scriptFailure(rule: string, cause: unknown): PinionError {
  const said = excerpt(cause instanceof Error ? cause.message : String(cause));
  return new PinionError("settings/invalid", `The proxy script of ${rule} fails: ${said}`, {
    details: { rule },
    cause,
  });
}

function readScript(url: URL): Buffer {
  const path = fileURLToPath(url);
  const file = readSmallFile(path, MAX_SCRIPT_BYTES);
  if (file.kind === "read") return file.bytes;
  throw new PinionError(
    "net/too-large",
    `\`${path}\` is ${file.kind === "too-large" ? "too large for" : "not a file, so it is not"} a proxy script`,
  );
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.find((entry) => entry?.family === "IPv4" && !entry.internal)?.address ?? "127.0.0.1";
}

const PAC_PREFIX = "pac+";
const PAC_SCHEMES: ReadonlyMap<string, string> = new Map([
  ["PROXY", "http"],
  ["HTTP", "http"],
  ["HTTPS", "https"],
  ["SOCKS", "socks5h"],
  ["SOCKS5", "socks5h"],
  ["SOCKS4", "socks4a"],
]);

// Chromium's bound for a script.
const MAX_SCRIPT_BYTES = 1024 * 1024;
const MAX_RUN_MS = 5000;
const MAX_ANSWER_LENGTH = 4096;
