// The variables of a Python that is started: without what gives access to indexes, proxies and the shared cache. It may run code of
// packages (a build hook, a `.pth` file of its environment), which has no business with any of that.

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
  return OURS.test(name) ? value.split(" ").map(withoutLogin).join(" ") : value;
}

/** A word with a URL in it, without what stands before the URL's host. */
function withoutLogin(word: string): string {
  const start = word.indexOf("://") + "://".length;
  if (start < "://".length) return word;
  const length = word.slice(start).search(/[/?#]/);
  const end = length === -1 ? word.length : start + length;
  const at = word.lastIndexOf("@", end - 1);
  return at < start ? word : word.slice(0, start) + word.slice(at + 1);
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

const SECRETS: readonly RegExp[] = [
  /^(?:UV|PINION)_INDEX_.*(?:USERNAME|PASSWORD)$/,
  /^(?:UV|PINION)_(?:PUBLISH_|HTTP_BASIC_).*$/,
  /^PINION_CLIENT_KEY_PASSPHRASE$/,
  /^PINION_PROXY_(?:USERNAME|PASSWORD)$/,
  /^PINION_SHARED_CACHE(?:_MODE)?$/,
];
/** Of constraints, proxies and what else has a URL; the run's proxies reach a build under their common names. */
const OURS = /^(?:UV|PINION)_/;
/** pip's are left as they are: a `setup.py` may call pip. */
const INDEX_URLS = /^(?:UV|PINION)_(?:INDEX|INDEX_URL|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS)$/;
const KEYS_OF_SHARED_CACHE: readonly RegExp[] = [/^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/];
