// The library: plans and changes of Python environments and folders, with events, stable error codes, and no global state.
// The smaller pieces are exported from `pinion/pep`, `pinion/tls` and `pinion/wheel`.

export { createInstaller } from "./checked/installer.ts";
export {
  changesOf,
  cleanCache,
  createVenv,
  dependencyGraph,
  dependencyTree,
  diffLocks,
  discoverEnvironment,
  findInterpreter,
  findProblems,
  findProblemsInTurns,
  formatProblem,
  formatPylock,
  formatRequirementsTxt,
  installedBytes,
  latestVersionOf,
  listInstalled,
  measureCache,
  parsePlan,
  pinsOfPylock,
  pinsOfRequirements,
  pruneCache,
  readInstalledFiles,
  readPylock,
  scanEnvironment,
  selectPackages,
  targetFor,
  toPylock,
  verifyWheels,
} from "./checked/library.ts";
export type { MalformedArgument } from "./checked/check.ts";
export type { Installer } from "./api/installer.ts";
export type { PackageOperations, UninstallResult } from "./api/session/interface.ts";
export type { Compiled, CompileRequest, Pins } from "./api/locks/lock-request.ts";
export type { LockFile } from "./api/plan/from-lock.ts";
export type { ChosenDeclaration, ChosenPackage, ChosenSource, Lock } from "./lock/lock.ts";
export type { LockCheck } from "./api/locks/check-lock.ts";
export type { DependencyGraph, TreeOptions } from "./inspect/dependency-tree.ts";
export type { CheckedDistribution, Problem } from "./inspect/problems.ts";
export type { LatestVersion } from "./api/latest-version.ts";
export type { LockVerification } from "./api/locks/verify-lock.ts";
export type { LockFinding } from "./lock/verify.ts";
export type { LockChange } from "./lock/diff.ts";
export type { LockedFile, LockedPackage, LockedSource, Pylock } from "./pep/files/pylock.ts";
export type { Destination } from "./api/destination.ts";
export type { InstallerEvent, OnEvent, Period } from "./api/events.ts";
export type { InputSources, RequirementInput } from "./api/inputs/read-inputs.ts";
export type {
  Inputs,
  NamedRequirement,
  RequestedRequirement,
  UnnamedRequirement,
} from "./sources/requested.ts";
export type {
  BuildableSource,
  DirectorySource,
  DirectSource,
  GitSource,
  IndexReference,
  IndexSource,
  SdistSource,
  SourceFile,
  Source,
} from "./sources/source.ts";
export type {
  BuildOptions,
  InstallerOptions,
  ClientCertificateFiles,
  NetworkOptions,
} from "./api/options.ts";
export type {
  Change,
  ChangePlan,
  InstallationPlan,
  KeptDistribution,
  PlannedInstall,
  PlannedRemoval,
  SatisfiedPlan,
} from "./api/plan/value.ts";
export type { BuildChoices } from "./api/builds/build-choices.ts";
export type { BuildEvent, BuildGuard, GuardedBuild } from "./build/tools.ts";
export type { GroupCommand } from "./build/backend/child-group.ts";
export type {
  ApplyOptions,
  BuildAllRequest,
  BuildRequest,
  ProjectBuild,
  ProjectFolder,
  DownloadRequest,
  ListVersionsRequest,
  PlanRequest,
  ReadRequest,
  ResolveRequest,
  UninstallRequest,
  WheelsRequest,
} from "./api/requests.ts";
export type { ProjectFile, ProjectVersion } from "./api/list-versions.ts";
export type { LockFilesRequest, SkippedPackage } from "./api/locks/lock-files.ts";
export type { ImportedFiles, PulledFiles, PushedFiles } from "./api/locks/lock-transfer.ts";
export type { MemoryFile, PackOptions, ZipOptions } from "./api/pack.ts";
export type { Why, WhyLink } from "./inspect/why.ts";
export type { Advice, Hint } from "./advice.ts";
export { ERROR_CODES, PinionError, isPinionError } from "./errors.ts";
export type { ErrorCode, ErrorDetails } from "./errors.ts";
export { PLATFORM_NAMES } from "./pep/tags/target.ts";
export type { Target } from "./pep/tags/tags.ts";
export type { InstalledDistribution } from "./python/environments/environment.ts";
export type { Interpreter } from "./python/interpreters/interpreter.ts";
export type { Scheme } from "./python/interpreters/scheme.ts";
export type { EnvironmentScan, ScannedDistribution } from "./python/environments/scan.ts";
export type { Venv, VenvOptions } from "./python/venv/venv.ts";
export type { CacheAmount, CleanOptions, ClearingOptions, PruneOptions } from "./store/cache/clean.ts";
export type { Verified } from "./store/cache/verify.ts";
export { VERSION } from "./version.ts";
