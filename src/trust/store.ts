// The trust of one run: anchors with their provenance, shared TLS contexts built from them, and what else this machine
// could have trusted. Nothing is read before the first question about a host.

import { madeOnce } from "../base/work/once.ts";
import type { ClientIdentity } from "./client-identity.ts";
import { createHash } from "node:crypto";
import type { SecureContext } from "node:tls";

import type { TrustChange } from "../advice.ts";
import { isPinionError, PinionError } from "../errors.ts";
import { formatName, tryParseCertificate } from "../x509/certificates/certificate.ts";
import { readPem } from "../x509/certificates/pem.ts";
import { indexLazily, type LazyIndex } from "./anchor-index.ts";
import { createAnchor, mergeAnchors, type Anchor } from "./anchor.ts";
import { normalizeHost, readHostAnchors, type HostAnchor } from "./host-anchors.ts";
import { exceptionsFor, hostTrustFor, type HostTrust, type TlsExceptionName } from "./host-trust.ts";
import { createContext } from "./secure-context.ts";
import { SourceReader } from "./source-reader.ts";
import {
  formatAnchorSource,
  listWord,
  planSources,
  type SourceRequest,
  type TrustPlan,
  type TrustSettings,
} from "./sources.ts";
import { realSystem, type SystemAccess } from "./system.ts";

export interface TrustStore {
  /**
   * The anchors in force for a host: those of all hosts and those of `pinion trust add` for this one.
   *
   * @throws `tls/trust-source-unusable`
   */
  anchorsFor(host: string, port: number): readonly Anchor[];
  /**
   * A TLS context that trusts {@link anchorsFor}; the same object for the same anchors and options.
   *
   * @throws `tls/trust-source-unusable`, `tls/client-certificate-unusable`
   */
  secureContextFor(host: string, port: number, options?: ContextOptions): SecureContext;
  /** Names the trust of {@link secureContextFor}: the same id, the same verdicts. What is cached by it stays valid. */
  idFor(host: string, port: number, options?: ContextOptions): string;
  /** The anchors of {@link anchorsFor}, to be found by name. */
  indexFor(host: string, port: number): StoreIndex;
  /** The sources in force, everywhere or at one place, and how many certificates each has. */
  describe(at?: Place): readonly SourceReport[];
  /** What replaced the default sources: `SSL_CERT_FILE`, `--cert`; empty when nothing did. */
  replacedBy(at?: Place): readonly string[];
  /** The sources that are not in force, to say which of them would have trusted a chain. */
  alternatives(at?: Place): readonly NamedTrust[];
  /** What `pinion trust add` stored for a place. */
  storedFor(at: Place): readonly HostAnchor[];
  /** SHA-256 of the keys to which the index at this place is pinned, lower-case hexadecimal; empty for no pin. */
  pinsFor(at: Place): readonly string[];
  /**
   * Names the trust of {@link idFor} where it comes from the file of a project; undefined where the machine and its user vouch.
   *
   * @throws `tls/trust-source-unusable`
   */
  projectTrustFor(at: Place): string | undefined;
  /** The refusals of Pinion's own that the settings lift for this place. */
  exceptionsFor(at: Place): readonly TlsExceptionName[];
  /** What people should hear, known once the sources have been read: missing entries of `SSL_CERT_DIR`. */
  readonly warnings: readonly string[];
  /** What `-v` reports: certificates that were skipped. */
  readonly notes: readonly string[];
  /** Anchors that a source in force holds, but the operating system explicitly distrusts. */
  distrusted(): readonly Anchor[];
  /** Whether the operating system explicitly distrusts this certificate. */
  isDistrusted(der: Uint8Array): boolean;
  /** Every anchor that holds for all hosts, as one PEM bundle for child processes. */
  mergedBundle(): string;
}

