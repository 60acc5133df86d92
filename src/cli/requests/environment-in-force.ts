// What decides about connections and is not a setting: variables of proxies and certificates that many programs read, and
// the hosts of netrc. Nothing secret is shown.

import { join } from "node:path";

import { readFileWithin } from "../../base/files/small-file.ts";
import { isPinionError } from "../../errors.ts";
import { MAX_NETRC_BYTES, parseNetrc } from "../../net/credentials/netrc.ts";
import { redactUrl, shownValue } from "../../net/url.ts";
import type { CommandContext } from "../grammar/command.ts";

export interface NetrcHosts {
  readonly path: string;
  /** In their order, `default` for the entry without a machine. */
  readonly hosts: readonly string[];
  /** What is wrong with the file. */
  readonly problem?: string;
}

/** The variables that are set, without passwords. */
export function variablesInForce({
  env,
}: Pick<CommandContext, "env">): readonly { readonly name: string; readonly value: string }[] {
  return VARIABLES.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === "" ? [] : [{ name, value: shownValue(redactUrl(value)) }];
  });
}

/** The netrc file that credentials are looked for in; undefined where there is none. */
export function netrcInForce({ env, home }: Pick<CommandContext, "env" | "home">): NetrcHosts | undefined {
  const named = env["NETRC"];
  const paths = named === undefined || named === "" ? [join(home, ".netrc"), join(home, "_netrc")] : [named];
  for (const path of paths) {
    let text: string;
    try {
      text = readFileWithin(path, MAX_NETRC_BYTES).toString();
    } catch {
      continue;
    }
    try {
      return { path, hosts: parseNetrc(text, path).map(({ machine }) => machine ?? "default") };
    } catch (error) {
      if (!isPinionError(error)) throw error;
      return { path, hosts: [], problem: error.message };
    }
  }
  return undefined;
}

const VARIABLES: readonly string[] = [
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "PIP_CERT",
  "NODE_EXTRA_CA_CERTS",
  "https_proxy",
  "HTTPS_PROXY",
  "http_proxy",
  "HTTP_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
];
