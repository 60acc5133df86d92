// The shapes of what the functions of `pinion/wheel` take.

import type { ZipSource } from "../../archive/zip.ts";
import type { InstallTarget } from "../../install/installation.ts";
import type { Installed, PlanOptions, Wanted, WantedDistribution } from "../../install/plan.ts";
import type { EnvironmentPlace } from "../../install/journal/state-folder.ts";
import type { ChangeOptions, Changes } from "../../install/transaction.ts";
import type { StoreOptions } from "../../store/store.ts";
import {
  amount,
  buffer,
  callable,
  choice,
  either,
  flag,
  known,
  list,
  methods,
  options,
  optional,
  path,
  setOf,
  signal,
  text,
  truth,
  type Fields,
  type Shape,
} from "./shape.ts";
import { linkMode, scheme, target, version } from "./values.ts";

export const archive: Shape<Buffer | ZipSource> = either(buffer, methods<ZipSource>("read"));

const placeFields: Fields<EnvironmentPlace> = {
  root: path,
  scheme,
  isInstallation: flag,
  isFolder: flag,
};
export const place: Shape<EnvironmentPlace> = options<EnvironmentPlace>(placeFields);
export const installTarget: Shape<InstallTarget> = options<InstallTarget>({
  ...placeFields,
  executable: optional(path),
  target,
  linkMode,
  isRelocatable: flag,
  launcherWheel: optional(path),
});

const wantedFields = { name: text, version };
const wheel = known<WantedDistribution["wheel"]>("a wheel, as a store gives it", {
  directory: path,
  sha256: text,
});

export const changes: Shape<Changes> = options<Changes>({
  install: list(
    known<WantedDistribution>("a wheel to install", { ...wantedFields, wheel, isRequested: truth }),
  ),
  remove: list(known<Changes["remove"][number]>("what is to be removed", { name: text })),
});

type LockChoice = Pick<ChangeOptions, "signal" | "lockTimeoutMs" | "onEvent" | "onStep">;
const locking: Fields<LockChoice> = {
  signal: optional(signal),
  lockTimeoutMs: optional(amount),
  onEvent: optional(callable()),
  onStep: optional(callable()),
};
export const lockOptions: Shape<LockChoice> = options<LockChoice>(locking);
export const changeOptions: Shape<ChangeOptions> = options<ChangeOptions>({
  ...locking,
  installerMetadata: optional(choice("write", "omit")),
  linksForTwo: optional(amount),
  linkWorker: optional(path),
  lock: optional(known<NonNullable<ChangeOptions["lock"]>>("a lock, as lockEnvironment() gives it", {})),
});

export const wanted: Shape<readonly Wanted[]> = list(known<Wanted>("what is wanted", wantedFields));
export const planOptions: Shape<PlanOptions> = options<PlanOptions>({
  acceptsAnyOrigin: flag,
  isExact: flag,
  reinstall: optional(either(choice("all"), setOf(text))),
  spared: optional(setOf(text)),
});

export const storeOptions: Shape<StoreOptions> = options<StoreOptions>({ workerPath: optional(path) });
export const installed: Shape<readonly Installed[]> = list(
  known<Installed>("a distribution that is installed", wantedFields),
);
