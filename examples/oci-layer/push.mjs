// The packages of a requirements file as one layer of an image, pushed to a registry: reproducible, without Docker.
//
// node push.mjs REQUIREMENTS.txt https://REGISTRY/REPOSITORY TAG

import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createInstaller, targetFor } from "pinion";
import { createFetch, loadTrust } from "pinion/tls";

const [requirements, repository, tag] = process.argv.slice(2);
const home = homedir();
const installer = createInstaller({
  cacheDirectory: process.env.PINION_CACHE_DIR ?? join(home, ".cache", "pinion"),
  directory: process.cwd(),
  env: process.env,
  home,
  indexes: process.env.INDEX_URL && { defaultIndex: { value: process.env.INDEX_URL, origin: "INDEX_URL" } },
});
const plan = await installer.plan({
  requirements: [{ kind: "file", path: requirements }],
  constraints: [],
  overrides: [],
  into: {
    kind: "directory",
    path: "/nonexistent",
    target: targetFor({ platform: "x86_64-manylinux_2_28", pythonVersion: "3.12" }),
  },
});
const files = await installer.files(plan, { prefix: "usr/local/lib/python3.12/site-packages" });
await installer.close();

const tar = Buffer.concat([...[...files].flatMap(([path, file]) => member(path, file)), Buffer.alloc(1024)]);
const layer = gzipSync(tar);
const fetch = createFetch({ trust: loadTrust({ env: process.env, home }) });
const url = new URL(repository);
const base = `${url.origin}/v2${url.pathname}`;
const config = Buffer.from(
  JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
  }),
);
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: await upload(config, "application/vnd.oci.image.config.v1+json"),
  layers: [await upload(layer, "application/vnd.oci.image.layer.v1.tar+gzip")],
});
const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" };
await expectOk(await fetch(`${base}/manifests/${tag}`, { method: "PUT", headers, body: manifest }));
fetch.close();
console.log(`${repository}:${tag} ${layer.length} bytes`);

async function upload(bytes, mediaType) {
  const digest = digestOf(bytes);
  const started = await expectOk(await fetch(`${base}/blobs/uploads/`, { method: "POST" }));
  const location = new URL(started.headers.get("location"), base);
  location.searchParams.set("digest", digest);
  await expectOk(await fetch(location, { method: "PUT", body: bytes }));
  return { mediaType, digest, size: bytes.length };
}

async function expectOk(response) {
  if (!response.ok) throw new Error(`The registry answered ${response.status}: ${await response.text()}`);
  return response;
}

function digestOf(bytes) {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A ustar member; a long path is split at a slash. */
function member(path, { contents, isExecutable }) {
  const cut = path.length <= 100 ? -1 : path.indexOf("/", path.length - 101);
  const block = Buffer.alloc(512);
  block.write(path.slice(cut + 1), 0);
  block.write(`${isExecutable ? "0000755" : "0000644"}\0${"0000000\0".repeat(2)}`, 100);
  block.write(`${contents.length.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0        0`, 124);
  block.write("ustar\u000000", 257);
  if (cut > 0) block.write(path.slice(0, cut), 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [block, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)];
}
