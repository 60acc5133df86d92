// The variables of a Python that is started: without what gives access to indexes, proxies and the shared cache. It may run code of
// packages (a build hook, a `.pth` file of its environment), which has no business with any of that.

import { hideSecretParameters } from "../../base/text/secret-parameters.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Variables without this run's secrets.
 *
 * @param isCacheShared whether the keys of a shared cache are hidden too
 */
export function withoutSecrets(env: Env, { isCacheShared }: { readonly isCacheShared: boolean }): Env {
  const hidden = [...SECRETS, ...(isCacheShared ? KEYS_OF_SHARED_CACHE : [])];
  return Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !hidden.some((pattern) => pattern.test(name)))
      .map(([name, value]) => [name, value && shownAs(name, value)]),
  );
}

function shownAs(name: string, value: string): string {
  if (INDEX_URLS.test(name)) return withoutLogins(value);
  if (PROXIES.test(name)) return withoutProxyLogin(value);
  return OURS.test(name) ? value.split(/(\s+)/).map(withoutLogin).join("") : value;
}

/** A word with URLs in it, without what stands before the host of each, and with the secrets of their queries masked. */
function withoutLogin(word: string): string {
  if (!word.includes("://")) return word;
  return withoutUserinfo(word).split(BETWEEN_URLS).map(hideSecretParameters).join(",");
}

function withoutUserinfo(word: string): string {
  let shown = "";
  let left = word;
  for (let mark = left.indexOf("://"); mark !== -1; mark = left.indexOf("://")) {
    const start = mark + "://".length;
    shown += left.slice(0, start);
    left = left.slice(start);
    const length = left.search(/[/?#]/);
    const authority = length === -1 ? left : left.slice(0, length);
    // A password may hold what ends a host: then nothing is shown before the last sign that may end the password.
    const at = HOST.test(authority) ? -1 : (authority.includes("@") ? authority : left).lastIndexOf("@");
    left = left.slice(at + 1);
  }
  return shown + left;
}

/** A proxy needs no scheme before its login. */
function withoutProxyLogin(value: string): string {
  return value.includes("://") ? withoutLogin(value) : value.slice(value.lastIndexOf("@") + 1);
}

/** URLs of indexes, separated by white space and perhaps after a name; what has a login of another form is left out. */
function withoutLogins(value: string): string {
  return value
    .split(/\s+/)
    .filter((entry) => entry !== "" && (entry.includes("://") || !entry.includes("@")))
    .map(withoutLogin)
    .join(" ");
}

const SECRETS: readonly RegExp[] = [
  /^(?:UV|PINION)_INDEX_.*(?:USERNAME|PASSWORD)$/,
  /^(?:UV|PINION)_(?:PUBLISH_|HTTP_BASIC_).*$/,
  /^PINION_CLIENT_KEY_PASSPHRASE$/,
  /^PINION_PROXY_(?:USERNAME|PASSWORD)$/,
  /^PINION_SHARED_CACHE(?:_MODE)?$/,
  /^PINION_EXTRA_BUILD_VARIABLES$/,
];
/** Of constraints and what else has a URL. */
const OURS = /^(?:UV|PINION)_/;
/** The run's proxies reach a build under their common names. */
const PROXIES = /^(?:UV|PINION)_(?:HTTPS?_)?PROXY$/;
/** pip's are left as they are: a `setup.py` may call pip. */
const INDEX_URLS = /^(?:UV|PINION)_(?:INDEX|INDEX_URL|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS)$/;
const KEYS_OF_SHARED_CACHE: readonly RegExp[] = [/^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/];
const BETWEEN_URLS = /,(?=[a-z][a-z0-9+.-]*:\/\/)/i;
/** A host and perhaps a port, without a login. */
const HOST = /^(?:\[[^\]@]*\]|[^:@]*)(?::\d+)?$/;
