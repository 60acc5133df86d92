// Which certificates count as trust anchors: a base (the first that is set) and additions, `docs/trust-model.md`
// section 1. This file decides only from settings; `read-source.ts` and `system.ts` read, `store.ts` brings it together.

import { formatHostPort } from "../base/text/host-port.ts";
import { PinionError } from "../errors.ts";
import type { HostTrust, TlsException } from "./host-trust.ts";

/** Where an anchor comes from. */
export type AnchorSource =
  | { readonly kind: "system"; readonly path?: string }
  | { readonly kind: "mozilla"; readonly date: string }
  | { readonly kind: "variable"; readonly variable: string; readonly path: string }
  | { readonly kind: "option"; readonly option: string; readonly path: string }
  | { readonly kind: "setting"; readonly origin: string; readonly path: string }
  | { readonly kind: "host"; readonly host: string; readonly port: number; readonly path: string }
  /** Given by the embedding program. */
  | { readonly kind: "given" };

/** What decides the trust of one run or one index. */
export interface TrustSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform?: NodeJS.Platform | undefined;
  /** `--trust LIST`: `system`, `mozilla`, `env`, `given`, `file:PATH`, separated by commas; names everything outright. */
  readonly trust?: { readonly value: string; readonly origin: string } | undefined;
  /** `--cert FILE`, or an index's own `cert`: only that file. */
  readonly cert?: { readonly value: string; readonly origin: string } | undefined;
  /** Files that are trusted in addition, whatever the base is. */
  readonly addedCas?: readonly { readonly path: string; readonly origin: string }[] | undefined;
  /** pip.conf's `cert` and its like, which add to the last two bases. */
  readonly extraCerts?: readonly { readonly path: string; readonly origin: string }[] | undefined;
  /** Leaves the bundled Mozilla roots out of the last base. */
  readonly systemCerts?: boolean | undefined;
  /** The file of `pinion trust add`; it need not exist. */
  readonly hostTrustFile?: string | undefined;
  /** What indexes' own tables say: their `cert` counts before `--cert`, and for their server only. */
  readonly hosts?: readonly HostTrust[] | undefined;
  /** Named exceptions; never for more than the host that they name. */
  readonly exceptions?: readonly TlsException[] | undefined;
  /** PEM from an embedding program; adds to the last two bases, and is `given` in a LIST. */
  readonly anchors?: readonly string[] | undefined;
}

/** A file or folder that is to be read. */
export interface FileRequest {
  readonly kind: "file";
  /** How messages name it: `SSL_CERT_FILE`, `--cert`. */
  readonly label: string;
  readonly path: string;
  /** What the path may be: `SSL_CERT_DIR` names folders, the variables of requests either. */
  readonly shape: "file" | "directories" | "either";
  readonly source: AnchorSource;
}

export type SourceRequest =
  | FileRequest
  | { readonly kind: "system" }
  | { readonly kind: "mozilla" }
  | { readonly kind: "given"; readonly pems: readonly string[] };

/** The sources in force and how they were chosen. */
export interface TrustPlan {
  readonly base: "list" | "cert" | "environment" | "default";
  readonly requests: readonly SourceRequest[];
  /** Sources that exist on this machine but are not in force, to say which of them would have trusted a chain. */
  readonly unused: readonly SourceRequest[];
  /** The LIST that would name the sources in force. */
  readonly list: readonly string[];
  /** What to unset or drop to get the default back: `SSL_CERT_FILE`, `--cert`; empty for the default base. */
  readonly replacedBy: readonly string[];
}

/**
 * Chooses the sources, in order, without reading any.
 *
 * @throws `tls/trust-source-unusable` when LIST holds a word that is not a source
 */
export function planSources(settings: TrustSettings): TrustPlan {
  const plan = planBase(settings);
  const added = (settings.addedCas ?? []).map(({ path, origin }) => requireFile(origin, path));
  return added.length === 0 ? plan : { ...plan, requests: [...plan.requests, ...added] };
}