/** A host (without brackets) and a port. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface ContextOptions {
  readonly clientCertificate?: ClientIdentity | undefined;
  /**
   * SHA-256 fingerprints: hands the engine only those of the anchors in force. A context with one root is made in 1 ms,
   * one with 144 in 25 ms; since it can only refuse more, a caller may try with the root that vouched for this host last
   * time and connect again with everything when the chain fails.
   */
  readonly onlyFingerprints?: readonly string[] | undefined;
  /**
   * Path assist: certificates (PEM) that help the engine to find a path and are not anchors. Partial chains are off in
   * such a context, since the engine could not tell these from anchors.
   */
  readonly intermediates?: readonly string[] | undefined;
  /** TLS 1.2 at most: only its handshake can be repeated for a client certificate that is demanded later. */
  readonly maxVersion?: "TLSv1.2" | undefined;
}

/** Finds anchors by name, and the anchor that a certificate is. */
export type StoreIndex = LazyIndex;

export interface SourceReport {
  /** As `formatAnchorSource` writes it. */
  readonly source: string;
  readonly count: number;
}

/** Trust that was not asked for, by name, with what to do to have it. */
export interface NamedTrust {
  /** For a sentence: `the system store`, `the bundled Mozilla roots`, `SSL_CERT_FILE=/etc/corp.pem`. */
  readonly name: string;
  /** What to do to have it in force, best first. */
  readonly changes: readonly TrustChange[];
  /** Read when asked for; empty when the source cannot be used. */
  anchors(): readonly Anchor[];
}

export type { Anchor, TrustSettings };

/**
 * The trust that settings ask for. Cheap: sources are read at the first question about a host.
 *
 * @example
 * const store = loadTrust({ env: { SSL_CERT_FILE: "/etc/corp.pem" }, home: "/home/me" });
 * const context = store.secureContextFor("pypi.org", 443);
 */
export function loadTrust(settings: TrustSettings, system?: SystemAccess): TrustStore {
  return new LazyTrustStore(
    settings,
    system ?? realSystem(settings.platform ?? process.platform, settings.env),
  );
}

/** Owns the contexts and everything that has been read. */
class LazyTrustStore implements TrustStore {
  readonly #settings: TrustSettings;
  readonly #reader: SourceReader;
  readonly #contexts = new Map<string, SecureContext>();
  readonly #anchorsOfHost = new Map<string, readonly Anchor[]>();
  readonly #ids = new WeakMap<readonly Anchor[], string>();
  readonly #indexes = new WeakMap<readonly Anchor[], StoreIndex>();
  /** By the `cert` of an index; the plan for everything else under "". */
  readonly #plans = new Map<string, TrustPlan>();
  readonly #anchorsOfPlan = new WeakMap<TrustPlan, readonly Anchor[]>();
  readonly #rejections = new Set<string>();
  #hostFile: readonly HostAnchor[] | undefined;

  constructor(settings: TrustSettings, system: SystemAccess) {
    this.#settings = settings;
    this.#reader = new SourceReader(system);
  }

  anchorsFor(host: string, port: number): readonly Anchor[] {
    const common = this.#common(this.#planFor({ host, port }));
    const name = normalizeHost(host);
    const own = this.storedFor({ host, port });
    if (own.length === 0) return common;
    const key = `${name} ${port}`;
    const source = { kind: "host", host: name, port, path: this.#settings.hostTrustFile ?? "" } as const;
    return madeOnce(this.#anchorsOfHost, key, () => [
      ...own.map((entry) => createAnchor(entry.certificate, [source])),
      ...common,
    ]);
  }

