// Walks the way of a request to one URL, and stops at nothing: what fails is written down, and the next step is
// looked at as far as it can be (docs/doctor.md).

import type { Walk, Attempt } from "./walk.ts";
import { isPinionError, type PinionError } from "../../errors.ts";
import type { ClientSettings } from "../../net/client-settings.ts";
import { connectOptionsFor } from "../../net/connections/connect-options.ts";
import { throwIfCancelled } from "../../base/work/cancelled.ts";
import { lookupBySystem, type Lookup } from "../../net/connections/dial.ts";
import type { FetchIssuer } from "../../net/connections/intermediates.ts";
import { createIssuerFetcher, firstWayTo, type SenderSettings } from "../../net/http/send.ts";
import { findInsecureHost } from "../../net/connections/insecure-hosts.ts";
import type { ProxyDecision, ProxyRoute } from "../../net/proxies/proxy.ts";
import { ProxyLogins } from "../../net/proxies/proxy-login.ts";
import { nameOfScheme } from "../../net/proxies/proxy-refusal.ts";
import { endpointOf, redactUrl, type Endpoint } from "../../net/url.ts";
import type { TrustStore } from "../../trust/store.ts";
import { tryParseCertificate } from "../../x509/certificates/certificate.ts";
import { askServer } from "./ask.ts";
import { describeName, describePath, describeSent } from "../report/describe-chain.ts";
import { diagnose } from "./diagnose.ts";
import type { Examination, RouteReport, SettingReport } from "./examination.ts";
import { judgeChain, judgeSources, type ChainFacts } from "./judge-chain.ts";
import { describeHandshake, lookAt, recordingLookup, type Looked } from "./look.ts";
import { reportClients } from "./other-clients.ts";
import { stepsOf } from "../report/steps.ts";
import type { Target } from "./subject.ts";

/** A client's settings, as commands connect with them, and what to show of the configuration. */
export interface ExamineOptions extends Omit<ClientSettings, "userAgent" | "retries" | "onEvent"> {
  readonly settings?: readonly SettingReport[] | undefined;
  /** Of HTTP requests; `pinion` by default. */
  readonly userAgent?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Examines one URL. Whatever the network, the server and the settings do becomes part of the examination.
 *
 * @throws `net/cancelled` where the signal ends it
 */
export async function examine(target: Target, options: ExamineOptions): Promise<Examination> {
  const endpoint = endpointOf(target.address);
  const time = new Date();
  const recording = recordingLookup(options.lookup);
  const settings = senderSettings(options, recording.lookup);
  const route = await attempt(() => firstWayTo(target.address, settings));
  const issuers = createIssuerFetcher({
    ...settings,
    lookup: options.lookup ?? lookupBySystem,
    connectTimeoutMs: FETCH_TIMEOUT_MS,
    silenceTimeoutMs: FETCH_TIMEOUT_MS,
  });
  const { signal } = options;
  const looked = await look(target.address, { route, settings, fetch: issuers.fetch }, signal);
  throwIfCancelled(options.signal);
  const trustFailure = endpoint.isTls ? trustFailureOf(options.trust, endpoint) : undefined;
  const sent = looked?.observation.chain ?? [];
  try {
    const facts: ChainFacts = { sent, host: endpoint.host, port: endpoint.port, trust: options.trust, time };
    const judged = sent.length === 0 ? undefined : await judgeChain(facts, issuers.fetch, signal);
    const mayAsk =
      route.kind === "done" && (looked === undefined ? !endpoint.isTls : looked.refusal === undefined);
    const answered = mayAsk ? await askServer(target, settings, signal) : undefined;
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
      logins: settings.logins,
    };
    return report(walk, facts, options.settings ?? []);
  } finally {
    issuers.close();
  }
}

function report(walk: Walk, facts: ChainFacts, settings: readonly SettingReport[]): Examination {
  const { target, route, addresses, looked, judged, answered, endpoint, logins } = walk;
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
    ...(route.kind === "done" ? { route: describeRoute(route.value, logins) } : {}),
    ...(addresses === undefined ? {} : { addresses }),
    ...(handshake === undefined ? {} : { handshake }),
    greetings: looked?.greetings ?? [],
    chain: describeSent(facts.sent, path),
    ...(path === undefined ? {} : { path }),
    ...(trust === undefined ? {} : { trust }),
    fetched: judged?.fetched ?? [],
    ...(leaf === undefined ? {} : { name: describeName(leaf, endpoint.host, path) }),
    ...(answered?.http === undefined ? {} : { http: answered.http }),
    clients: reportClients(facts, {
      lacksSecureRenegotiation: handshake?.lacksSecureRenegotiation === true,
      demandsLateCertificate: answered?.http?.demandsLateCertificate === true,
    }),
  };
  return { ...described, steps: stepsOf(walk, described) };
}

async function look(
  address: URL,
  way: {
    readonly route: Attempt<ProxyDecision>;
    readonly settings: SenderSettings;
    readonly fetch: FetchIssuer;
  },
  signal: AbortSignal | undefined,
): Promise<Looked | undefined> {
  const { route, settings, fetch } = way;
  const endpoint = endpointOf(address);
  if (route.kind === "failed" || !endpoint.isTls) return undefined;
  return lookAt(endpoint, {
    ...connectOptionsFor(address, settings),
    // The doctor verifies also what commands are configured not to.
    verification: "on",
    route: route.value,
    ...(settings.fetchesIntermediates === true ? { fetchIssuer: fetch } : {}),
    signal,
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

function senderSettings(options: ExamineOptions, lookup: Lookup): SenderSettings {
  const { settings: _, signal: __, userAgent = "pinion", ...network } = options;
  return { logins: new ProxyLogins(), ...network, userAgent, lookup };
}

function describeRoute(decision: ProxyDecision, logins: ProxyLogins | undefined): RouteReport {
  switch (decision.kind) {
    case "direct":
      return { kind: "direct", ...(decision.rule === undefined ? {} : { rule: decision.rule }) };
    case "proxy":
      return {
        kind: "proxy",
        proxy: redactUrl(decision.url),
        rule: decision.rule,
        ...loginAt(decision, logins),
      };
  }
}

function loginAt(route: ProxyRoute, logins: ProxyLogins | undefined): Pick<RouteReport, "login"> {
  const scheme = logins?.acceptedBy(route);
  return scheme === undefined ? {} : { login: nameOfScheme(scheme) };
}

async function attempt<T>(action: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: "done", value: await action() };
  } catch (error) {
    if (isPinionError(error) && error.code !== "net/cancelled") return { kind: "failed", error };
    throw error;
  }
}

/** Authorities answer at once, or not at all behind a firewall. */
const FETCH_TIMEOUT_MS = 3_000;
