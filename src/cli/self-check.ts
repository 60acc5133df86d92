// What this machine has of what Pinion can use: looked at without a connection and without changing anything.

import { statSync, statfsSync } from "node:fs";

import type { Connections } from "../api/network.ts";
import { isPinionError, PinionError } from "../errors.ts";
import { git } from "../git/git-command.ts";
import { existingAncestor } from "../install/mirrors.ts";
import { redactUrl } from "../net/url.ts";
import { parseRemoteLocation } from "../remote/location.ts";
import { cacheFault } from "../store/cache/cache-owner.ts";
import type { CommandContext } from "./grammar/command.ts";
import { findBuildPython } from "./requests/find-destination.ts";
import { cacheDirectory, installerOptions } from "./requests/installer-options.ts";
import { formatBytes } from "./screen/text.ts";
import { withConnections } from "./with-connections.ts";

/** One thing that was looked at. */
export interface SelfCheck {
  readonly name: string;
  /** `missing`: something does not work without it. `off`: not used here. `failed`: nothing works. */
  readonly status: "ok" | "missing" | "off" | "failed";
  /** What was found; a phrase. */
  readonly detail: string;
  /** What does not work, or what to do. */
  readonly consequence?: string | undefined;
}

/** Looks at everything; what goes wrong is a result. */
export function checkSelf(context: CommandContext): Promise<readonly SelfCheck[]> {
  return withConnections(context, (connections) => checkEverything(context, connections));
}

async function checkEverything(
  context: CommandContext,
  connections: Connections,
): Promise<readonly SelfCheck[]> {
  return [
    checkNode(),
    await checkPython(context),
    await checkGit(context),
    checkCache(context),
    ...checkTrust(connections),
    ...checkProxies(context),
    checkIndexes(connections),
    checkSharedCache(context),
  ];
}

function checkNode(): SelfCheck {
  const { node, openssl } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const isNewEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const detail = `${node} with OpenSSL ${openssl}, ${process.platform} ${process.arch}`;
  return isNewEnough
    ? { name: "Node.js", status: "ok", detail }
    : {
        name: "Node.js",
        status: "failed",
        detail,
        consequence: `Pinion needs ${MIN_NODE.join(".")} or later`,
      };
}

async function checkPython(context: CommandContext): Promise<SelfCheck> {
  try {
    const { version, executable } = await findBuildPython(context);
    return { name: "Python", status: "ok", detail: `${version.text} at ${executable}` };
  } catch (error) {
    if (!(error instanceof PinionError)) throw error;
    const consequence =
      "Environments and builds need one; wheels into a folder with a target platform do not";
    return { name: "Python", status: "missing", detail: error.message, consequence };
  }
}

async function checkGit({ env, cwd, signal }: CommandContext): Promise<SelfCheck> {
  try {
    const printed = await git(["--version"], cwd, { env, signal });
    return { name: "Git", status: "ok", detail: printed.trim() };
  } catch (error) {
    if (!isPinionError(error, "git/not-found") && !isPinionError(error, "git/failed")) throw error;
    return {
      name: "Git",
      status: "missing",
      detail: error.message,
      consequence: "`git+` requirements need it",
    };
  }
}

function checkCache(context: CommandContext): SelfCheck {
  const directory = cacheDirectory(context);
  const fault = cacheFault(directory);
  if (fault !== undefined) {
    const consequence = "Every run uses a temporary cache, and downloads everything again";
    return { name: "Cache", status: "missing", detail: `${directory} ${fault}`, consequence };
  }
  const place = existingAncestor(directory);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const detail = `${directory}, ${formatBytes(free)} free`;
  if (free < LOW_SPACE_BYTES)
    return { name: "Cache", status: "missing", detail, consequence: "Large wheels may not fit" };
  if (statSync(place).dev !== statSync(existingAncestor(context.cwd)).dev) {
    const consequence =
      "The cache is on another file system than the working folder: files are copied, not linked";
    return { name: "Cache", status: "ok", detail, consequence };
  }
  return { name: "Cache", status: "ok", detail };
}

function checkTrust({ trust }: Connections): readonly SelfCheck[] {
  try {
    const sources = trust.describe().map(({ source, count }) => `${source} (${count})`);
    const found = { name: "Trust", status: "ok", detail: sources.join(", ") } as const;
    const warnings = trust.warnings.map((detail) => ({ name: "Trust", status: "missing", detail }) as const);
    return [found, ...warnings];
  } catch (error) {
    if (!(error instanceof PinionError)) throw error;
    const consequence = "No TLS server can be verified";
    return [{ name: "Trust", status: "failed", detail: error.message, consequence }];
  }
}

function checkProxies(context: CommandContext): readonly SelfCheck[] {
  const { proxy = {} } = installerOptions(context, () => undefined).network ?? {};
  const { all, https, http, fallback, noProxy } = proxy;
  const used = [all, https, http, fallback]
    .filter((setting) => setting !== undefined)
    .map(({ value, origin }) => `${redactUrl(value)} (${origin})`);
  if (used.length === 0) return [{ name: "Proxy", status: "off", detail: "none is set" }];
  const exceptions = noProxy === undefined ? [] : [`not for ${noProxy.value}`];
  return [{ name: "Proxy", status: "ok", detail: [...new Set(used), ...exceptions].join(", ") }];
}

function checkIndexes({ indexes }: Connections): SelfCheck {
  const urls = indexes.map(({ url }) => redactUrl(url));
  const consequence = "`pinion doctor` looks at how they answer";
  return urls.length === 0
    ? { name: "Indexes", status: "off", detail: "none" }
    : { name: "Indexes", status: "ok", detail: urls.join(", "), consequence };
}

function checkSharedCache(context: CommandContext): SelfCheck {
  const { env } = context;
  const name = "Shared cache";
  const url = installerOptions(context, () => undefined).sharedCache?.url;
  if (url === undefined) return { name, status: "off", detail: "none is set" };
  const detail = redactUrl(url);
  try {
    const { kind } = parseRemoteLocation(url);
    const lacksKeys = (env["AWS_ACCESS_KEY_ID"] ?? "") === "" || (env["AWS_SECRET_ACCESS_KEY"] ?? "") === "";
    if (kind !== "s3" || !lacksKeys) return { name, status: "ok", detail };
    const consequence = "It is not used: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are not set";
    return { name, status: "missing", detail, consequence };
  } catch (error) {
    if (!(error instanceof PinionError)) throw error;
    return { name, status: "failed", detail: error.message };
  }
}

/** As package.json says. */
const MIN_NODE = [20, 19] as const;
/** The largest wheels of PyPI unpack to some gigabytes. */
const LOW_SPACE_BYTES = 1024 ** 3;
