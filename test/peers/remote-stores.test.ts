// The shared cache against real engines behind the chain that broke uv: Debian's docker-registry as OCI registry, the
// Versity S3 Gateway and moto as S3, all behind nginx with a certificate of a P-384 issuer, signed with SHA-512.

import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdirSync } from "node:fs";
import type { Agent } from "node:https";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";

import { createAgent } from "../../src/adapters/agent.ts";
import { createFetch } from "../../src/adapters/fetch.ts";
import { parseRemoteLocation } from "../../src/remote/location.ts";
import { openRemoteStore } from "../../src/remote/open.ts";
import type { RemoteKey, RemoteStore } from "../../src/remote/remote-store.ts";
import { outsideProject } from "../support/outside-project.ts";
import { trusting } from "../support/test-client.ts";
import { findProgram, World, type TestAuthority } from "../support/world.ts";
import { commandStage } from "../support/command-stage.ts";
import { freePort, startListening } from "./listening.ts";
import { startNginx } from "./nginx.ts";
import { NGINX } from "./peers.ts";
import { installedPeer } from "./programs.ts";

const REGISTRY = findProgram("docker-registry");
/** Keeps objects as files; it checks signatures and hashes, which moto does not. */
const VERSITY = installedPeer(inject("peers"), "versitygw", "versitygw");
const MOTO = installedPeer(inject("peers"), "moto", "moto_server");

describe.skipIf(REGISTRY === undefined || NGINX === undefined)("docker-registry behind nginx", () => {
  test("keeps objects as blobs", async () => {
    await using world = await World.create();
    const { root, url } = await registry(world);
    const store = await open(`oci://${url.host}/team/pinion-cache`, root);
    await expect(keepsObjects(store)).resolves.toBeUndefined();
  });
});

describe.skipIf(REGISTRY === undefined || NGINX === undefined)("examples/oci-layer", () => {
  test("pushes a layer that other programs pull and unpack", async () => {
    await using stage = await commandStage();
    const { world, index } = stage;
    using project = outsideProject();
    const examples = join(import.meta.dirname, "..", "..", "examples");
    cpSync(examples, join(project.directory, "examples"), { recursive: true });
    const { root, url } = await registry(world);
    world.write("project/requirements.txt", "greeter\n");
    const repository = `${url.origin}/team/site-packages`;
    const push = (tag: string): ReturnType<typeof world.program> =>
      world.program(
        process.execPath,
        [join(project.directory, "examples/oci-layer/push.mjs"), "requirements.txt", repository, tag],
        { env: { INDEX_URL: index.url, SSL_CERT_FILE: root.writePem() } },
      );
    expect(await push("one")).toMatchObject({ code: 0, stderr: "" });
    expect(await push("two")).toMatchObject({ code: 0 });

    const fetch = createFetch({ trust: trusting(root) });
    const base = `${url.origin}/v2/team/site-packages`;
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const manifests = await Promise.all(
      ["one", "two"].map(
        async (tag) => await (await fetch(`${base}/manifests/${tag}`, { headers: { accept } })).text(),
      ),
    );
    expect(manifests[1]).toBe(manifests[0]);
    const { layers } = JSON.parse(manifests[0] ?? "") as {
      readonly layers: readonly { readonly digest: string }[];
    };
    const blob = await (await fetch(`${base}/blobs/${layers[0]?.digest ?? ""}`)).arrayBuffer();
    fetch.close();
    const layer = world.write("layer.tar.gz", Buffer.from(blob));
    const unpacked = await world.program("tar", ["-xzf", layer, "-C", world.directory]);
    expect(unpacked).toMatchObject({ code: 0, stderr: "" });
    const site = join(world.directory, "usr/local/lib/python3.12/site-packages");
    const run = await world.program(
      "python3",
      ["-c", "import greeter, wordlist; print(wordlist.__version__)"],
      {
        env: { PYTHONPATH: site },
      },
    );
    expect(run).toMatchObject({ code: 0, stdout: "2.0.0\n" });
  });
});

