// Wheels on their own: unpacked into a cache once, verified, and put into any folder or environment as a whole or not at all.

export {
  applyChanges,
  lockEnvironment,
  openStore,
  planChanges,
  readZip,
  recoverEnvironment,
} from "./checked/wheel.ts";
export type { ZipArchive, ZipEntry, ZipSource } from "./archive/zip.ts";
export type { Applied, ChangeEvent, ChangeOptions, Changes } from "./install/transaction.ts";
export type { Plan, PlanOptions, Wanted, WantedDistribution } from "./install/plan.ts";
export type { InstallTarget, LinkMode } from "./install/installation.ts";
export type { Store, UnpackedWheel } from "./store/store.ts";