function planBase(settings: TrustSettings): TrustPlan {
  const available = findAvailable(settings);
  const { trust, cert } = settings;
  if (trust !== undefined) return planList(trust, settings, available);
  if (cert !== undefined) {
    const requests = [requireFile(cert.origin, cert.value)];
    return {
      base: "cert",
      requests,
      unused: [...available.defaults, ...available.environment],
      list: [`file:${cert.value}`],
      replacedBy: [cert.origin],
    };
  }
  if (available.base.length > 0) {
    const requests = [...available.base, ...available.additions];
    return {
      base: "environment",
      requests,
      unused: available.defaults,
      list: ["env"],
      replacedBy: available.base.map((request) => request.label),
    };
  }
  const base = settings.systemCerts === true ? [SYSTEM] : [SYSTEM, MOZILLA];
  return {
    base: "default",
    requests: [...base, ...available.additions],
    unused: settings.systemCerts === true ? [MOZILLA] : [],
    list: [...base.map((request) => request.kind), ...(available.additions.length > 0 ? ["env"] : [])],
    replacedBy: [],
  };
}

/** A source as people know it: `SSL_CERT_FILE=/etc/corp.pem`, `system: /etc/ssl/certs/ca-certificates.crt`, `mozilla 2026-07-22`. */
export function formatAnchorSource(source: AnchorSource): string {
  switch (source.kind) {
    case "system":
      return source.path === undefined ? "system" : `system: ${source.path}`;
    case "mozilla":
      return `mozilla ${source.date}`;
    case "variable":
      return `${source.variable}=${source.path}`;
    case "option":
      return `${source.option} ${source.path}`;
    case "setting":
      return `${source.path} (${source.origin})`;
    case "host":
      return `trusted for ${formatHostPort(source.host, source.port)} (${source.path})`;
    case "given":
      return "given by the program";
  }
}

/** The word of a LIST that names a source. */
export function listWord(request: SourceRequest): string {
  switch (request.kind) {
    case "system":
    case "mozilla":
    case "given":
      return request.kind;
    case "file":
      return request.source.kind === "variable" || request.source.kind === "setting"
        ? "env"
        : `file:${request.path}`;
  }
}

interface AvailableSources {
  readonly defaults: readonly SourceRequest[];
  /** SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly base: readonly FileRequest[];
  readonly additions: readonly SourceRequest[];
  /** Every variable and pip setting. */
  readonly environment: readonly SourceRequest[];
}

function findAvailable(settings: TrustSettings): AvailableSources {
  const { env, anchors = [] } = settings;
  const variables = (known: readonly KnownVariable[]): FileRequest[] =>
    known.flatMap(({ variable, shape }) => {
      const written = env[variable];
      // An empty variable counts as unset, as for OpenSSL, curl, pip and uv.
      if (written === undefined || written === "") return [];
      // Only pip knows `~` in its variable.
      const path = variable === "PIP_CERT" ? expandHome(written, settings.home) : written;
      return [{ kind: "file", label: variable, path, shape, source: { kind: "variable", variable, path } }];
    });
  const settingFiles = (settings.extraCerts ?? []).map(({ path, origin }): FileRequest => ({
    kind: "file",
    label: origin,
    path,
    shape: "either",
    source: { kind: "setting", origin, path },
  }));
  const given: readonly SourceRequest[] = anchors.length > 0 ? [{ kind: "given", pems: anchors }] : [];
  const base = variables(BASE_VARIABLES);
  const environment = [...base, ...variables(PIP_VARIABLES), ...settingFiles, ...variables(NODE_VARIABLES)];
  return {
    defaults: [SYSTEM, MOZILLA],
    base,
    additions: [...environment.slice(base.length), ...given],
    environment,
  };
}

