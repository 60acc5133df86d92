// The query parameters of URLs that sign or authorise a request: the one list of them.

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

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals === -1) return parameter;
  const name = parameter.slice(0, equals);
  return SECRET_PARAMETERS.has(name.toLowerCase()) ? `${name}=${MASK}` : parameter;
}

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
