// Where a shared store is, from its setting: `s3://bucket/prefix?endpoint=URL&region=NAME` or `oci://host/repository`.

import { PinionError } from "../errors.ts";
import { credentialsInUrl, type Credentials } from "../net/credentials/auth.ts";
import { isLoopback, redactUrl } from "../net/url.ts";

export type RemoteLocation = S3Location | OciLocation;

export interface S3Location {
  readonly kind: "s3";
  readonly bucket: string;
  /** Without slashes at its ends; empty for none. */
  readonly prefix: string;
  /** Of an S3-compatible server; undefined means Amazon's own. */
  readonly endpoint: URL | undefined;
  readonly region: string | undefined;
}

export interface OciLocation {
  readonly kind: "oci";
  /** The registry: `https://registry.corp.example:5000`. */
  readonly registry: URL;
  /** `team/pinion-cache` */
  readonly repository: string;
  /** What stood in the URL. */
  readonly credentials: Credentials | undefined;
}

/**
 * Reads the setting of a shared store. Plain HTTP is spoken only with this machine: `?insecure` is not offered.
 *
 * @throws `settings/invalid`
 */
export function parseRemoteLocation(text: string): RemoteLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "s3:") return parseS3(url);
  if (url?.protocol === "oci:") return parseOci(url);
  throw invalid(text, "expected `s3://bucket/prefix` or `oci://host/repository`");
}

function parseS3(url: URL): S3Location {
  const { searchParams } = url;
  for (const key of searchParams.keys()) {
    if (key !== "endpoint" && key !== "region") throw invalid(url.href, `unknown parameter \`${key}\``);
  }
  if (!BUCKET.test(url.hostname)) throw invalid(url.href, "the bucket's name is not valid");
  const endpoint = searchParams.get("endpoint") ?? undefined;
  return {
    kind: "s3",
    bucket: url.hostname,
    prefix: trimSlashes(decodedPath(url)),
    endpoint: endpoint === undefined ? undefined : parseEndpoint(endpoint),
    region: searchParams.get("region") ?? undefined,
  };
}

function decodedPath({ href, pathname }: URL): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    throw invalid(href, "its path is not valid");
  }
}

/** The endpoint that a parameter or a variable of Amazon's tools names. @throws `settings/invalid` */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Nothing that leaves the machine goes without TLS.
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isLoopback(url)))
    throw invalid(text, "the endpoint must be an `https` URL");
  // What cannot be decoded cannot be signed.
  decodedPath(url);
  return url;
}

function parseOci(url: URL): OciLocation {
  const repository = trimSlashes(url.pathname);
  if (!REPOSITORY.test(repository)) throw invalid(url.href, "the repository's name is not valid");
  const registry = new URL(`https://${url.host}/`);
  if (isLoopback(registry) && url.searchParams.get("scheme") === "http") registry.protocol = "http:";
  return {
    kind: "oci",
    registry,
    repository,
    credentials: credentialsInUrl(url),
  };
}

function trimSlashes(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "")
    .join("/");
}

function invalid(text: string, reason: string): PinionError {
  const shown = redactUrl(text);
  return new PinionError("settings/invalid", `Cannot use \`${shown}\` as the shared cache: ${reason}`, {
    details: { value: shown },
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
