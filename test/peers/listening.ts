// Starts a server of somebody else and waits until it listens.

import { connect, createServer } from "node:net";
import type { World } from "../support/world.ts";

/**
 * A port of loopback that nothing listens at. Each is given once, and none is of the range that systems choose ports
 * from by themselves: one of those may go to another server, or to a connection, before the program listens at it.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_OF_A_WORKER; tried += 1) {
    const port = FIRST_PORT + workerOffset() + (nextPort++ % PORTS_OF_A_WORKER);
    if (await canListen(port)) return port;
  }
  throw new Error("No port of loopback is free.");
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Files of tests go on beside each other, each in a process with the number of its place. */
function workerOffset(): number {
  return (Number(process.env["VITEST_POOL_ID"] ?? 0) % MAX_WORKERS) * PORTS_OF_A_WORKER;
}

/** Starts a program and resolves once it listens; it ends with the world. */
export async function startListening(
  world: World,
  command: readonly [program: string, ...args: readonly string[]],
  port: number,
): Promise<void> {
  const [program, ...args] = command;
  let said = "";
  const child = world.startProgram(program, args);
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-MAX_SAID)));
  const started = performance.now();
  while (!(await isListening(port))) {
    if (performance.now() - started > START_TIMEOUT_MS || child.exitCode !== null)
      throw new Error(`${program} does not listen: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** Servers in Python take ten seconds on a busy machine. */
const START_TIMEOUT_MS = 90_000;
const MAX_SAID = 4000;

/** Linux chooses ports from 32,768 on, macOS and Windows from 49,152 on. */
const FIRST_PORT = 20_000;
const PORTS_OF_A_WORKER = 1500;
const MAX_WORKERS = 8;
// A process that follows in the same place begins elsewhere, as what the last one used may be closing still.
let nextPort = process.pid;
