// Every shape of the laboratory asked by every client that is here, over real connections: `npm run measure:clients`.

import { SHAPES } from "../../src/lab/shapes/shapes.ts";
import { createKeyRing } from "../support/lab-keys.ts";
import { World } from "../support/world.ts";
import type { CliRun } from "../support/world.ts";
import { CURL, NODE_ALONE, pinion, pip, uv } from "./programs.ts";
import type { Peer } from "./programs.ts";

export interface Measurement {
  /** ISO 8601, the day. */
  readonly measured: string;
  readonly platform: string;
  readonly clients: readonly MeasuredClient[];
  readonly shapes: readonly MeasuredShape[];
}

export interface MeasuredClient {
  readonly name: string;
  /** As the client says it; undefined where it is not installed. */
  readonly version: string | undefined;
}

export interface MeasuredShape {
  readonly name: string;
  readonly group: string;
  readonly description: string;
  /** `accept`, or the code with which Pinion has to refuse. */
  readonly expected: string;
  /** By the client's name; nothing for those that are not installed. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

export interface Verdict {
  readonly isAccepted: boolean;
  /** Why not: Pinion's code, or the words of the client that tell most. */
  readonly said: string;
}

/** Measures all shapes, one after another; `peers` is the folder of installed pips and uvs. */
export async function measureClients(options: {
  readonly peers: string;
  /** The build of Pinion that is measured: one that nobody changes meanwhile. */
  readonly command: string;
  readonly onShape: (shape: MeasuredShape) => void;
}): Promise<Measurement> {
  const clients = clientsBelow(options);
  const keys = createKeyRing();
  const shapes: MeasuredShape[] = [];
  for (const { name, group, description, expected } of SHAPES) {
    await using world = await World.create();
    const served = await world.shape(name, { keys });
    // Minting can take half a minute: the clients are asked once the server is there, all at the same time.
    const verdicts = await Promise.all(
      clients
        .filter(({ peer }) => peer.program !== undefined)
        .map(
          async ({ peer, words }) => [peer.name, verdictOf(await peer.ask(world, served), words)] as const,
        ),
    );
    const shape = { name, group, description, expected, verdicts: Object.fromEntries(verdicts) };
    shapes.push(shape);
    options.onShape(shape);
  }
  return {
    measured: new Date().toISOString().slice(0, 10),
    platform: `${process.platform} ${process.arch}`,
    clients: await Promise.all(clients.map((client) => identify(client))),
    shapes,
  };
}

interface Client {
  readonly peer: Peer;
  readonly versionArguments: readonly string[];
  /** What tells most of what it prints when it refuses. */
  readonly words: readonly RegExp[];
}

function clientsBelow({
  peers: folder,
  command,
}: {
  readonly peers: string;
  readonly command: string;
}): readonly Client[] {
  const uvs = ["0.8.3", "0.10.0", "0.12.5", "0.13.9"].map((version) => ({
    peer: uv(folder, version),
    versionArguments: ["--version"],
    words: [
      /invalid peer certificate: (?:Other\(OtherError\((\w+)\)\)|(\w+)(?=Context)|(\S.*))/,
      /(received fatal alert: \w+|received corrupt message of type \w+|tls handshake eof|Connection reset)/,
    ],
  }));
  const openssl = [/certificate verify failed: ([^(\n]*)/, /\[SSL: (\w+)\]/, /Connection (?:reset|aborted)/];
  return [
    { peer: pinion(command), versionArguments: [command, "--version"], words: [/"code":"([^"]+)"/] },
    { peer: CURL, versionArguments: ["--version"], words: [/curl: \(\d+\) (.*)/] },
    { peer: pip(folder), versionArguments: ["-m", "pip", "--version"], words: openssl },
    { peer: NODE_ALONE, versionArguments: ["-p", NODE_VERSION], words: [/^(.*)$/m] },
    ...uvs,
  ];
}

async function identify({ peer, versionArguments }: Client): Promise<MeasuredClient> {
  const { name, program } = peer;
  if (program === undefined) return { name, version: undefined };
  await using world = await World.create();
  const { stdout } = await world.program(program, versionArguments);
  const [, version = "", library = ""] = /^(.*?\d+\.\d+[\w.]*)(?:.*?(OpenSSL[/ ][\d.]+))?/.exec(stdout) ?? [];
  return { name, version: library === "" ? version : `${version} with ${library.replace("/", " ")}` };
}

function verdictOf(run: CliRun, words: readonly RegExp[]): Verdict {
  if (run.code === 0) return { isAccepted: true, said: "" };
  const text = `${run.stdout}\n${run.stderr}`;
  // uv 0.12 breaks its lines at 80 columns, in the middle of a sentence.
  const whole = text.replace(/\s*\n(?:\s|[│├╰─▶]|cause: )*/g, " ");
  const found = words
    .flatMap((pattern) => [pattern.exec(text), pattern.exec(whole)])
    .find((match) => match !== null);
  const said = found?.slice(1).find((part) => part !== undefined) ?? found?.[0] ?? "no reason given";
  return {
    isAccepted: false,
    said: said
      .trim()
      .replace(/:\d{4,5}\b/g, ":PORT")
      .slice(0, MAX_SAID_CHARACTERS),
  };
}

const NODE_VERSION = "`${process.version} with OpenSSL ${process.versions.openssl}`";
const MAX_SAID_CHARACTERS = 160;
