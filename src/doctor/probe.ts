// Walks the way of a request to one address, and stops at nothing: what fails is written down, and the next step is
// looked at as far as it can be (docs/doctor.md).

import type { Walk, Attempt } from "./walk.ts";
import { isPinionError, type PinionError } from "../errors.ts";
import type { CredentialSource } from "../net/auth.ts";
import { createClient, type Client } from "../net/client.ts";
import type { ClientSettings } from "../net/client-settings.ts";
import { throwIfCancelled } from "../base/cancelled.ts";
import type { Lookup } from "../net/dial.ts";
import { findInsecureHost, type InsecureHost } from "../net/insecure-hosts.ts";
import { PacScripts } from "../net/pac.ts";
import { chooseProxy, type ProxyDecision, type ProxySettings } from "../net/proxy.ts";
import { endpointOf, redactUrl, type Endpoint } from "../net/url.ts";
import type { TrustStore } from "../trust/store.ts";
import type { ClientIdentity } from "../trust/client-identity.ts";
import { tryParseCertificate } from "../x509/certificate.ts";
import { askServer } from "./ask.ts";
import { describeName, describePath, describeSent } from "./describe-chain.ts";
import { diagnose } from "./diagnose.ts";
import type { Examination, RouteReport, SettingReport } from "./examination.ts";
import { judgeChain, judgeSources, type ChainFacts } from "./judge-chain.ts";
import { describeHandshake, lookAt, recordingLookup, type Looked } from "./look.ts";
import { reportClients } from "./other-clients.ts";
import { stepsOf } from "./steps.ts";
import type { Target } from "./subject.ts";

export interface ExamineOptions {
  readonly trust: TrustStore;
  readonly proxy: ProxySettings;
  readonly credentials?: CredentialSource;
  readonly clientCertificate?: ClientIdentity;
  /** Hosts that commands do not verify; the doctor always does, and tells. */
  readonly insecureHosts?: readonly InsecureHost[];
  /** What to show of the configuration. */
  readonly settings?: readonly SettingReport[];
  /** For lookup, TCP, tunnel and TLS together; 10 s. */
  readonly connectTimeoutMs?: number;
  /** The longest silence of an answer; 30 s. */
  readonly silenceTimeoutMs?: number;
  /** Of HTTP requests; `pinion` where nothing is named. */
  readonly userAgent?: string;
  readonly lookup?: Lookup;
  readonly signal?: AbortSignal;
}

/**
 * Examines one address. Whatever the network, the server and the settings do becomes part of the examination.
 *
 * @throws `net/cancelled` where the signal ends it
 */
export async function examine(target: Target, options: ExamineOptions): Promise<Examination> {
  const endpoint = endpointOf(target.address);
  const time = new Date();
  const route = await attempt(() => findRoute(target.address, options));
  const recording = recordingLookup(options.lookup);
  const looked = await look(endpoint, { route, options, lookup: recording.lookup });
  throwIfCancelled(options.signal);
  const trustFailure = endpoint.isTls ? trustFailureOf(options.trust, endpoint) : undefined;
  const sent = looked?.observation.chain ?? [];
  const { signal } = options;
  const client = createFetcher(options);
  try {
    const facts: ChainFacts = { sent, host: endpoint.host, port: endpoint.port, trust: options.trust, time };
    const judged = sent.length === 0 ? undefined : await judgeChain(facts, client, signal);
    const mayAsk =
      route.kind === "done" && (looked === undefined ? !endpoint.isTls : looked.refusal === undefined);
    const answered = mayAsk ? await askServer(target, clientSettings(options), signal) : undefined;
    const insecureHost = findInsecureHost(options.insecureHosts ?? [], target.address);
    const addresses = recording.addresses();
    const walk: Walk = {
      target,
      endpoint,
      route,
      addresses,
      looked,
      trustFailure,
      insecureHost,
      judged,
      answered,
    };
    return report(walk, facts, options.settings ?? []);
  } finally {
    client.close();
  }
}

