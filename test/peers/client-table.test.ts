// The doctor's table of clients (`src/x509/clients/clients.ts`) beside the real programs, for what the matrix of chains does not
// have: ML-DSA, a name with a final dot, an intermediate as the only anchor, a server without secure renegotiation, and
// one that demands the certificate after the handshake. Each prediction is held against what the program does now,
// in the versions that the table names (`further-chains.json`).

import { describe, expect, inject, onTestFinished, test } from "vitest";

import { certificatesOf, furtherChains } from "../client-matrix/further-chains.ts";
import { World } from "../support/world.ts";
import { parseCertificate } from "../../src/x509/certificates/certificate.ts";
import { predictClients, type ConnectionFacts } from "../../src/x509/clients/clients.ts";
import { indexAnchors } from "../../src/x509/rules/path.ts";
import { createAuthority } from "../../src/lab/certificates/mint.ts";
import { APACHE, startApache } from "./apache.ts";
import { measure, tableClients, versionOf, type AskedServer, type TableClient } from "./table-clients.ts";
import {
  GNUTLS_SERV,
  serveMatrixChain,
  serveWithoutSecureRenegotiation,
  servingNode,
} from "./table-servers.ts";

const peers = inject("peers");
const node = servingNode(peers);
/** Only the versions that were measured: others may say something else. */
const clients = tableClients(peers).filter(
  (client) => versionOf(client) === furtherChains.versions[client.name],
);
/** Go compiles its client first. */
const TIMEOUT = { timeout: 600_000 };

describe.skipIf(node === undefined).each(furtherChains.cases)("$id", (chain) => {
  const predicted = predictClients({
    leaf: certificatesOf([chain.peer_certificate])[0]!,
    intermediates: certificatesOf(chain.untrusted_intermediates),
    anchors: indexAnchors(certificatesOf(chain.trusted_certs)),
    host: "localhost",
    time: new Date(),
  });

  test.each(clients)("$name", TIMEOUT, async (client) => {
    const world = await createWorld();
    const server = await serveMatrixChain(world, node ?? "node", chain);
    const { own, real, said } = await verdicts(world, server, { client, predicted });
    expect(own, said).toBe(real);
  });
});

describe.skipIf(GNUTLS_SERV === undefined)("gnutls-serv without secure renegotiation", () => {
  const predicted = predictFor({ lacksSecureRenegotiation: true });
  const asked = clients.filter(({ name }) => predicted.some(({ client }) => client === name));

  test.each(asked)("$name", TIMEOUT, async (client) => {
    const world = await createWorld();
    const server = await serveWithoutSecureRenegotiation(world);
    const { own, real, said } = await verdicts(world, server, { client, predicted });
    expect(own, said).toBe(real);
  });

  test(
    "Pinion connects, on purpose, and the doctor names what is missing",
    { timeout: 120_000 },
    async () => {
      const world = await createWorld();
      const { port, bundle } = await serveWithoutSecureRenegotiation(world);
      const url = `https://localhost:${port}/`;
      const run = await world.run(["doctor", url, "--cert", bundle, "--json"]);
      const { examinations } = JSON.parse(run.stdout);
      expect(examinations[0]).toMatchObject({
        handshake: { outcome: "completed", protocol: "TLSv1.2", lacksSecureRenegotiation: true },
        path: { isTrusted: true },
      });
      const said = new Map(
        examinations[0].clients.map(({ client, verdict }: { client: string; verdict: string }) => [
          client,
          verdict,
        ]),
      );
      expect([said.get("pip-26.3"), said.get("uv-0.13.9")]).toEqual(["refuse", "accept"]);
    },
  );
});

describe.skipIf(APACHE === undefined)("Apache that demands the certificate after the handshake", () => {
  const predicted = predictFor({ demandsLateCertificate: true });
  const asked = clients.filter(({ name }) => predicted.some(({ client }) => client === name));

  test.each(asked)("$name", TIMEOUT, async (client) => {
    const world = await createWorld();
    const server = await startApache(world, "TLSv1.3");
    const { own, real, said } = await verdicts(world, server, { client, predicted });
    expect(own, said).toBe(real);
  });

  test("the doctor shows which clients it keeps out", { timeout: 120_000 }, async () => {
    const world = await createWorld();
    const { url, bundle, client } = await startApache(world, "all -SSLv3 -TLSv1 -TLSv1.1");
    const run = await world.run(["doctor", url, "--cert", bundle, "--client-cert", client, "--json"]);
    const { examinations } = JSON.parse(run.stdout);
    expect(examinations[0].http).toMatchObject({ demandsLateCertificate: true });
    expect(examinations[0].clients).toContainEqual({
      client: "node-26",
      verdict: "refuse",
      said: "403 Forbidden",
      version: expect.stringMatching(/^Node 26\./u),
    });
  });
});

async function createWorld(): Promise<World> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

type Predictions = ReturnType<typeof predictClients>;

/** What the table predicts and what the program does. */
async function verdicts(
  world: World,
  server: AskedServer,
  { client, predicted }: { readonly client: TableClient; readonly predicted: Predictions },
): Promise<{ readonly own: string | undefined; readonly real: string; readonly said: string }> {
  const { verdict, said } = await measure(client, world, server);
  return { own: predicted.find(({ client: name }) => name === client.name)?.verdict, real: verdict, said };
}

function predictFor(connection: ConnectionFacts): Predictions {
  const root = createAuthority("CN=Root");
  return predictClients({
    leaf: parseCertificate(root.issue("localhost").der),
    intermediates: [],
    anchors: indexAnchors([parseCertificate(root.der)]),
    host: "localhost",
    time: new Date(),
    connection,
  });
}