describe.skipIf(VERSITY === undefined || NGINX === undefined)("the Versity S3 Gateway behind nginx", () => {
  test("keeps objects under signed requests, and refuses other keys", async () => {
    await using world = await World.create();
    const { root, url } = await versity(world);
    await keepsObjects(await open(`s3://wheels/cache?endpoint=${url.origin}`, root));
    const other = { ...KEYS, AWS_SECRET_ACCESS_KEY: "another-one" };
    const refused = await open(`s3://wheels/cache?endpoint=${url.origin}`, root, other);
    const key = keyOf(Buffer.from("x"));
    await expect(refused.read(key, AbortSignal.timeout(30_000))).rejects.toMatchObject({
      code: "cache/remote",
      details: { status: 403 },
    });
    refused.close();
  });

  test("gives a second machine every file, and the index nothing to do but its pages", async () => {
    await using stage = await commandStage();
    const { world, index } = stage;
    const { root, url } = await versity(world);
    const env = { ...KEYS, SSL_CERT_FILE: root.writePem() };
    const shared = ["--shared-cache", `s3://wheels/cache?endpoint=${url.origin}`];
    const machine = (name: string, args: readonly string[]): ReturnType<typeof stage.pinion> =>
      stage.pinion(args, { env: { ...env, PINION_CACHE_DIR: `${world.directory}/cache-${name}` } });
    world.write("project/requirements.in", "greeter\n");
    const compile = ["pip", "compile", "requirements.in", "-o", "pylock.toml", "--index-url", index.url];
    expect(await machine("ci", compile)).toMatchObject({ code: 0 });
    expect(await machine("ci", ["cache", "push", "--lock", "pylock.toml", ...shared])).toMatchObject({
      code: 0,
    });
    const before = index.requests.length;
    const install = ["pip", "install", "greeter", "--index-url", index.url, "--target", "two", ...shared];
    expect(await machine("second", install)).toMatchObject({ code: 0 });
    const files = index.requests.slice(before).filter(({ path }) => path.endsWith(".whl"));
    expect(files).toEqual([]);
  });
});

describe.skipIf(MOTO === undefined || NGINX === undefined)("moto's S3 behind nginx", () => {
  test("keeps objects under signed requests", async () => {
    await using world = await World.create();
    const port = await freePort();
    await startListening(world, [MOTO ?? "", "-H", "127.0.0.1", "-p", String(port)], port);
    const made = await fetch(`http://127.0.0.1:${port}/wheels`, { method: "PUT" });
    expect(made.status).toBe(200);
    const { root, url } = await inFront(world, `http://127.0.0.1:${port}`);
    const store = await open(`s3://wheels/cache?endpoint=${url.origin}&region=us-east-1`, root);
    await keepsObjects(store, "unchecked");
    const missing = await open(`s3://no-such-bucket/cache?endpoint=${url.origin}`, root);
    const key = keyOf(Buffer.from("x"));
    await expect(missing.write(key, Buffer.from("x"), AbortSignal.timeout(30_000))).rejects.toMatchObject({
      code: "cache/remote",
      details: { status: 404 },
    });
    missing.close();
  });

  test("fills machines from one push", async () => {
    await using stage = await commandStage();
    const { world, index } = stage;
    const port = await freePort();
    await startListening(world, [MOTO ?? "", "-H", "127.0.0.1", "-p", String(port)], port);
    await fetch(`http://127.0.0.1:${port}/wheels`, { method: "PUT" });
    const { root, url } = await inFront(world, `http://127.0.0.1:${port}`);
    const env = { ...KEYS, SSL_CERT_FILE: root.writePem() };
    const machine = (name: string, args: readonly string[]): ReturnType<typeof stage.pinion> =>
      stage.pinion(args, { env: { ...env, PINION_CACHE_DIR: `${world.directory}/cache-${name}` } });
    world.write("project/requirements.in", "greeter\n");
    const compile = ["pip", "compile", "requirements.in", "-o", "pylock.toml", "--index-url", index.url];
    expect(await machine("ci", compile)).toMatchObject({ code: 0 });
    const shared = ["--lock", "pylock.toml", "--shared-cache", `s3://wheels/cache?endpoint=${url.origin}`];
    expect(await machine("ci", ["cache", "push", ...shared])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Pushed 2 files"),
    });
    await index.close();
    const pulled = await machine("second", ["cache", "pull", "--json", ...shared]);
    expect(JSON.parse(pulled.stdout)).toEqual({ files: 2, present: 0, shared: 2, skipped: [] });
  });
});