function report(walk: Walk, facts: ChainFacts, settings: readonly SettingReport[]): Examination {
  const { target, route, addresses, looked, judged, answered, endpoint } = walk;
  const { cause, advice } = diagnose(walk);
  const handshake = looked === undefined ? undefined : describeHandshake(looked.observation);
  const leaf = facts.sent[0] === undefined ? undefined : tryParseCertificate(facts.sent[0]);
  const path = judged === undefined ? undefined : describePath(facts, judged);
  const trust = judged === undefined ? undefined : judgeSources(facts, judged);
  const { text, kind, url, name, origin } = target;
  const described = {
    target: {
      text,
      kind,
      url,
      ...(name === undefined ? {} : { name }),
      ...(origin === undefined ? {} : { origin }),
    },
    isWell: cause === undefined,
    ...(cause === undefined ? {} : { cause }),
    advice,
    settings,
    ...(route.kind === "done" ? { route: describeRoute(route.value) } : {}),
    ...(addresses === undefined ? {} : { addresses }),
    ...(handshake === undefined ? {} : { handshake }),
    greetings: looked?.greetings ?? [],
    chain: describeSent(facts.sent, path),
    ...(path === undefined ? {} : { path }),
    ...(trust === undefined ? {} : { trust }),
    fetched: judged?.fetched ?? [],
    ...(leaf === undefined ? {} : { name: describeName(leaf, endpoint.host, path) }),
    ...(answered?.http === undefined ? {} : { http: answered.http }),
    clients: reportClients(facts),
  };
  return { ...described, steps: stepsOf(walk, described) };
}

async function findRoute(address: URL, options: ExamineOptions): Promise<ProxyDecision> {
  const decision = chooseProxy(address, options.proxy);
  const scripts = new PacScripts(async (url, maxBytes) => {
    const client = createClient({ ...clientSettings(options), proxy: {} });
    try {
      return await (await client.request(url, { maxBytes })).bytes();
    } finally {
      client.close();
    }
  });
  const [first = decision] = await scripts.waysFor(address, decision);
  return first;
}

async function look(
  endpoint: Endpoint,
  way: { readonly route: Attempt<ProxyDecision>; readonly options: ExamineOptions; readonly lookup: Lookup },
): Promise<Looked | undefined> {
  const { route, options, lookup } = way;
  if (route.kind === "failed" || !endpoint.isTls) return undefined;
  const { trust, clientCertificate, signal, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  return lookAt(endpoint, {
    trust,
    route: route.value,
    lookup,
    timeoutMs: connectTimeoutMs,
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function trustFailureOf(trust: TrustStore, { host, port }: Endpoint): PinionError | undefined {
  try {
    trust.anchorsFor(host, port);
    return undefined;
  } catch (error) {
    if (isPinionError(error)) return error;
    throw error;
  }
}

/** For issuers' certificates: no credentials, and nothing that a stranger's address should be shown. */
function createFetcher(options: ExamineOptions): Client {
  const { credentials: _, clientCertificate: __, ...others } = clientSettings(options);
  return createClient({
    ...others,
    retries: 0,
    connectTimeoutMs: FETCH_TIMEOUT_MS,
    silenceTimeoutMs: FETCH_TIMEOUT_MS,
  });
}

function clientSettings(options: ExamineOptions): ClientSettings {
  const { trust, proxy, credentials, clientCertificate, lookup, userAgent = "pinion" } = options;
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, silenceTimeoutMs } = options;
  return {
    trust,
    proxy,
    userAgent,
    connectTimeoutMs,
    ...(silenceTimeoutMs === undefined ? {} : { silenceTimeoutMs }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(lookup === undefined ? {} : { lookup }),
  };
}

function describeRoute(decision: ProxyDecision): RouteReport {
  switch (decision.kind) {
    case "direct":
      return { kind: "direct", ...(decision.rule === undefined ? {} : { rule: decision.rule }) };
    case "proxy":
      return { kind: "proxy", proxy: redactUrl(decision.url), rule: decision.rule };
  }
}

async function attempt<T>(action: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: "done", value: await action() };
  } catch (error) {
    if (isPinionError(error) && error.code !== "net/cancelled") return { kind: "failed", error };
    throw error;
  }
}

/** As `net/connect` has it for commands (docs/network.md, "Timeouts"). */
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** Authorities answer at once, or not at all behind a firewall. */
const FETCH_TIMEOUT_MS = 3_000;
