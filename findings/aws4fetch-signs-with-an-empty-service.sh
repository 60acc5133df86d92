#!/usr/bin/env bash
# aws4fetch 1.0.20: for an S3-compatible store on a host of one's own, a client made as the README's first example does
# (two keys, no `service`) signs for a service whose name is empty, and reports nothing. Amazon's own host names work.
#
# Seen: Credential=AKID/<date>/us-east-1//aws4_request for the own host, …/eu-central-1/s3/aws4_request for Amazon's.
# A store answers 403 SignatureDoesNotMatch, which reads like a wrong key. Passing `service` and `region` helps.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . aws4fetch@1.0.20

cat >sign.cjs <<'JS'
const { AwsClient } = require("aws4fetch");
const scopeOf = async (client, url) =>
  /Credential=[^/]+\/\d+\/([^,]+)/.exec((await client.sign(url)).headers.get("authorization"))[1];
(async () => {
  const keys = { accessKeyId: "AKID", secretAccessKey: "secret" };
  console.log(await scopeOf(new AwsClient(keys), "https://store.corp.example/bucket/key"));
  console.log(await scopeOf(new AwsClient(keys), "https://bucket.s3.eu-central-1.amazonaws.com/key"));
  console.log(await scopeOf(new AwsClient({ ...keys, service: "s3", region: "eu" }), "https://store.corp.example/bucket/key"));
})();
JS
node sign.cjs | tee scopes.txt
printf 'us-east-1//aws4_request\neu-central-1/s3/aws4_request\neu/s3/aws4_request\n' | diff - scopes.txt
