// The guards against stored and served data, tried with inputs that are made by chance: journals, pages, settings files,
// redirects and files that name sources. Each input is harmless; what is looked for is a guard that lets one through.

import { isPinionError } from "../../src/errors.ts";
import { basicCredentials } from "../../src/net/credentials/auth.ts";
import { firstHop, nextHop, type Hop } from "../../src/net/http/redirect.ts";
import { atOnce } from "../../src/base/work/turns.ts";
import { parseHtmlPage } from "../../src/registry/pages/simple-html.ts";
import type { ProjectPage } from "../../src/registry/pages/project-page.ts";
import { parseJsonPage } from "../../src/registry/pages/simple-json.ts";
import { parseIni } from "../../src/settings/files/ini.ts";
import { parseToml } from "../../src/settings/files/toml.ts";
import { TomlLines } from "../../src/settings/files/toml-lines.ts";
import { fuzzJournals } from "./fuzz-journals.ts";
import { fuzzRemoteFiles } from "./fuzz-remote-files.ts";
import { seededRandom, type Random } from "./random.ts";

export interface FuzzedGuard {
  readonly name: string;
  readonly inputs: number;
  /** How many were accepted; the others were refused with an explained error. */
  readonly taken: number;
  readonly broken: readonly { readonly input: string; readonly why: string }[];
}

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
}

/** Tries every guard with as many inputs. */
export async function fuzzGuards(options: FuzzOptions): Promise<readonly FuzzedGuard[]> {
  const others = [fuzzPages(options), fuzzSettings(options), fuzzRedirects(options), fuzzJournals(options)];
  return [...others, await fuzzRemoteFiles(options)];
}

/** Pages from the network: their files are on the network, and have plain names. */
export function fuzzPages(options: FuzzOptions): FuzzedGuard {
  return fuzz("pages", options, (random) => {
    const [input, parse] = random.below(2) === 0 ? htmlPage(random) : jsonPage(random);
    return {
      input,
      run: () => {
        const bad = parse().files.find(
          ({ url, filename }) => !/^https?:\/\/[^/@]+\//.test(url) || /[/\\\p{Cc}]|^\.{0,2}$/u.test(filename),
        );
        return bad === undefined ? undefined : `a file at ${bad.url} called ${bad.filename}`;
      },
    };
  });
}

/** Settings files: a value or a refusal that names the file. */
export function fuzzSettings(options: FuzzOptions): FuzzedGuard {
  return fuzz("settings files", options, (random) => {
    const input = pieces(random, SETTINGS_PIECES, 30);
    return {
      input,
      run: () => {
        new TomlLines(input).of("tool.uv", "index-url");
        if (random.below(2) === 0) parseIni(input, "x.conf");
        else parseToml(input, "x.toml");
        return undefined;
      },
    };
  });
}

/** Redirects: to HTTP(S), never with credentials to another origin or out of TLS. */
export function fuzzRedirects(options: FuzzOptions): FuzzedGuard {
  return fuzz("redirects", options, (random) => {
    const start = random.pick(["https://a.example/x", "https://u:p@a.example:8443/x", "http://a.example/x"]);
    const location = pieces(random, LOCATION_PIECES, 6);
    const hadCredentials = random.below(2) === 0;
    const headers = { authorization: "Basic eA==", accept: "text/html", cookie: "a=b" };
    return {
      input: `${start} -> ${location}`,
      run: () => {
        const known = basicCredentials("ada", "secret", "test");
        const first: Hop = { ...firstHop(new URL(start), headers), credentials: known };
        const next = nextHop(first, { status: 302, location, hadCredentials });
        return next === undefined ? undefined : faultOf(first, next, { hadCredentials, known });
      },
    };
  });
}

function faultOf(
  from: Hop,
  to: Hop,
  { hadCredentials, known }: { readonly hadCredentials: boolean; readonly known: Hop["credentials"] },
): string | undefined {
  if (!/^https?:$/.test(to.url.protocol)) return `to ${to.url.protocol}`;
  if (to.url.username !== "" || to.url.password !== "") return "a password stays in the URL";
  if (hadCredentials && from.url.protocol === "https:" && to.url.protocol === "http:") return "out of TLS";
  if (to.url.origin === from.url.origin) return undefined;
  if (to.credentials === known) return "credentials for another origin";
  return "authorization" in to.headers || "cookie" in to.headers
    ? "secret headers for another origin"
    : undefined;
}

