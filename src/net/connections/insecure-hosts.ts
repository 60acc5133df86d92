// Hosts whose certificates the user chose not to verify (docs/network.md, "Insecure hosts"): exact rules, judged again for every
// address, redirects included.

import { formatHostPort } from "../../base/text/host-port.ts";
import { PinionError } from "../../errors.ts";
import { bareHost, portOf, shownValue } from "../url.ts";

export interface InsecureHost {
  /** Lower case, without brackets; `*` means every host. */
  readonly host: string;
  /** Undefined means every port. */
  readonly port: number | undefined;
  readonly scheme: "https" | "http" | undefined;
  /** Where it was written: `--allow-insecure-host`, `pip.conf:3`. */
  readonly origin: string;
}

/**
 * Reads `HOST`, `HOST:PORT`, `[::1]:PORT`, `https://HOST:PORT` or `*`.
 *
 * @throws `settings/invalid`
 */
export function parseInsecureHost(text: string, origin: string): InsecureHost {
  const value = text.trim();
  const invalid = (): PinionError =>
    new PinionError(
      "settings/invalid",
      `\`${origin}\` has a host that cannot be understood: \`${shownValue(text)}\``,
      {
        details: { origin },
        hints: ["write `HOST`, `HOST:PORT` or `[IPV6]:PORT`"],
      },
    );
  if (value === "*") return { host: "*", port: undefined, scheme: undefined, origin };
  const scheme = /^(https?):\/\//i.exec(value)?.[1]?.toLowerCase();
  const authority = scheme === undefined ? value : value.slice(scheme.length + 3).replace(/\/$/, "");
  // A lone IPv6 address needs no brackets here: its colons cannot mean a port.
  const bracketed = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(authority) ? `[${authority}]` : authority;
  const parts = /^(\[[^\]]+\]|[^:[\]/\\@?#\s]+)(?::(\d{1,5}))?$/.exec(bracketed);
  const url = parts === null ? undefined : tryParse(`https://${bracketed}/`);
  if (parts === null || url === undefined || url.hostname === "") throw invalid();
  const port = parts[2] === undefined ? undefined : Number(parts[2]);
  return {
    host: bareHost(url.hostname),
    port,
    scheme: scheme === "https" || scheme === "http" ? scheme : undefined,
    origin,
  };
}

/** The rule that takes a URL out of verification; undefined where none does. */
export function findInsecureHost(hosts: readonly InsecureHost[], url: URL): InsecureHost | undefined {
  const host = bareHost(url.hostname);
  const port = portOf(url);
  const scheme = url.protocol.slice(0, -1);
  return hosts.find(
    (rule) =>
      (rule.host === "*" || rule.host === host) &&
      (rule.port === undefined || rule.port === port) &&
      (rule.scheme === undefined || rule.scheme === scheme),
  );
}

/** As it is written in a message. */
export function formatInsecureHost(rule: InsecureHost): string {
  return rule.port === undefined ? rule.host : formatHostPort(rule.host, rule.port);
}

function tryParse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
