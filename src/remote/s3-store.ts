// A shared store in S3 or a server that speaks its protocol. Every request is signed (Signature Version 4), every object
// is written with the hash that it must have, so that the server itself refuses a torn upload.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html

import { PinionError } from "../errors.ts";
import { type Exchanger, objectOf, refused } from "./exchange.ts";
import { parseEndpoint, type S3Location } from "./location.ts";
import { signS3Request, type S3Keys } from "./s3-signature.ts";
import type { RemoteBody, RemoteKey, RemoteObject, RemoteStore } from "./remote-store.ts";

export interface S3Options {
  /** Where the keys are looked up: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exchanger: Exchanger;
}

/**
 * Opens a shared store in S3; nothing is sent before the first request.
 *
 * @throws `cache/remote` where the environment has no keys, `settings/invalid` for an endpoint that is not a URL
 */
export function openS3Store(location: S3Location, { env, exchanger }: S3Options): RemoteStore {
  return new S3Store(location, { env, exchanger });
}

class S3Store implements RemoteStore {
  readonly name: string;
  readonly #exchanger: Exchanger;
  readonly #base: string;
  readonly #keys: S3Keys;

  constructor(location: S3Location, { env, exchanger }: S3Options) {
    const prefix = location.prefix === "" ? "" : `${location.prefix}/`;
    this.name = `s3://${location.bucket}/${location.prefix}`;
    this.#exchanger = exchanger;
    this.#keys = readKeys(location, env, this.name);
    const given = env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
    const endpoint =
      location.endpoint ?? (given === undefined || given === "" ? undefined : parseEndpoint(given));
    // Compatible servers rarely have a host name for each bucket; Amazon wants one.
    const root =
      endpoint === undefined
        ? `https://${location.bucket}.s3.${this.#keys.region}.amazonaws.com/`
        : `${endpoint.href.replace(/\/$/, "")}/${location.bucket}/`;
    this.#base = `${root}${prefix.split("/").map(encodeURIComponent).join("/")}`;
  }

  async read(key: RemoteKey, signal: AbortSignal): Promise<RemoteObject | undefined> {
    const answer = await this.#exchanger.fetch(this.#sign({ method: "GET", key, signal }));
    const { status } = answer;
    if (status === 200) return objectOf(answer);
    await answer.discard();
    if (status === 404) return undefined;
    throw refused(this, "read", status);
  }

  async has(key: RemoteKey, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#exchanger.fetch(this.#sign({ method: "HEAD", key, signal }));
    await answer.discard();
    const { status } = answer;
    if (status === 200) return true;
    if (status === 404) return false;
    throw refused(this, "read", status);
  }

  async write(key: RemoteKey, body: RemoteBody, signal: AbortSignal): Promise<void> {
    const { status } = await this.#exchanger.sendForText({
      ...this.#sign({ method: "PUT", key, signal }),
      body,
    });
    if (status !== 200 && status !== 201 && status !== 204) throw refused(this, "write", status);
  }

  close(): void {
    this.#exchanger.close();
  }

  #sign<Method extends "GET" | "HEAD" | "PUT">({
    method,
    key,
    signal,
  }: SignRequest<Method>): SignedRequest<Method> {
    const url = new URL(`${this.#base}${key.kind}/${key.sha256}`);
    const bodySha256 = method === "PUT" ? key.sha256 : EMPTY_SHA256;
    const headers = signS3Request({ method, url, bodySha256, at: new Date() }, this.#keys);
    return { method, url, headers, signal };
  }
}

interface SignRequest<Method> {
  readonly method: Method;
  readonly key: RemoteKey;
  readonly signal: AbortSignal;
}

interface SignedRequest<Method> {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function readKeys({ region }: S3Location, env: S3Options["env"], name: string): S3Keys {
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  if (accessKeyId === "" || secretAccessKey === "") {
    throw new PinionError("cache/remote", `There are no credentials for the shared cache \`${name}\``, {
      details: { store: name, variables: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] },
    });
  }
  const sessionToken = env["AWS_SESSION_TOKEN"] ?? "";
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === "" ? {} : { sessionToken }),
    region: region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1",
  };
}

/** Of nothing: what a request without a body is signed with. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