interface Trial {
  readonly input: string;
  /** What is wrong; undefined where nothing is. */
  readonly run: () => string | undefined;
}

function fuzz(
  name: string,
  { inputs, seed }: FuzzOptions,
  makeTrial: (random: Random) => Trial,
): FuzzedGuard {
  const random = seededRandom(seed);
  const broken: { input: string; why: string }[] = [];
  let taken = 0;
  for (let index = 0; index < inputs; index += 1) {
    const { input, run } = makeTrial(random);
    try {
      const fault = run();
      if (fault === undefined) taken += 1;
      else broken.push({ input, why: fault });
    } catch (error) {
      if (!isPinionError(error)) broken.push({ input, why: String(error) });
    }
  }
  return { name, inputs, taken, broken };
}

function htmlPage(random: Random): [string, () => ProjectPage] {
  const links = Array.from(
    { length: random.below(4) },
    () => `<a href="${pieces(random, HREF_PIECES, 5)}">x</a>`,
  );
  const base = random.below(2) === 0 ? "" : `<base href="${pieces(random, HREF_PIECES, 4)}">`;
  const body = `${base}${links.join(pieces(random, HTML_PIECES, 2))}`;
  return [body, () => atOnce(parseHtmlPage(body, { url: pageUrl(random), contentType: "text/html" }))];
}

function jsonPage(random: Random): [string, () => ProjectPage] {
  const files = Array.from({ length: random.below(4) }, () => ({
    filename: pieces(random, [...HREF_PIECES, "a-1.whl"], 2),
    url: pieces(random, HREF_PIECES, 5),
    hashes: random.pick([{}, { sha256: "aa" }, null, 3]),
  }));
  const body = JSON.stringify({ meta: { "api-version": random.pick(["1.0", "1.4", "2.0", 1]) }, files });
  return [body, () => atOnce(parseJsonPage(Buffer.from(body), { url: pageUrl(random) }))];
}

function pageUrl(random: Random): string {
  return random.pick(["https://index.example/simple/a/", "http://index.example/simple/a/"]);
}

function pieces(random: Random, from: readonly string[], most: number): string {
  return Array.from({ length: random.below(most + 1) }, () => random.pick(from)).join("");
}

const HREF_PIECES: readonly string[] = [
  "https://",
  "http://",
  "file://",
  "file:///",
  "FILE:",
  "//",
  "/",
  "\\",
  "\\\\server\\share\\",
  "..",
  ".",
  "a-1-py3-none-any.whl",
  "etc/passwd",
  "host.example",
  "u:p@",
  "%2e%2e%2f",
  "%2F",
  "%00",
  "?q#sha256=aa",
  "javascript:",
  "data:,",
  "C:",
  " ",
  "\t",
  "\n",
  "&#47;",
  "&colon;",
  "blob:",
];
const HTML_PIECES: readonly string[] = [
  "<!--",
  "-->",
  "<base href='file:///'>",
  "<script>",
  "</script>",
  "<a ",
  ">",
  "\0",
];
const SETTINGS_PIECES: readonly string[] = [
  "[tool.uv]\n",
  "[global]\n",
  "[[index]]\n",
  "[",
  "]",
  "index-url",
  " = ",
  ": ",
  '"',
  "'",
  '"""',
  "'''",
  "\n",
  "\r\n",
  " ",
  "\t",
  "#",
  ";",
  "{",
  "}",
  ",",
  ".",
  "https://a.example/simple",
  "1979-05-27",
  "\\",
  "\u0000",
  "\ufeff",
  "true",
  "__proto__",
];
const LOCATION_PIECES: readonly string[] = [
  "https://",
  "http://",
  "file:///",
  "//",
  "/",
  "\\",
  "a.example",
  "a.example:8443",
  "b.example",
  "u:p@",
  "@",
  ":",
  "x",
  "..",
  "?q",
  "#f",
  " ",
  "\t",
  "data:,",
  "[::1]",
  "%",
];