  secureContextFor(host: string, port: number, options: ContextOptions = {}): SecureContext {
    const id = this.idFor(host, port, options);
    const known = this.#contexts.get(id);
    if (known !== undefined) return known;
    const context = createContext({
      anchors: selectAnchors(this.anchorsFor(host, port), options.onlyFingerprints).map(
        (anchor) => anchor.pem,
      ),
      intermediates: (options.intermediates ?? []).filter((pem) => isHelper(pem)),
      clientCertificate: options.clientCertificate,
      maxVersion: options.maxVersion,
    });
    const [oldest] = this.#contexts.keys();
    if (this.#contexts.size >= MAX_CONTEXTS && oldest !== undefined) this.#contexts.delete(oldest);
    this.#contexts.set(id, context);
    return context;
  }

  idFor(host: string, port: number, options: ContextOptions = {}): string {
    const { clientCertificate, onlyFingerprints, intermediates, maxVersion } = options;
    const trust = this.#verdictId({ host, port });
    if (Object.values(options).every((value) => value === undefined)) return trust;
    return digest([
      trust,
      clientCertificate?.id ?? "",
      maxVersion ?? "",
      onlyFingerprints === undefined ? "all" : digest([...onlyFingerprints].sort()),
      digest(intermediates ?? []),
    ]);
  }

  indexFor(host: string, port: number): StoreIndex {
    const anchors = this.anchorsFor(host, port);
    return madeOnce(this.#indexes, anchors, () => indexLazily(anchors));
  }

  describe(at?: Place): readonly SourceReport[] {
    const common = this.#planFor(at).requests.map((request) => {
      const { source, certificates } = this.#reader.read(request);
      return { source: formatAnchorSource(source), count: certificates.length };
    });
    const path = this.#settings.hostTrustFile ?? "";
    const counts = new Map<string, number>();
    for (const { host, port } of at === undefined ? this.#hostEntries() : this.storedFor(at)) {
      const source = formatAnchorSource({ kind: "host", host, port, path });
      counts.set(source, (counts.get(source) ?? 0) + 1);
    }
    return [...common, ...Array.from(counts, ([source, count]) => ({ source, count }))];
  }

  replacedBy(at?: Place): readonly string[] {
    return this.#planFor(at).replacedBy;
  }

  storedFor({ host, port }: Place): readonly HostAnchor[] {
    const name = normalizeHost(host);
    return this.#hostEntries().filter((entry) => entry.host === name && entry.port === port);
  }

  pinsFor({ host, port }: Place): readonly string[] {
    const tables = hostTrustFor(this.#settings.hosts ?? [], host, port);
    // Any pin suffices, so those of a project would widen the user's.
    const own = tables.filter(({ isOfProject, pins = [] }) => isOfProject !== true && pins.length > 0);
    return (own.length > 0 ? own : tables).flatMap(({ pins = [] }) => pins);
  }

  projectTrustFor(at: Place): string | undefined {
    const { exceptions = [] } = this.#settings;
    const isLifted =
      exceptionsFor(
        exceptions.filter(({ isOfProject }) => isOfProject === true),
        at.host,
        at.port,
      ).length > 0;
    return isLifted || this.#ownTrust(at)?.isOfProject === true ? this.idFor(at.host, at.port) : undefined;
  }

  exceptionsFor({ host, port }: Place): readonly TlsExceptionName[] {
    return exceptionsFor(this.#settings.exceptions ?? [], host, port);
  }

  alternatives(at?: Place): readonly NamedTrust[] {
    const plan = this.#planFor(at);
    return plan.unused.map((request) => ({
      name: nameOf(request),
      changes: changesFor(request, plan),
      anchors: () => this.#tryRead(request),
    }));
  }

  get warnings(): readonly string[] {
    return [...this.#reader.warnings, ...this.#rejections];
  }

  get notes(): readonly string[] {
    return this.#reader.notes;
  }

  distrusted(): readonly Anchor[] {
    this.#common(this.#planFor());
    return this.#reader.distrusted.map((base64) => createAnchor(base64, [{ kind: "system" }]));
  }

  isDistrusted(der: Uint8Array): boolean {
    return this.#reader.isDistrusted(der);
  }

  mergedBundle(): string {
    return this.#common(this.#planFor())
      .map((anchor) => anchor.pem)
      .join("");
  }

  #planFor(at?: Place): TrustPlan {
    const own = at === undefined ? undefined : this.#ownTrust(at)?.cert;
    const key = own?.value ?? "";
    return madeOnce(this.#plans, key, () =>
      planSources(own === undefined ? this.#settings : { ...this.#settings, cert: own }),
    );
  }

  /** What the nearest table with a `cert` for this place says. */
  #ownTrust({ host, port }: Place): HostTrust | undefined {
    return hostTrustFor(this.#settings.hosts ?? [], host, port).find(({ cert }) => cert !== undefined);
  }

  #common(plan: TrustPlan): readonly Anchor[] {
    return madeOnce(this.#anchorsOfPlan, plan, () => this.#readCommon(plan));
  }

  #readCommon({ requests }: TrustPlan): readonly Anchor[] {
    const anchors = this.#merge(requests);
    if (anchors.length > 0) return anchors;
    const names = requests.map((request) => nameOf(request)).join(" and ");
    throw new PinionError(
      "tls/trust-source-unusable",
      `There are no trusted certificates: ${names} holds none`,
      {
        details: { label: names, path: "", reason: "no-certificate" },
        hints: [{ kind: "add-trust-sources", list: "system,mozilla" }],
      },
    );
  }

  #merge(requests: readonly SourceRequest[]): readonly Anchor[] {
    const contents = requests.map((request) => this.#reader.read(request));
    return mergeAnchors(contents, ({ anchor, by }) => {
      const subject = tryParseCertificate(anchor.der)?.subject;
      const name = subject === undefined ? `sha256:${anchor.fingerprint}` : formatName(subject);
      const holders = anchor.sources.map(formatAnchorSource).join(", ");
      this.#rejections.add(
        `\`${name}\` of ${holders} is not trusted: the trust settings in ${formatAnchorSource(by)} reject it for TLS servers`,
      );
    });
  }

  #tryRead(request: SourceRequest): readonly Anchor[] {
    try {
      return this.#merge([request]);
    } catch (error) {
      if (isPinionError(error)) return [];
      throw error;
    }
  }

