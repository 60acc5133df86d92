// A request in one line per step: what was seen, whether that is right, and how long it took.

import { isIP } from "node:net";

import { formatHostPort } from "../../base/text/host-port.ts";
import { formatSeconds } from "../../net/deadline.ts";
import { formatInsecureHost } from "../../net/connections/insecure-hosts.ts";
import { nameOfScheme } from "../../net/proxies/proxy-refusal.ts";
import { redactUrl } from "../../net/url.ts";
import type { Examination, ReadableCertificate, Step, StepName, StepStatus } from "../examine/examination.ts";
import type { Target } from "../examine/subject.ts";
import type { Walk } from "../examine/walk.ts";

type Described = Omit<Examination, "steps">;

/** Every step, also those that nothing came of. */
export function stepsOf(walk: Walk, described: Described): readonly Step[] {
  const steps = [
    settingsStep(walk, described),
    proxyStep(walk),
    lookupStep(walk, described),
    connectStep(walk, described),
    ...handshakeSteps(walk, described),
    ...requestSteps(walk, described),
  ];
  const failed = described.cause?.step;
  return steps.map((one) => (one.name === failed ? { ...one, status: "failed" } : one));
}

function settingsStep({ insecureHost, target }: Walk, { settings }: Described): Step {
  const named = settings.length === 0 ? "" : `${settings.length} set`;
  const origin = target.origin === undefined ? "" : `index from ${target.origin}`;
  const insecure =
    insecureHost === undefined ? "" : `commands do not verify ${formatInsecureHost(insecureHost)}`;
  const summary = [insecure, origin, named].filter((part) => part !== "").join("; ") || "defaults";
  return step("settings", insecureHost === undefined ? "passed" : "noted", summary);
}

function proxyStep({ route, logins }: Walk): Step {
  if (route.kind === "failed") return step("proxy", "failed", route.error.message);
  const { value } = route;
  switch (value.kind) {
    case "direct":
      return step("proxy", "passed", value.rule === undefined ? "none" : `none, because of ${value.rule}`);
    case "proxy": {
      const scheme = logins?.acceptedBy(value);
      const login = scheme === undefined ? "" : `, logged in by ${nameOfScheme(scheme)}`;
      return step(
        "proxy",
        "passed",
        `${redactUrl(value.url.origin === "null" ? value.url : value.url.origin)}, because of ${value.rule}${login}`,
      );
    }
  }
}

function lookupStep(walk: Walk, { addresses, cause }: Described): Step {
  const { endpoint, looked } = walk;
  if (isIP(endpoint.host) !== 0) return step("lookup", "passed", "not needed: this is an IP address");
  if (addresses !== undefined) {
    const lookupMs = looked?.observation.timings.lookupMs;
    const shown = addresses.slice(0, MAX_SHOWN).join(", ");
    const more = addresses.length > MAX_SHOWN ? ` and ${addresses.length - MAX_SHOWN} more` : "";
    return step("lookup", "passed", `${shown}${more}`, lookupMs);
  }
  if (cause?.step === "lookup") return step("lookup", "failed", cause.headline);
  return step("lookup", "skipped", isProxied(walk) ? "the proxy looks names up" : "not asked");
}

/** TCP, or the tunnel through a proxy. */
function connectStep(walk: Walk, { cause }: Described): Step {
  const { looked, endpoint } = walk;
  const name = isProxied(walk) ? "tunnel" : "connect";
  if (cause?.step === name || cause?.step === "tunnel") return step(name, "failed", cause.headline);
  if (looked === undefined) return step(name, "skipped", "not measured without TLS");
  const { outcome, address, timings } = looked.observation;
  if (outcome.kind === "unreachable") return step(name, "skipped", "not reached");
  const where =
    name === "tunnel"
      ? `to ${formatHostPort(endpoint.host, endpoint.port)}`
      : formatHostPort(address ?? endpoint.host, endpoint.port);
  return step(name, "passed", where, timings.connectMs);
}

