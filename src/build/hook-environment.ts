// The environment of a hook: as uv gives it, with the trust and the proxies of this run, and without its secrets.

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
  { python, isIsolated }: { readonly python: Interpreter; readonly isIsolated: boolean },
): Env {
  const hidden = isIsolated ? [...SECRETS, ...OTHER_PYTHONS] : SECRETS;
  const env = Object.fromEntries(
    Object.entries(inherited).filter(([name]) => !hidden.some((pattern) => pattern.test(name))),
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

/** What gives access to indexes: a build has no business with it. */
const SECRETS: readonly RegExp[] = [
  /^(?:UV|PINION)_INDEX_.*(?:USERNAME|PASSWORD)$/,
  /^(?:UV|PINION)_(?:PUBLISH_|HTTP_BASIC_).*$/,
  /^PINION_CLIENT_KEY_PASSPHRASE$/,
];
/** What would lead an isolated build's Python to packages of another. */
const OTHER_PYTHONS: readonly RegExp[] = [/^PYTHONPATH$/, /^PYTHONHOME$/, /^__PYVENV_LAUNCHER__$/];