const KEYS = { AWS_ACCESS_KEY_ID: "AKIDPINION", AWS_SECRET_ACCESS_KEY: "not-a-secret" };

/** A registry behind nginx. */
async function registry(world: World): Promise<{ readonly root: TestAuthority; readonly url: URL }> {
  const port = await freePort();
  const configuration = world.write(
    "registry.yml",
    `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${world.directory}/registry\nhttp:\n  addr: 127.0.0.1:${port}\n  relativeurls: true\n`,
  );
  await startListening(world, [REGISTRY ?? "", "serve", configuration], port);
  return await inFront(world, `http://127.0.0.1:${port}`);
}

/** A gateway over a folder, in which a folder is a bucket, behind nginx. */
async function versity(world: World): Promise<{ readonly root: TestAuthority; readonly url: URL }> {
  const port = await freePort();
  const folder = join(world.directory, "versity");
  for (const part of ["objects/wheels", "attributes"]) mkdirSync(join(folder, part), { recursive: true });
  await startListening(
    world,
    [
      "env",
      `ROOT_ACCESS_KEY=${KEYS.AWS_ACCESS_KEY_ID}`,
      `ROOT_SECRET_KEY=${KEYS.AWS_SECRET_ACCESS_KEY}`,
      VERSITY ?? "",
      "--quiet",
      "--port",
      `127.0.0.1:${port}`,
      "posix",
      // Not every file system of a temporary folder has extended attributes.
      "--sidecar",
      join(folder, "attributes"),
      join(folder, "objects"),
    ],
    port,
  );
  return await inFront(world, `http://127.0.0.1:${port}`);
}

async function inFront(
  world: World,
  upstream: string,
): Promise<{ readonly root: TestAuthority; readonly url: URL }> {
  const root = world.authority("Private Root", { key: "P-384", signing: { digest: "sha512" } });
  const issued = root.issue("localhost");
  const { url } = await startNginx(world, {
    chainPem: issued.chainPem,
    keyPem: issued.keyPem,
    protocol: "TLSv1.3",
    upstream,
  });
  return { root, url: new URL(url) };
}

async function open(
  location: string,
  root: TestAuthority,
  env: Readonly<Record<string, string>> = KEYS,
): Promise<RemoteStore> {
  const trust = trusting(root);
  const settings = { trust, proxy: {}, userAgent: "pinion-tests" };
  const agent = (): Agent => createAgent({ trust });
  return await openRemoteStore(parseRemoteLocation(location), { settings, agent, env });
}

/** What every store must do. */
async function keepsObjects(store: RemoteStore, server: "checked" | "unchecked" = "checked"): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const content = randomBytes(300_000);
  const key = keyOf(content);
  expect(await store.has(key, signal)).toBe(false);
  expect(await store.read(key, signal)).toBeUndefined();
  await store.write(key, content, signal);
  await store.write(key, content, signal);
  expect(await store.has(key, signal)).toBe(true);
  const found = await store.read(key, signal);
  expect(found?.size).toBe(content.length);
  const pieces: Buffer[] = [];
  await found?.pour((piece) => void pieces.push(Buffer.from(piece)));
  expect(Buffer.concat(pieces)).toEqual(content);
  // A server that checks what it is sent refuses what does not have the hash; readers check in any case.
  if (server === "checked")
    await expect(store.write(keyOf(Buffer.from("other")), content, signal)).rejects.toMatchObject({
      code: "cache/remote",
    });
  store.close();
}

function keyOf(content: Buffer): RemoteKey {
  return { kind: "files", sha256: createHash("sha256").update(content).digest("hex") };
}
