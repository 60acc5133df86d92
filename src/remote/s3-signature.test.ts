// Signatures against those of another implementation.

import { AwsV4Signer } from "aws4fetch";
import { describe, expect, test } from "vitest";

import { signS3Request, type S3Request } from "./s3-signature.ts";

const KEYS = { accessKeyId: "AKID", secretAccessKey: "s3cret/+=", region: "eu-central-1" };
const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

async function theirs(
  { method, url, bodySha256, at }: S3Request,
  keys: typeof KEYS & { readonly sessionToken?: string },
): Promise<Record<string, string>> {
  const { headers } = await new AwsV4Signer({
    ...keys,
    service: "s3",
    method,
    url: url.href,
    datetime: at.toISOString().replace(/[:-]|\.\d{3}/g, ""),
    headers: { "x-amz-content-sha256": bodySha256 },
  }).sign();
  return Object.fromEntries(headers);
}

describe("the signature of a request to S3", () => {
  test.each<[string, S3Request["method"], string, { readonly sessionToken?: string }]>([
    ["of Amazon's own host", "GET", "https://wheels.s3.eu-central-1.amazonaws.com/team/files/0a1b", {}],
    ["with a port", "HEAD", "https://s3.corp.example:9000/wheels/files/0a1b", {}],
    ["of an upload", "PUT", "https://s3.corp.example/wheels/metadata/0a1b", {}],
    ["of temporary credentials", "GET", "https://s3.corp.example/wheels/0a1b", { sessionToken: "to  ken" }],
    ["with letters that are encoded", "GET", "https://s3.corp.example/w/a%20b/%C3%A9!'()*%2B~_-.+x/0a", {}],
  ])("is that of aws4fetch: %s", async (_what, method, address, more) => {
    const keys = { ...KEYS, ...more };
    for (const at of ["2026-11-29T23:59:59.999Z", "2026-11-30T00:00:00.000Z"]) {
      const request = { method, url: new URL(address), bodySha256: SHA256, at: new Date(at) };
      expect(signS3Request(request, keys)).toEqual(await theirs(request, keys));
    }
  });
});
