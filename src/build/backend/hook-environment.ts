// The environment of a hook: as uv gives it, with the trust and the proxies of this run, and without its secrets. What other
// programs read stays, since a build may start them: pip's variables, netrc, and the URLs of proxies.

import { delimiter, dirname } from "node:path";

import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import { withoutSecrets } from "../../python/interpreters/without-secrets.ts";

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
    variables = {},
  }: {
    readonly python: Interpreter;
    readonly isIsolated: boolean;
    /** The run has a shared cache, whose keys are not the build's. */
    readonly isCacheShared?: boolean | undefined;
    /** What settings say for this build: they count before what is inherited, but for the run's trust and proxies. */
    readonly variables?: Readonly<Record<string, string>> | undefined;
  },
): Env {
  const shown = Object.entries(withoutSecrets(inherited, { isCacheShared }));
  const env = Object.fromEntries(
    isIsolated ? shown.filter(([name]) => !OTHER_PYTHONS.some((pattern) => pattern.test(name))) : shown,
  );
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const scripts = python.isVirtual ? python.scheme.scripts : dirname(python.executable);
  const inForce = new Set(
    Object.keys(inherited).flatMap((name) => (inherited[name] === undefined ? [] : [name.toUpperCase()])),
  );
  const said = Object.entries(variables).filter(
    ([name]) => !OF_THE_RUN.test(name) || !inForce.has(name.toUpperCase()),
  );
  const paths = [scripts, variables[pathName] ?? "", env[pathName] ?? ""];
  return {
    ...env,
    ...Object.fromEntries(said),
    [pathName]: paths.filter((part) => part !== "").join(delimiter),
    ...(python.isVirtual ? { VIRTUAL_ENV: python.prefix } : { VIRTUAL_ENV: undefined }),
    PYTHONIOENCODING: "utf-8:backslashreplace",
    ...(isIsolated ? { PYTHONNOUSERSITE: "1" } : {}),
  };
}

/** What would lead an isolated build's Python to packages of another. */
const OTHER_PYTHONS: readonly RegExp[] = [/^PYTHONPATH$/, /^PYTHONHOME$/, /^__PYVENV_LAUNCHER__$/];
/**
 * What the run has decided already: a project's settings may choose variables, but not whom to trust on which way. In any letter
 * case, since systems and programs take either for the other.
 */
const OF_THE_RUN =
  /^(?:CURL_CA_BUNDLE|GIT_SSL_CAINFO|NODE_EXTRA_CA_CERTS|PIP_CERT|REQUESTS_CA_BUNDLE|SSL_CERT_FILE|HTTPS?_PROXY|NO_PROXY|GIT_HTTP_PROXY_AUTHMETHOD)$/i;
