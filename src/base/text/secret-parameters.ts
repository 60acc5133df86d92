// The query parameters of URLs that sign or authorise a request: the one list of them, and what is kept of URLs with them.

/**
 * The URL, or the part of it from its path on, with the values of its secret query parameters masked: what is printed,
 * reported and recorded of it.
 */
export function hideSecretParameters(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return url;
  const hash = url.indexOf("#", start);
  const end = hash === -1 ? url.length : hash;
  const parameters = url
    .slice(start + 1, end)
    .split("&")
    .map(redactParameter);
  return `${url.slice(0, start + 1)}${parameters.join("&")}${url.slice(end)}`;
}

/**
 * A URL as it is recorded: without signatures and tokens, and without names of variables, since `pip freeze` of whatever installer
 * writes it into a requirements file, where they would be filled in and sent.
 */
export function recordedUrl(url: string): string {
  return hideSecretParameters(url).replaceAll("${", "$%7B");
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals === -1) return parameter;
  const name = parameter.slice(0, equals);
  const isSecret = SECRET_PARAMETERS.has(name.toLowerCase()) || hasLogin(parameter.slice(equals + 1));
  return isSecret ? `${name}=${MASK}` : parameter;
}

/** Whether a value is itself a URL with a login before its host, such as the `endpoint` of a store. */
function hasLogin(value: string): boolean {
  const mark = AFTER_SCHEME.exec(value);
  if (mark === null) return false;
  const rest = value.slice(mark.index + mark[0].length);
  const end = rest.search(SLASH);
  return AT.test(end === -1 ? rest : rest.slice(0, end));
}

/** Each as it is or percent-encoded. */
const AFTER_SCHEME = /(?::|%3a)(?:\/|%2f){2}/i;
const SLASH = /\/|%2f/i;
const AT = /@|%40/;

const MASK = "****";

// What object stores and forges put into the URLs that they redirect to: AWS and Google signatures, Azure SAS,
// CloudFront, and tokens by their usual names.
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-security-token",
  "x-amz-credential",
  "x-goog-signature",
  "x-goog-credential",
  "signature",
  "policy",
  "sig",
  "token",
  "access_token",
  "private_token",
  "job_token",
  "auth",
  "api_key",
  "apikey",
  "key",
  "secret",
  "password",
]);
