// Processes that tests start and wait for: Linux shows the environment of each, and every world has a home of its own.

import { readdirSync, readFileSync } from "node:fs";

/** The numbers of the processes with this home. One that has ended and was not collected yet has no environment. */
export function processesOf(home: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && readProcess(name, "environ").includes(`HOME=${home}\0`))
    .map(Number);
}

/** The words that a process was started with, one after the other; empty where it has ended. */
export function commandOf(pid: number): string {
  return readProcess(`${pid}`, "cmdline");
}

/** Whether a process has not ended; one that was not collected yet has. */
export function isRunning(pid: number): boolean {
  const status = readProcess(`${pid}`, "status");
  return status !== "" && !/^State:\s+Z/m.test(status);
}

/** Waits until something holds. What never does ends the test by its own time-out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