function planList(
  trust: { readonly value: string; readonly origin: string },
  settings: TrustSettings,
  available: AvailableSources,
): TrustPlan {
  const words = splitList(trust.value);
  const requests = words.flatMap((word) => requestsOf(word, trust.origin, settings, available));
  if (requests.length === 0) {
    throw new PinionError(
      "tls/trust-source-unusable",
      `${quoted(trust.origin)} names no certificates: \`${trust.value}\``,
      {
        details: { origin: trust.origin, value: trust.value, reason: "empty" },
        hints: words.includes("env") ? [{ kind: "name-trust-variable" }] : [LIST_HINT],
      },
    );
  }
  const all = [...available.defaults, ...available.environment];
  const unused = all.filter((request) => !words.includes(listWord(request)));
  return { base: "list", requests, unused, list: words, replacedBy: [trust.origin] };
}

function requestsOf(
  word: string,
  origin: string,
  settings: TrustSettings,
  available: AvailableSources,
): readonly SourceRequest[] {
  if (word === "system") return [SYSTEM];
  if (word === "mozilla") return [MOZILLA];
  if (word === "env") return available.environment;
  if (word === "given") return [{ kind: "given", pems: settings.anchors ?? [] }];
  const path = word.startsWith(FILE_PREFIX) ? expandHome(word.slice(FILE_PREFIX.length), settings.home) : "";
  if (path !== "")
    return [{ kind: "file", label: origin, path, shape: "either", source: sourceOf(origin, path) }];
  throw new PinionError("tls/trust-source-unusable", `${quoted(origin)} has an unknown source: \`${word}\``, {
    details: { origin, value: word, reason: "unknown-word" },
    hints: [LIST_HINT],
  });
}

/** A LIST whose files are named by absolute paths. */
export function withAbsoluteFiles(list: string, at: (path: string) => string): string {
  const items = splitList(list).map((item) => {
    const path = item.startsWith(FILE_PREFIX) ? item.slice(FILE_PREFIX.length) : "";
    return path === "" || /^~(?:\/|$)/.test(path) ? item : FILE_PREFIX + at(path);
  });
  return items.map((item) => item.replaceAll(",", String.raw`\,`)).join(",");
}

/** Items are separated by commas; one that ends in a backslash goes on after it, for paths with commas. */
function splitList(value: string): readonly string[] {
  const items = value.split(/(?<!\\),/).map((item) => item.replaceAll(String.raw`\,`, ",").trim());
  return [...new Set(items.filter((item) => item !== ""))];
}

function requireFile(origin: string, path: string): FileRequest {
  return { kind: "file", label: origin, path, shape: "file", source: sourceOf(origin, path) };
}

function sourceOf(origin: string, path: string): AnchorSource {
  if (origin.startsWith("--")) return { kind: "option", option: origin, path };
  return VARIABLE_NAME.test(origin)
    ? { kind: "variable", variable: origin, path }
    : { kind: "setting", origin, path };
}

function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

function quoted(origin: string): string {
  return `\`${origin}\``;
}

interface KnownVariable {
  readonly variable: string;
  readonly shape: FileRequest["shape"];
}

const SYSTEM: SourceRequest = { kind: "system" };
const MOZILLA: SourceRequest = { kind: "mozilla" };
const FILE_PREFIX = "file:";
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]*$/;
const LIST_HINT = "a list holds `system`, `mozilla`, `env` or `file:PATH`, separated by commas";
const BASE_VARIABLES: readonly KnownVariable[] = [
  { variable: "SSL_CERT_FILE", shape: "file" },
  { variable: "SSL_CERT_DIR", shape: "directories" },
];
/** What pip and requests read; requests takes a folder as well as a file. */
const PIP_VARIABLES: readonly KnownVariable[] = [
  { variable: "REQUESTS_CA_BUNDLE", shape: "either" },
  { variable: "CURL_CA_BUNDLE", shape: "either" },
  { variable: "PIP_CERT", shape: "either" },
];
const NODE_VARIABLES: readonly KnownVariable[] = [{ variable: "NODE_EXTRA_CA_CERTS", shape: "file" }];