function handshakeSteps(walk: Walk, described: Described): readonly Step[] {
  const { endpoint, looked, trustFailure } = walk;
  if (!endpoint.isTls)
    return [step("handshake", "noted", "no TLS: anyone on the network path can read and change this")];
  const { handshake } = described;
  if (looked === undefined || handshake === undefined) return [step("handshake", "skipped", "not reached")];
  const { handshakeMs } = looked.observation.timings;
  const renegotiation = handshake.lacksSecureRenegotiation === true ? NO_RENEGOTIATION : undefined;
  const parts = [handshake.protocol, handshake.cipher, handshake.group, handshake.alpn, renegotiation];
  const seen = parts.filter((part) => part !== undefined).join(", ");
  const isDone = handshake.outcome === "completed";
  // A server that sent its certificates has done its part, whatever it makes of ours.
  const status: StepStatus = isDone || described.chain.length > 0 ? "passed" : "failed";
  const words = isDone ? seen : [seen, endOf(handshake)].filter((part) => part !== "").join("; ");
  const first = step("handshake", status, words, handshakeMs);
  if (described.chain.length === 0) return [first];
  const trust =
    trustFailure === undefined ? trustStep(described) : step("trust", "failed", trustFailure.message);
  return [first, chainStep(described), trust, nameStep(described)];
}

function endOf({ outcome, plaintext, alerts, engineError }: NonNullable<Described["handshake"]>): string {
  if (outcome === "stalled") return "timed out";
  if (plaintext !== undefined) return `an answer without TLS: ${plaintext}`;
  if (alerts.length > 0) return `the server's alert ${alerts.join(", ")}`;
  return engineError === undefined ? "the connection ended" : "the connection was reset";
}

function chainStep({ chain, path }: Described): Step {
  const readable = chain.filter((certificate) => certificate.kind === "readable");
  const count = `${chain.length} ${chain.length === 1 ? "certificate" : "certificates"} sent`;
  const oddities = [
    ...tell(chain.length - readable.length, "cannot be read"),
    ...tell(countRole(readable, "repeated"), "sent twice"),
    ...tell(countRole(readable, "unneeded"), "not needed"),
    ...(isMisordered(readable, path) ? ["in another order than they sign"] : []),
  ];
  const links = path?.links ?? [];
  const missing = links
    .filter(({ from }) => from === "fetched")
    .map(({ subject }) => `\`${subject}\` is missing`);
  const isBad = links.some(
    ({ findings, signature, from }) =>
      from === "fetched" ||
      signature?.status === "bad" ||
      findings.some(({ severity, rule }) => severity === "refuse" && rule !== "host"),
  );
  const summary = [count, ...oddities, ...missing].join(", ");
  return step("chain", isBad ? "failed" : oddities.length > 0 ? "noted" : "passed", summary);
}

function trustStep({ path, trust }: Described): Step {
  const links = path?.links ?? [];
  const last = links.at(-1);
  if (last?.from !== "trusted") {
    const missing =
      last?.from === "missing" ? `\`${last.subject}\` is not trusted here` : "no path ends here";
    return step("trust", "failed", missing);
  }
  if (links.at(-2)?.signature?.status === "other-key")
    return step("trust", "failed", `the trusted \`${last.subject}\` is another one of that name`);
  const vouching = trust?.vouching ?? [];
  const from = vouching.length > 0 ? vouching.join(", ") : last.place;
  return step("trust", last.status === "noted" ? "noted" : "passed", `${last.subject} (${from})`);
}

function nameStep({ name }: Described): Step {
  if (name === undefined) return step("name", "skipped", "there is no certificate to compare with");
  const names = name.names.slice(0, MAX_SHOWN).join(", ");
  if (name.isMatch) return step("name", "passed", names === name.host ? names : `${name.host} by ${names}`);
  const more = name.names.length > MAX_SHOWN ? ` and ${name.names.length - MAX_SHOWN} more` : "";
  return step(
    "name",
    "failed",
    `${name.host} is not in ${names === "" ? "it: it names no host" : names}${more}`,
  );
}

