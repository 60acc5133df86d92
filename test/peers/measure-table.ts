// The chains of the matrix (`test/client-matrix`) and the two servers beside it, put to the programs of the doctor's
// table of clients that are on this machine: `npm run measure:table`.

import { World } from "../support/world.ts";
import { APACHE, startApache } from "./apache.ts";
import { measure, tableClients, versionOf, type AskedServer, type Measured } from "./table-clients.ts";
import type { TableClient } from "./table-clients.ts";
import { GNUTLS_SERV, serveMatrixChain, serveWithoutSecureRenegotiation } from "./table-servers.ts";
import { servingNode, type MatrixChain } from "./table-servers.ts";

export interface TableMeasurement {
  /** The line in which each client that was asked names its version. */
  readonly versions: Readonly<Record<string, string>>;
  /** By the chain's id, then by the client's name. */
  readonly chains: Readonly<Record<string, Verdicts>>;
  /** By what the server does, then by the client's name; without those whose question does not reach it. */
  readonly servers: Readonly<Record<"lacksSecureRenegotiation" | "demandsLateCertificate", Verdicts>>;
}

type Verdicts = Readonly<Record<string, Measured>>;

/** Asks every client whose name `isAsked`, about one chain after another. */
export async function measureTable(options: {
  /** The folder of pips, uvs, Nodes and others. */
  readonly peers: string;
  readonly chains: readonly (MatrixChain & { readonly id: string })[];
  readonly isAsked: (name: string) => boolean;
  readonly onLine: (line: string) => void;
}): Promise<TableMeasurement> {
  const { peers, chains, isAsked, onLine } = options;
  const node = servingNode(peers);
  if (node === undefined || GNUTLS_SERV === undefined || APACHE === undefined)
    throw new Error("measuring needs node-26 or node-24 among the peers, gnutls-serv and apache2");
  const clients = tableClients(peers).filter(({ name }) => isAsked(name));
  const verdicts: Record<string, Verdicts> = {};
  for (const chain of chains) {
    verdicts[chain.id] = await askAll({ clients, onLine }, (world) => serveMatrixChain(world, node, chain));
    onLine(`${chain.id}: ${summary(verdicts[chain.id])}`);
  }
  const connecting = clients.filter(({ name }) => !LIBRARIES.has(name));
  const lacksSecureRenegotiation = await askAll(
    { clients: connecting, onLine },
    serveWithoutSecureRenegotiation,
  );
  onLine(`without RFC 5746: ${summary(lacksSecureRenegotiation)}`);
  const showing = connecting.filter(({ name }) => !WITHOUT_CERTIFICATE.test(name));
  const demandsLateCertificate = await askAll({ clients: showing, onLine }, (world) =>
    startApache(world, "TLSv1.3"),
  );
  onLine(`a late certificate: ${summary(demandsLateCertificate)}`);
  return {
    versions: Object.fromEntries(clients.map((client) => [client.name, versionOf(client)])),
    chains: verdicts,
    servers: { lacksSecureRenegotiation, demandsLateCertificate },
  };
}

/** Without those whose answer is not a verdict, which `onLine` gets. */
async function askAll(
  { clients, onLine }: { readonly clients: readonly TableClient[]; readonly onLine: (line: string) => void },
  serve: (world: World) => Promise<AskedServer>,
): Promise<Verdicts> {
  await using world = await World.create();
  const server = await serve(world);
  const verdicts = await Promise.all(
    clients.map(async (client) => {
      try {
        return [[client.name, await measure(client, world, server)] as const];
      } catch (error) {
        onLine(String(error));
        return [];
      }
    }),
  );
  return Object.fromEntries(verdicts.flat());
}

function summary(verdicts: Verdicts = {}): string {
  return Object.entries(verdicts)
    .map(([name, { verdict }]) => `${verdict === "accept" ? "✓" : "✗"} ${name}`)
    .join(", ");
}

/** They make no connection. */
const LIBRARIES: ReadonlySet<string> = new Set(["rustls-webpki 0.103 + ring (as uv before 0.11)"]);
/** They are asked without a client certificate, or would have to be asked for it by a command of their own. */
const WITHOUT_CERTIFICATE = /^(?:java|gnutls|openssl)-/;
