// Client certificates and a real nginx, which asks for them, demands them or refuses them, under TLS 1.2 and 1.3.

import { describe, expect, onTestFinished, test } from "vitest";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { tryIndex } from "../support/try-index.ts";
import { World } from "../support/world.ts";
import { startNginx } from "./nginx.ts";
import { NGINX } from "./peers.ts";

describe.skipIf(NGINX === undefined).each(["TLSv1.2", "TLSv1.3"] as const)("nginx over %s", (protocol) => {
  test.each([
    ["demands a certificate, and gets one", "on", "ours", "accept"],
    ["demands a certificate, and gets none", "on", "none", "tls/client-certificate-required"],
    ["demands a certificate, and gets a stranger's", "on", "stranger", "tls/client-certificate-rejected"],
    ["asks for a certificate, and gets one", "optional", "ours", "accept"],
    ["asks for a certificate, and gets none", "optional", "none", "accept"],
    [
      "asks for a certificate, and gets a stranger's",
      "optional",
      "stranger",
      "tls/client-certificate-rejected",
    ],
  ] as const)("%s", async (_, verify, shown, expected) => {
    const world = await World.create();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const [root, clients, strangers] = ["Corp Root", "Clients", "Strangers"].map((name) =>
      world.authority(name),
    );
    const { chainPem, keyPem } = root!.issue("localhost");
    const index = await world.index({ packages: sampleWheels() });
    const demand = { authorityPem: clients!.pem, verify };
    const server = await startNginx(world, {
      chainPem,
      keyPem,
      protocol,
      upstream: index.origin,
      clients: demand,
    });
    const client = (shown === "stranger" ? strangers! : clients!).issueClient("ada");
    const path = world.write("client.pem", client.chainPem + client.keyPem);
    const args = ["--cert", root!.writePem(), ...(shown === "none" ? [] : ["--client-cert", path])];
    const run = await tryIndex(world, server.url, { args });
    expect([run.outcome, run.stderr]).toEqual([expected, expect.not.stringContaining("PRIVATE KEY")]);
  });
});
