// Changes an environment in one transaction, and reports what happens meanwhile.

import { nowMs } from "../base/work/clock.ts";
import type { LinkFallback } from "../install/linking/linker.ts";
import type { LinkMode } from "../install/installation.ts";
import type { WantedDistribution } from "../install/plan.ts";
import {
  applyChanges,
  lockEnvironment,
  type ChangeOptions,
  type EnvironmentLock,
} from "../install/transaction.ts";
import type { Removable } from "../install/uninstall.ts";
import { thisHost, type LockHolder } from "../base/files/lock.ts";
import { installTargetOf, placeOf, type Destination } from "./destination.ts";
import type { OnEvent } from "./events.ts";

export interface ChangeTools {
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal | undefined;
  /** The compiled second thread for linking. */
  readonly linkWorker?: string | undefined;
  /** Where the caller holds it already. */
  readonly lock?: EnvironmentLock | undefined;
}

export interface EnvironmentChange {
  readonly install: readonly WantedDistribution[];
  readonly remove: readonly Removable[];
  readonly into: Destination;
  readonly linkMode: LinkMode;
}

/** Changes an environment as a whole or not at all. @throws as `applyChanges` */
export async function changeEnvironment(
  { install, remove, into, linkMode }: EnvironmentChange,
  tools: ChangeTools,
): Promise<void> {
  if (install.length === 0 && remove.length === 0) return;
  const { onEvent, lock, linkWorker } = tools;
  const started = nowMs();
  await applyChanges({ install, remove }, installTargetOf(into, linkMode), {
    ...changeOptions(tools),
    lock,
    linkWorker,
  });
  const milliseconds = nowMs() - started;
  if (remove.length > 0) onEvent({ kind: "removed", count: remove.length, milliseconds });
  if (install.length > 0) onEvent({ kind: "installed", count: install.length, milliseconds });
}

/** Takes the lock of a destination; a change that was interrupted is finished or taken back first. */
export function lockDestination(
  destination: Destination,
  tools: Pick<ChangeTools, "onEvent" | "signal">,
): Promise<EnvironmentLock> {
  return lockEnvironment(placeOf(destination), changeOptions(tools));
}

function changeOptions({ onEvent, signal }: Pick<ChangeTools, "onEvent" | "signal">): ChangeOptions {
  return {
    signal,
    onEvent: (event) => {
      switch (event.kind) {
        case "waiting":
          onEvent({
            kind: "waiting",
            message: `Waiting for the environment: ${describeHolder(event.holder)} is changing it`,
          });
          return;
        case "recovered":
          onEvent({
            kind: "warning",
            message: `An interrupted change of the environment was ${event.outcome === "finished" ? "finished" : "taken back"}`,
          });
          return;
        case "link-fallback":
          onEvent({
            kind: "warning",
            message: describeFallback(event.fallback),
            advice: { kind: "choose-link-mode", mode: event.fallback.used },
          });
          return;
        case "warning":
          onEvent({ kind: "warning", message: event.message });
          return;
        case "staged":
          return;
      }
    },
  };
}

function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return "another process";
  return `process ${holder.pid}${holder.host === thisHost() ? "" : ` on \`${holder.host}\``}`;
}

function describeFallback({ wanted, used, systemCode }: LinkFallback): string {
  return `Files cannot be brought into the environment by \`${wanted}\` (${systemCode}): \`${used}\` is used`;
}
