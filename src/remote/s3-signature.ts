// Signature Version 4 of requests to S3, in their `Authorization` header: computed at once by the runtime's own HMAC, since a
// hundred requests are signed in a run. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

import { createHmac, hash } from "node:crypto";

/** Whose requests they are, and for which region. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  readonly region: string;
}

export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT";
  /** Without a query. */
  readonly url: URL;
  /** SHA-256 of the body: hexadecimal, lower case. */
  readonly bodySha256: string;
  /** When it is sent. */
  readonly at: Date;
}

/** Signs requests with one set of keys. */
export class S3Signer {
  readonly #keys: S3Keys;
  /** The signing key of a day, which takes four of the five computations of a signature. */
  #signingKey: { readonly day: string; readonly key: Buffer } | undefined;

  constructor(keys: S3Keys) {
    this.#keys = keys;
  }

  /** The headers that a request is sent with, besides `Host`. */
  sign({ method, url, bodySha256, at }: S3Request): Readonly<Record<string, string>> {
    const { accessKeyId, sessionToken, region } = this.#keys;
    const time = at.toISOString().replace(/[:-]|\.\d{3}/g, "");
    const day = time.slice(0, DAY_LENGTH);
    const own: Readonly<Record<string, string>> = {
      "x-amz-content-sha256": bodySha256,
      "x-amz-date": time,
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    };
    // In the order of the alphabet, as they have to be.
    const signed = { host: url.host, ...own };
    const names = Object.keys(signed).join(";");
    const lines = Object.entries(signed).map(([name, value]) => `${name}:${value.replace(/\s+/g, " ")}\n`);
    const canonical = `${method}\n${canonicalPath(url)}\n\n${lines.join("")}\n${names}\n${bodySha256}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash("sha256", canonical, "hex")}`;
    const signature = createHmac("sha256", this.#keyOf(day)).update(text).digest("hex");
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return { ...own, authorization };
  }

  #keyOf(day: string): Buffer {
    if (this.#signingKey?.day === day) return this.#signingKey.key;
    let key: Buffer = Buffer.from(`AWS4${this.#keys.secretAccessKey}`);
    for (const part of [day, this.#keys.region, "s3", "aws4_request"])
      key = createHmac("sha256", key).update(part).digest();
    this.#signingKey = { day, key };
    return key;
  }
}

/** The path as the server understands it, with everything encoded that RFC 3986 does not leave as it is. */
function canonicalPath({ pathname }: URL): string {
  return encodeURIComponent(decoded(pathname))
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path.replaceAll("+", " "));
  } catch {
    return path;
  }
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const DAY_LENGTH = 8;
