// Signature Version 4 of requests to S3, in their `Authorization` header. `aws4` computes it at once by the runtime's own HMAC:
// a hundred requests are signed in a run, and WebCrypto would load the runtime's `fetch`.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

import { sign } from "aws4";

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

/** The headers that a request is sent with, besides `Host`. Names in lower case. */
export function signS3Request(
  { method, url, bodySha256, at }: S3Request,
  { region, accessKeyId, secretAccessKey, sessionToken }: S3Keys,
): Readonly<Record<string, string>> {
  const { headers = {} } = sign(
    {
      service: "s3",
      region,
      method,
      host: url.host,
      path: url.pathname,
      headers: {
        "x-amz-content-sha256": bodySha256,
        "x-amz-date": at.toISOString().replace(/[:-]|\.\d{3}/g, ""),
      },
    },
    { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  );
  const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(sent.filter(([name]) => name !== "host"));
}
