// Every way of network-cases.ts and every form of NO_PROXY, gone by every client that is here: `npm run measure:network`.

import { networkInterfaces } from "node:os";
import { World } from "../support/world.ts";
import { NETWORK_CASES, type NetworkCase } from "./network-cases.ts";
import { networkClients, type NetworkClient } from "./network-clients.ts";
import { decide, isLookedUp, NO_PROXY_FORMS, type Decisions, type NoProxyForm } from "./no-proxy-forms.ts";

export interface NetworkMeasurement {
  /** ISO 8601, the day. */
  readonly measured: string;
  readonly platform: string;
  readonly clients: readonly MeasuredClient[];
  readonly cases: readonly MeasuredCase[];
  readonly forms: readonly MeasuredForm[];
}

export interface MeasuredClient {
  readonly name: string;
  /** As the client says it; undefined where it is not installed. */
  readonly version: string | undefined;
}

export interface MeasuredCase extends Pick<NetworkCase, "group" | "name" | "expected"> {
  /** The program that is not here; nothing was measured then. */
  readonly missing?: string;
  /** What each client said, by its name. */
  readonly outcomes: Readonly<Record<string, string>>;
}

export interface MeasuredForm extends NoProxyForm {
  /** By the client's name; empty where names would have left the machine. */
  readonly decisions: Readonly<Record<string, Decisions>>;
}

export interface MeasureOptions {
  /** The folder of installed peers. */
  readonly peers: string;
  readonly onResult: (line: string) => void;
}

/** Measures all ways, one after another, the clients at the same time. */
export async function measureCases({ peers, onResult }: MeasureOptions): Promise<readonly MeasuredCase[]> {
  const clients = presentClients(peers);
  const measured: MeasuredCase[] = [];
  for (const networkCase of NETWORK_CASES) {
    const { group, name, expected } = networkCase;
    const missing = networkCase.missing?.(peers);
    const entries =
      missing === undefined
        ? await Promise.all(
            clients.map(
              async (client) => [client.name, await outcomeOf(networkCase, client, peers)] as const,
            ),
          )
        : [];
    const outcomes = Object.fromEntries(entries);
    measured.push({ group, name, expected, outcomes, ...(missing === undefined ? {} : { missing }) });
    onResult(`${name}: ${missing === undefined ? Object.values(outcomes).join(" | ") : `no ${missing}`}`);
  }
  return measured;
}

/** Measures the forms of NO_PROXY; those that may ask a name server only where none can be reached. */
export async function measureForms({ peers, onResult }: MeasureOptions): Promise<readonly MeasuredForm[]> {
  const clients = presentClients(peers);
  const isShutOff = Object.values(networkInterfaces()).every((addresses) =>
    (addresses ?? []).every(({ internal }) => internal),
  );
  const measured: MeasuredForm[] = [];
  for (const form of NO_PROXY_FORMS) {
    const isMeasured = isShutOff || !isLookedUp(form);
    const entries = await Promise.all(
      (isMeasured ? clients : []).map(async (client) => [client.name, await decide(client, form)] as const),
    );
    measured.push({ ...form, decisions: Object.fromEntries(entries) });
    onResult(`${form.entry} for ${form.host}: ${JSON.stringify(Object.fromEntries(entries))}`);
  }
  return measured;
}

/** Which clients there are, with their versions. */
export function identifyClients(peers: string): Promise<readonly MeasuredClient[]> {
  return Promise.all(
    networkClients(peers).map(async ({ name, program, versionArguments }) => {
      if (program === undefined) return { name, version: undefined };
      await using world = await World.create();
      const { stdout } =
        name === "Pinion"
          ? await world.run(versionArguments)
          : await world.program(program, versionArguments);
      return { name, version: (stdout.split("\n")[0] ?? "").replace(/ from .*/, "").trim() };
    }),
  );
}

/** What one client makes of one way, in a world of its own. */
export async function outcomeOf(
  networkCase: NetworkCase,
  client: NetworkClient,
  peers: string,
): Promise<string> {
  await using world = await World.create();
  // Awaited here, or the world would end before its program.
  return await client.ask(world, await networkCase.open(world, peers));
}

function presentClients(peers: string): readonly NetworkClient[] {
  return networkClients(peers).filter(({ program }) => program !== undefined);
}
