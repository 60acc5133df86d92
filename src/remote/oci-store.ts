// A shared store in an OCI registry: each object is a blob under its digest, held by a manifest with a tag of its own, so
// that the registry's garbage collection keeps it. https://github.com/opencontainers/distribution-spec/blob/main/spec.md

import { hash } from "node:crypto";

import { PinionError } from "../errors.ts";
import { isRedirect } from "../net/http/redirect.ts";
import { type Exchanger, objectOf, refused } from "./exchange.ts";
import type { OciLocation } from "./location.ts";
import { OciAuthorization } from "./oci-authorization.ts";
import type { RemoteBody, RemoteKey, RemoteObject, RemoteStore } from "./remote-store.ts";

export interface OciOptions {
  readonly exchanger: Exchanger;
  /** The value of the `Authorization` header; undefined for anonymous access. */
  readonly basic: (() => string) | undefined;
}

/** Opens a shared store in an OCI registry; nothing is sent before the first request. */
export function openOciStore(location: OciLocation, options: OciOptions): RemoteStore {
  return new OciStore(location, options);
}

class OciStore implements RemoteStore {
  readonly name: string;
  readonly #exchanger: Exchanger;
  readonly #base: URL;
  readonly #authorization: OciAuthorization;
  #config: Promise<void> | undefined;

  constructor({ registry, repository }: OciLocation, { exchanger, basic }: OciOptions) {
    this.name = `oci://${registry.host}/${repository}`;
    this.#exchanger = exchanger;
    this.#base = new URL(`v2/${repository}/`, registry);
    this.#authorization = new OciAuthorization({ exchanger, basic, registry });
  }

  async read({ sha256 }: RemoteKey, signal: AbortSignal): Promise<RemoteObject | undefined> {
    const request = { method: "GET", url: this.#blob(sha256), signal } as const;
    let answer = await this.#authorization.fetch(request);
    const { location } = answer.headers;
    if (isRedirect(answer.status) && location !== undefined) {
      await answer.discard();
      // Registries hand out blobs from object stores by signed URLs: our credentials stay here.
      answer = await this.#exchanger.fetch({ ...request, url: this.#follow(location, request.url) });
    }
    const { status } = answer;
    if (status === 200) return objectOf(answer);
    await answer.discard();
    if (status === 404) return undefined;
    throw refused(this, "read", status);
  }

  async has({ sha256 }: RemoteKey, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#authorization.fetch({ method: "HEAD", url: this.#blob(sha256), signal });
    await answer.discard();
    const { status } = answer;
    if (status === 200 || isRedirect(status)) return true;
    if (status === 404) return false;
    throw refused(this, "read", status);
  }

  async write({ kind, sha256 }: RemoteKey, body: RemoteBody, signal: AbortSignal): Promise<void> {
    const size = Buffer.isBuffer(body) ? body.length : body.size;
    this.#config ??= this.#upload(EMPTY_CONFIG_SHA256, EMPTY_CONFIG, signal).catch((error: unknown) => {
      this.#config = undefined;
      throw error;
    });
    await Promise.all([this.#config, this.#upload(sha256, body, signal)]);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        artifactType: `application/vnd.pinion.${kind}.v1`,
        config: {
          mediaType: "application/vnd.oci.empty.v1+json",
          digest: `sha256:${EMPTY_CONFIG_SHA256}`,
          size: EMPTY_CONFIG.length,
        },
        layers: [{ mediaType: "application/octet-stream", digest: `sha256:${sha256}`, size }],
      }),
    );
    const { status } = await this.#authorization.sendForText({
      method: "PUT",
      url: new URL(`manifests/sha256-${sha256}`, this.#base),
      headers: { "content-type": MANIFEST_TYPE },
      body: manifest,
      signal,
    });
    if (status !== 201) throw refused(this, "write", status);
  }

  close(): void {
    this.#exchanger.close();
  }

  /** Opens an upload session and sends the blob in one piece; not every registry takes both in one request. */
  async #upload(sha256: string, body: RemoteBody, signal: AbortSignal): Promise<void> {
    const started = await this.#authorization.sendForText({
      method: "POST",
      url: new URL("blobs/uploads/", this.#base),
      signal,
    });
    const { location } = started.headers;
    if (started.status !== 202 || location === undefined) throw refused(this, "write", started.status);
    const url = this.#follow(location, this.#base);
    if (url.origin !== this.#base.origin) throw refused(this, "write", started.status);
    url.searchParams.set("digest", `sha256:${sha256}`);
    const headers = { "content-type": "application/octet-stream" };
    const { status } = await this.#authorization.sendForText({ method: "PUT", url, headers, body, signal });
    if (status !== 201) throw refused(this, "write", status);
  }

  #blob(sha256: string): URL {
    return new URL(`blobs/sha256:${sha256}`, this.#base);
  }

  /** @throws `cache/remote` for a location that is not a URL or leaves TLS */
  #follow(location: string, base: URL): URL {
    const url = URL.canParse(location, base.href) ? new URL(location, base) : undefined;
    if (url !== undefined && (url.protocol === "https:" || url.origin === base.origin)) return url;
    throw new PinionError("cache/remote", `The shared cache \`${this.name}\` sent an unusable location`, {
      details: { store: this.name },
    });
  }
}

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
/** The specification's empty descriptor. */
const EMPTY_CONFIG: Buffer = Buffer.from("{}");
const EMPTY_CONFIG_SHA256: string = hash("sha256", EMPTY_CONFIG, "hex");