function requestSteps({ answered, target }: Walk, { cause, http }: Described): readonly Step[] {
  const isIndex = target.kind === "index";
  if (answered === undefined) {
    const skipped = step("request", "skipped", "not asked");
    return [skipped, step("index", "skipped", "not asked")];
  }
  if (http === undefined)
    return [
      step("request", "failed", cause?.headline ?? "no answer", answered.durationMs),
      step("index", "skipped", "the server did not answer"),
    ];
  const offset = http.clockOffsetSeconds ?? 0;
  const isSkewed = Math.abs(offset) > MAX_CLOCK_OFFSET_SECONDS;
  const parts = [
    `${http.status}`,
    ...(http.redirects.length > 0 ? [`after ${http.redirects.length} redirects`] : []),
    ...(http.contentType === undefined ? [] : [http.contentType]),
    ...(http.server === undefined ? [] : [http.server]),
    ...(http.authentication.length > 0 ? [`authentication ${http.authentication.join(", ")}`] : []),
    ...(http.credentials === undefined ? [] : [`credentials from ${http.credentials}`]),
    ...(http.demandsLateCertificate === true ? [LATE_CERTIFICATE] : []),
    ...(isSkewed ? [`its clock differs by ${formatSeconds(offset * 1000)}`] : []),
  ];
  const isRefused = http.status >= 400 && target.kind !== "host";
  const request = step(
    "request",
    isRefused ? "failed" : isSkewed ? "noted" : "passed",
    parts.join(", "),
    answered.durationMs,
  );
  if (!isIndex && http.index === undefined) return [request, skippedIndex(target, http.status)];
  if (http.index === undefined && http.status >= 400 && http.status !== 404)
    return [request, step("index", "unknown", `not known: the server answered ${http.status}`)];
  if (http.index === undefined)
    return [request, step("index", "failed", http.title ?? "this is not a page of a package index")];
  const { format, apiVersion } = http.index;
  const version = apiVersion === undefined ? "" : `, API ${apiVersion}`;
  return [request, step("index", "passed", `Simple index, ${format.toUpperCase()}${version}`)];
}

/** Anything may be at a URL that is neither configured as an index nor looks like one. */
function skippedIndex({ kind, url }: Target, status: number): Step {
  if (kind === "host")
    return step("index", "skipped", "not looked for: a host was named, not the URL of an index");
  if (status >= 400) return step("index", "unknown", `not known: the server answered ${status}`);
  const suggestion = new URL("simple/", url.endsWith("/") ? url : `${url}/`).href;
  return step("index", "skipped", `not a page of a package index; most indexes are at ${suggestion}`);
}

function step(name: StepName, status: StepStatus, summary: string, durationMs?: number): Step {
  return { name, status, summary, ...(durationMs === undefined ? {} : { durationMs }) };
}

function isProxied({ route }: Walk): boolean {
  return route.kind === "done" && route.value.kind === "proxy";
}

function tell(count: number, words: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${words}`];
}

function countRole(chain: readonly ReadableCertificate[], role: ReadableCertificate["role"]): number {
  return chain.filter((certificate) => certificate.role === role).length;
}

/** RFC 5246 section 7.4.2 wants each certificate to certify the one before it. */
function isMisordered(chain: readonly ReadableCertificate[], path: Described["path"]): boolean {
  const order = (path?.links ?? [])
    .map((link) => chain.findIndex(({ fingerprint }) => fingerprint === link.certificate?.fingerprint))
    .filter((position) => position !== -1);
  return order.some((position, at) => at > 0 && position < (order[at - 1] ?? 0));
}

const MAX_SHOWN = 3;
const NO_RENEGOTIATION = "no secure renegotiation (RFC 5746)";
const LATE_CERTIFICATE = "demands the client certificate after the handshake";
/** Kerberos' usual tolerance (RFC 4120 section 1.6); certificates of inspecting proxies begin some minutes ago. */
const MAX_CLOCK_OFFSET_SECONDS = 300;
