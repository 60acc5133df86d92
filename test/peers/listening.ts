// Starts a server of somebody else and waits until it listens.

import { connect, createServer } from "node:net";
import type { World } from "../support/world.ts";

/** A port of loopback that nothing listens at. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
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
