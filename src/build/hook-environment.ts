// The environment of a hook: as uv gives it, with the trust and the proxies of this run, and without its secrets. What other
// programs read stays, since a build may start them: pip's variables, netrc, and the URLs of proxies.

import { delimiter, dirname } from "node:path";

import type { Interpreter } from "../python/interpreter.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The variables of a process that builds with a Python.
 *
 * @param inherited the environment of this run, with its trust and proxies
 */
export function hookEnvironment(
  inherited: Env,
  {
    python,
    isIsolated,
    isCacheShared = false,
  }: {
    readonly python: Interpreter;
    readonly isIsolated: boolean;
    /** The run has a shared cache, whose keys are not the build's. */
    readonly isCacheShared?: boolean | undefined;
  },
): Env {
  const hidden = [
    ...SECRETS,
    ...(isIsolated ? OTHER_PYTHONS : []),
    ...(isCacheShared ? KEYS_OF_SHARED_CACHE : []),
  ];
  const env = Object.fromEntries(
    Object.entries(inherited)
      .filter(([name]) => !hidden.some((pattern) => pattern.test(name)))
      .map(([name, value]) => [name, INDEX_URLS.test(name) ? value && withoutLogins(value) : value]),
  );
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const scripts = python.isVirtual ? python.scheme.scripts : dirname(python.executable);
  return {
    ...env,
    [pathName]: [scripts, env[pathName] ?? ""].filter((part) => part !== "").join(delimiter),
    ...(python.isVirtual ? { VIRTUAL_ENV: python.prefix } : { VIRTUAL_ENV: undefined }),
    PYTHONIOENCODING: "utf-8:backslashreplace",
    ...(isIsolated ? { PYTHONNOUSERSITE: "1" } : {}),
  };
}

/** URLs of indexes, separated by white space and perhaps after a name, without what stands before their hosts. */
function withoutLogins(value: string): string {
  return value
    .split(/\s+/)
    .map((entry) => {
      const [prefix = ""] = /^[A-Za-z0-9][A-Za-z0-9._-]*=/.exec(entry) ?? [];
      const text = entry.slice(prefix.length);
      if (!text.includes("@")) return entry;
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !/^(?:https?|file):$/.test(url.protocol)) return "";
      url.username = "";
      url.password = "";
      return `${prefix}${url.href}`;
    })
    .filter((entry) => entry !== "")
    .join(" ");
}

/** What gives access to indexes: a build has no business with it. */
const SECRETS: readonly RegExp[] = [
  /^(?:UV|PINION)_INDEX_.*(?:USERNAME|PASSWORD)$/,
  /^(?:UV|PINION)_(?:PUBLISH_|HTTP_BASIC_).*$/,
  /^PINION_CLIENT_KEY_PASSPHRASE$/,
  /^PINION_PROXY_(?:USERNAME|PASSWORD)$/,
  /^PINION_SHARED_CACHE(?:_MODE)?$/,
];
/** pip's are left as they are: a `setup.py` may call pip. */
const INDEX_URLS = /^(?:UV|PINION)_(?:INDEX|INDEX_URL|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS)$/;
const KEYS_OF_SHARED_CACHE: readonly RegExp[] = [/^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/];
/** What would lead an isolated build's Python to packages of another. */
const OTHER_PYTHONS: readonly RegExp[] = [/^PYTHONPATH$/, /^PYTHONHOME$/, /^__PYVENV_LAUNCHER__$/];
