// How a session builds source trees: the builder of the room `build`, with this session's network, trust and events.

import { availableParallelism } from "node:os";

import { createBuilder, type Builder } from "../../build/builder.ts";
import type { Provision } from "../../build/tools.ts";
import { fetchesLargeFiles } from "../../git/large-files.ts";
import { isUnverified } from "../../net/protection.ts";
import type { ProxySetting, ProxySettings } from "../../net/proxies/proxy.ts";
import { redactUrl } from "../../net/url.ts";
import type { Target } from "../../pep/tags/tags.ts";
import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import { archiveMemory, withArchive } from "../../sources/fetching/fetch-archive.ts";
import type { Store } from "../../store/store.ts";
import { writeChildTrust } from "../../trust/children.ts";
import { isBuildForbidden, settingsOfBuilds, type PlannedBuilds } from "./planned-builds.ts";
import type { OnEvent } from "../events.ts";
import { fromFetchEvent, type Network } from "../network.ts";
import type { IndexLocation } from "../../registry/indexes/locations.ts";
import type { InstallerOptions } from "../options.ts";

export interface BuilderContext {
  readonly options: InstallerOptions;
  readonly store: Store;
  readonly network: Network;
  /** The Python that builds. */
  readonly python: Interpreter;
  /** What the wheels are for. */
  readonly target: Target;
  readonly builds: PlannedBuilds;
  /** Where what builds require comes from. */
  readonly indexes: readonly IndexLocation[];
  readonly provision: Provision;
  readonly onEvent: OnEvent;
}

/** Opens a builder; nothing is made before something has to be built. */
export function openBuilder(context: BuilderContext): Builder {
  const { options, store, network, python, target, builds, indexes, provision, onEvent } = context;
  const isOffline = options.network?.isOffline === true;
  const allowsInsecureCredentials = options.network?.allowInsecureCredentials === true;
  const isPlainHttpByProject = isOfProject(proxiesOfChildren(options.network?.proxy).http);
  let env: Promise<Readonly<Record<string, string | undefined>>> | undefined;
  const memory = archiveMemory();
  return createBuilder({
    store,
    python,
    target,
    env: () => (env ??= childEnvironment(options, { network, store })),
    provision,
    withArchive: (source, archiveOptions, use) =>
      withArchive(
        source,
        {
          client: network.client,
          store,
          isOffline,
          shared: network.shared,
          memory,
          onEvent: (event) => onEvent(fromFetchEvent(event)),
        },
        archiveOptions,
        use,
      ),
    protection: () => network.client.weakest,
    // ssh verifies by itself, and a local repository is the user's own.
    protectionOf: (url) => {
      const protection = /^(?:ssh|file):/.test(url) ? "verified" : network.client.protectionOf(url);
      if (isUnverified(protection) && url.startsWith("https:"))
        onEvent({
          kind: "warning",
          message: `Certificate verification is disabled for the Git repository \`${redactUrl(url)}\`${allowsInsecureCredentials ? "" : ", and no credentials are sent there"}`,
        });
      if (isPlainHttpByProject && url.startsWith("http:") && !allowsInsecureCredentials)
        onEvent({
          kind: "warning",
          message: `No credentials are sent to the Git repository \`${redactUrl(url)}\`: a project's file names the proxy for plain HTTP`,
        });
      return protection;
    },
    directory: options.directory,
    allowsInsecureCredentials,
    isPlainHttpByProject,
    policy: {
      ...settingsOfBuilds(builds, { ...options, indexes }),
      fetchesLargeFiles: fetchesLargeFiles(options.env ?? {}),
      forbidden: (name) => isBuildForbidden(builds, name),
      guard: options.builds?.guard,
      timeoutMs: options.builds?.timeoutMs,
    },
    examineServer: isOffline
      ? undefined
      : async (server, signal) =>
          await (await import("./examine-server.ts")).examineServer(server, { options, signal }),
    concurrency: options.builds?.concurrency ?? availableParallelism(),
    isOffline,
    silenceTimeoutMs: options.network?.silenceTimeoutMs,
    isCacheShared: options.sharedCache !== undefined,
    onEvent,
    signal: undefined,
  });
}

/** The variables of the run, with its trust and its proxies under the names that other programs read. */
async function childEnvironment(
  { env = {}, network = {} }: InstallerOptions,
  { network: { trust }, store }: { readonly network: Network; readonly store: Store },
): Promise<Readonly<Record<string, string | undefined>>> {
  const { env: trusted } = await writeChildTrust(trust, store.directory);
  return { ...env, ...trusted, ...proxyVariables(network.proxy), ...proxyLoginVariables(network.proxy) };
}

/** The proxies that child processes are given: in the order in which our own requests choose theirs. */
function proxiesOfChildren({ all, https, http }: ProxySettings = {}): Pick<ProxySettings, "https" | "http"> {
  return { https: all ?? https, http: all ?? http };
}

/** Git offers a ticket of Kerberos, or the login to Windows, to whichever proxy asks; with Basic it sends what stands in the URL. */
function proxyLoginVariables(settings: ProxySettings | undefined): Readonly<Record<string, string>> {
  const { https, http } = proxiesOfChildren(settings);
  return isOfProject(https) || isOfProject(http) ? { GIT_HTTP_PROXY_AUTHMETHOD: "basic" } : {};
}

function isOfProject(proxy: ProxySetting | undefined): boolean {
  return proxy?.isOfProject === true && proxy.value.trim() !== "";
}

function proxyVariables(settings: ProxySettings = {}): Readonly<Record<string, string>> {
  const { https, http } = proxiesOfChildren(settings);
  const values = {
    HTTPS_PROXY: https?.value,
    HTTP_PROXY: http?.value,
    NO_PROXY: settings.noProxy?.value,
  };
  // Programs differ in which case they read; curl takes `http_proxy` in lower case only.
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [name, name.toLowerCase()].map((spelling) => [spelling, value]),
    ),
  );
}