  #hostEntries(): readonly HostAnchor[] {
    const { hostTrustFile } = this.#settings;
    return (this.#hostFile ??= hostTrustFile === undefined ? [] : readHostAnchors(hostTrustFile));
  }

  /** The same anchors, pins and exceptions. */
  #verdictId(at: Place): string {
    const anchors = this.#idOf(this.anchorsFor(at.host, at.port));
    const [pins, exceptions] = [this.pinsFor(at), this.exceptionsFor(at)];
    if (pins.length === 0 && exceptions.length === 0) return anchors;
    return digest([anchors, ...[...pins].sort(), ...[...exceptions].sort()]);
  }

  #idOf(anchors: readonly Anchor[]): string {
    return madeOnce(this.#ids, anchors, () => digest(anchors.map((anchor) => anchor.fingerprint).sort()));
  }
}

/** The chosen anchors; only the first when none of the chosen is in force, since a context needs one. */
function selectAnchors(
  anchors: readonly Anchor[],
  fingerprints: readonly string[] | undefined,
): readonly Anchor[] {
  if (fingerprints === undefined) return anchors;
  const wanted = new Set(fingerprints);
  const chosen = anchors.filter((anchor) => wanted.has(anchor.fingerprint));
  return chosen.length > 0 ? chosen : anchors.slice(0, 1);
}

/** A self-issued certificate among the engine's certificates would be an anchor, whatever it was meant to be. */
function isHelper(pem: string): boolean {
  const { certificates } = readPem(Buffer.from(pem));
  const [der] = certificates;
  const certificate = der === undefined ? undefined : tryParseCertificate(der);
  return certificates.length === 1 && certificate !== undefined && !certificate.isSelfIssued;
}

function nameOf(request: SourceRequest): string {
  switch (request.kind) {
    case "system":
      return "the system store";
    case "mozilla":
      return "the bundled Mozilla roots";
    case "given":
      return "the program's anchors";
    case "file":
      return formatAnchorSource(request.source);
  }
}

function changesFor(request: SourceRequest, plan: TrustPlan): readonly TrustChange[] {
  const isDefault = request.kind === "system" || request.kind === "mozilla";
  const list = [...new Set([...plan.list, listWord(request)])]
    .map((word) => word.replaceAll(",", String.raw`\,`))
    .join(",");
  const named: TrustChange = { kind: "name-sources", list };
  if (plan.base === "default") return [{ kind: "use-default-sources" }, named];
  if (plan.base === "list" || !isDefault) return [named];
  return [named, { kind: "drop-settings", names: plan.replacedBy }];
}

function digest(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex");
}

/** One per configuration, plus one for each host whose root is remembered. */
const MAX_CONTEXTS = 64;
