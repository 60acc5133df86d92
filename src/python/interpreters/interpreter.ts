// What a Python says about itself: version, platform, folders. Asking costs 20 to 50 ms, so the answer is kept.

import { schemeBelow, type Scheme } from "./scheme.ts";
import { existsSync, realpathSync, statSync } from "node:fs";
import { arch, hostname, platform as systemPlatform, release } from "node:os";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { readFileWithin } from "../../base/files/small-file.ts";
import { isPinionError, systemCode } from "../../errors.ts";
import type { MarkerEnvironment } from "../../pep/markers/expression.ts";
import type { Target } from "../../pep/tags/tags.ts";
import { tryParseVersion, type Version } from "../../pep/versions/version.ts";
import { readElf } from "./elf.ts";
import {
  parseAnswer,
  parseMuslVersion,
  platformOf,
  readAnswer,
  unsupportedPython,
  type Answer,
  type LinuxFacts,
} from "./interpreter-answer.ts";
import { ANSWER_FORM, INTERPRETER_SCRIPT } from "./interpreter-script.ts";
import { readPyvenvConfig } from "../environments/pyvenv-config.ts";
import { broken, run } from "./run.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** A Python that answered. */
export interface Interpreter {
  /** `sys.executable`. */
  readonly executable: string;
  readonly version: Version;
  /** `sys.implementation.name`. */
  readonly implementation: string;
  /** `sys.prefix`: the root of the virtual environment, where it is one. */
  readonly prefix: string;
  readonly basePrefix: string;
  /** The Python that a virtual environment was made from; the same as `executable` elsewhere. */
  readonly baseExecutable: string;
  readonly isVirtual: boolean;
  /** Absolute folders. */
  readonly scheme: Scheme;
  /** Folders below the root of an environment that this Python would make; also those of `--prefix`. */
  readonly virtualScheme: Scheme;
  /** Where installed distributions are looked for; purelib first. */
  readonly sitePackages: readonly string[];
  readonly target: Target;
  readonly markers: MarkerEnvironment;
  /** The message of `EXTERNALLY-MANAGED` (PEP 668), which may be empty; undefined where any tool may install. */
  readonly externallyManaged: string | undefined;
  readonly isFreeThreaded: boolean;
  /** In bits. */
  readonly pointerSize: 32 | 64;
}

/** What the files of an environment say of its base. */
export type VenvBase = Pick<
  Interpreter,
  | "baseExecutable"
  | "basePrefix"
  | "virtualScheme"
  | "markers"
  | "implementation"
  | "isFreeThreaded"
  | "pointerSize"
>;

/** Keeps answers between runs; a bucket of the store is one. */
export interface InterpreterCache {
  read(key: string): Uint8Array | undefined;
  write(key: string, bytes: Uint8Array): void;
}

export interface InspectOptions {
  /** The environment that the Python is run with; of its variables `PYTHON*` have no effect. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cache?: InterpreterCache | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called where a Python has to be asked, once it runs: time to do something else in. */
  readonly onStarted?: (() => void) | undefined;
}

/**
 * Asks a Python about itself, or remembers what it said when neither it nor its environment has changed since.
 *
 * @throws PinionError `environment/broken-interpreter`, `environment/no-interpreter` when it is too old
 */
export async function inspectInterpreter(executable: string, options: InspectOptions): Promise<Interpreter> {
  const facts = cacheFacts(executable);
  const kept = facts === undefined ? undefined : options.cache?.read(fingerprint(facts));
  const remembered = kept === undefined ? undefined : parseKept(executable, kept, facts);
  if (remembered !== undefined) return toInterpreter(executable, remembered);

  const derived = facts === undefined ? undefined : await deriveFromBase(executable, options);
  const fresh = derived ?? (await ask(executable, options));
  const interpreter = toInterpreter(executable, fresh);
  // A shim, such as pyenv's, may lead to another Python tomorrow; and a program of a project that says that it is another
  // Python would answer for that one in every later run.
  const isShim = !isSameFile(executable, fresh.answer.executable);
  if (facts !== undefined && !isShim)
    options.cache?.write(fingerprint(facts), Buffer.from(JSON.stringify({ facts, ...fresh })));
  return interpreter;
}

/** An environment whose Python is described without being asked. */
export type MadeEnvironment = Pick<Interpreter, "executable" | "baseExecutable" | "prefix" | "scheme">;

/**
 * Keeps what an environment's Python will say, where it is known without asking: Pinion has just made it from a Python
 * that answered, and it has not changed since.
 */
export function rememberMadeEnvironment(
  made: MadeEnvironment,
  base: Known | undefined,
  cache: InterpreterCache | undefined,
): void {
  const facts = base === undefined ? undefined : cacheFacts(made.executable);
  if (cache === undefined || base === undefined || facts === undefined) return;
  const { executable, baseExecutable: python, prefix, scheme } = made;
  const answer = { ...base.answer, executable, baseExecutable: python, prefix, scheme, isVirtual: true };
  cache.write(fingerprint(facts), Buffer.from(JSON.stringify({ ...base, facts, answer })));
}

/**
 * What an environment's Python will say, from what its base says: that is kept, and asked only once for all environments.
 * Nothing of the environment runs then.
 */
async function deriveFromBase(executable: string, options: InspectOptions): Promise<Known | undefined> {
  const { findEnvironmentBase } = await import("../environments/environment-base.ts");
  const found = options.cache === undefined ? undefined : findEnvironmentBase(executable);
  if (found === undefined) return undefined;
  const known = await knowBase(found.executables, options);
  if (known?.answer.isVirtual !== false || known.answer.markers.implementation_name !== "cpython")
    return undefined;
  const { answer, muslVersion, path } = known;
  return {
    muslVersion,
    answer: {
      ...answer,
      executable: resolve(executable),
      baseExecutable: path,
      prefix: found.root,
      scheme: schemeBelow(found.root, answer.virtualScheme),
      isVirtual: true,
    },
  };
}

async function knowBase(
  executables: readonly string[],
  options: InspectOptions,
): Promise<(Known & { readonly path: string }) | undefined> {
  for (const path of executables) {
    const known = keptAnswer(path, options);
    if (known !== undefined) return { ...known, path };
  }
  const [path = ""] = executables;
  const facts = cacheFacts(path);
  if (facts === undefined) return undefined;
  try {
    const fresh = await ask(path, options);
    options.cache?.write(fingerprint(facts), Buffer.from(JSON.stringify({ facts, ...fresh })));
    return { ...fresh, path };
  } catch (error) {
    // What is wrong with it shows when the environment's own Python is asked.
    if (!isPinionError(error) || error.code === "net/cancelled") throw error;
    return undefined;
  }
}

/** What a Python said that has not changed since; undefined where that is not kept. */
export function keptAnswer(executable: string, { cache }: Pick<InspectOptions, "cache">): Known | undefined {
  const facts = cacheFacts(executable);
  const kept = facts === undefined ? undefined : cache?.read(fingerprint(facts));
  return kept === undefined ? undefined : parseKept(executable, kept, facts);
}

/** An answer with what else was found out; what is kept. */
export interface Known {
  readonly answer: Answer;
  readonly muslVersion: readonly [number, number] | undefined;
}

async function ask(executable: string, options: InspectOptions): Promise<Known> {
  const result = await run(executable, ["-I", "-B", "-c", INTERPRETER_SCRIPT], {
    ...options,
    env: childEnvironment(options.env),
  });
  if (result.exitCode !== 0) {
    // Python 2 does not know `-I`, and says so before it reads the question.
    if (/unknown option:? -I/i.test(result.stderr)) throw unsupportedPython(executable, "2");
    const said = tellingLine(result.stderr);
    throw broken(
      executable,
      `it failed with exit code ${result.exitCode ?? "of a signal"}${said === "" ? "" : `: ${said}`}`,
    );
  }
  const answer = readAnswer(executable, result.stdout);
  const needsMusl = answer.platform.startsWith("linux") && answer.glibc === undefined;
  return { answer, muslVersion: needsMusl ? await askMusl(answer.executable, options) : undefined };
}

/** Python reports the error last, after the traceback; a program in its place reports it first. */
function tellingLine(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const isPython = lines.some((line) => line.startsWith("Traceback"));
  return (lines.at(isPython ? -1 : 0) ?? "").trim().slice(0, MAX_QUOTED_LENGTH);
}

/** musl reports its version only through its loader. */
async function askMusl(
  executable: string,
  options: InspectOptions,
): Promise<readonly [number, number] | undefined> {
  const loader = readElf(executable)?.interpreter;
  if (loader === undefined || !isAbsolute(loader) || !loader.includes("musl")) return undefined;
  const { stderr } = await run(loader, [], { ...options, onStarted: undefined });
  return parseMuslVersion(stderr);
}

function toInterpreter(executable: string, { answer, muslVersion }: Known): Interpreter {
  const version = tryParseVersion(answer.markers.python_full_version);
  const linux: LinuxFacts | undefined = answer.platform.startsWith("linux")
    ? { elf: answer.pointerSize === 32 ? readElf(answer.executable) : undefined, muslVersion }
    : undefined;
  const platform = platformOf(answer, linux);
  if (version === undefined) throw broken(executable, "its version cannot be understood");
  if (platform === undefined) throw broken(executable, `its platform is unknown: \`${answer.platform}\``);
  const { markers, scheme, isFreeThreaded } = answer;
  const implementation = markers.implementation_name;
  return {
    executable: answer.executable,
    version,
    implementation,
    prefix: answer.prefix,
    basePrefix: answer.basePrefix,
    baseExecutable: baseExecutable(answer),
    isVirtual: answer.isVirtual,
    scheme,
    virtualScheme: answer.virtualScheme,
    sitePackages: isSameFolder(scheme.purelib, scheme.platlib)
      ? [scheme.purelib]
      : [scheme.purelib, scheme.platlib],
    target: {
      pythonVersion: version,
      implementation,
      isFreeThreaded,
      isDebug: answer.isDebug,
      platform,
      markers,
    },
    markers,
    externallyManaged: answer.isVirtual ? undefined : readExternallyManaged(answer.stdlib),
    isFreeThreaded,
    pointerSize: answer.pointerSize === 32 ? 32 : 64,
  };
}

/** Before 3.11 an environment's Python takes itself for its base: then the base is where `pyvenv.cfg` says. */
function baseExecutable({
  baseExecutable: named,
  executable,
  prefix,
  basePrefix,
  isVirtual,
  markers,
}: Answer): string {
  const own = named === undefined || named === "" ? executable : named;
  if (!isVirtual || !own.startsWith(prefix + sep)) return own;
  const home = readPyvenvConfig(prefix)?.get("home");
  const folders = [...(home === undefined ? [] : [home]), join(basePrefix, "bin"), basePrefix];
  const names = [`python${markers.python_version}`, "python3", "python", "python.exe"];
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find((candidate) => existsSync(candidate)) ?? own;
}

/**
 * The answer depends on the path that Python is called by (that makes the environment), on the file that it leads to,
 * on the environment's `pyvenv.cfg`, and on the system (a home folder may be shared).
 */
function cacheFacts(executable: string): string | undefined {
  try {
    const path = resolve(executable);
    const real = realpathSync.native(path);
    const { mtimeMs, size } = statSync(real);
    const configuration = join(dirname(dirname(path)), "pyvenv.cfg");
    const configured = statSync(configuration, { throwIfNoEntry: false });
    const facts = [ANSWER_FORM, path, real, mtimeMs, size, configured?.mtimeMs ?? 0, configured?.size ?? 0];
    const system = [systemPlatform(), release(), arch(), hostname()];
    return JSON.stringify([facts, system]);
  } catch {
    return undefined;
  }
}

/**
 * A file name for facts: FNV-1a, four times. No secure digest, which would take longer to load than all the rest of this;
 * what is kept has its facts, and is not used for others.
 */
function fingerprint(facts: string): string {
  let name = "";
  for (let seed = 0; seed < 4; seed++) {
    let hash = FNV_OFFSET ^ seed;
    for (let index = 0; index < facts.length; index++)
      hash = Math.imul(hash ^ facts.charCodeAt(index), FNV_PRIME);
    name += (hash >>> 0).toString(16).padStart(8, "0");
  }
  return name;
}

function parseKept(executable: string, bytes: Uint8Array, facts: string | undefined): Known | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof kept !== "object" || kept === null || !("answer" in kept)) return undefined;
  if (!("facts" in kept) || kept.facts !== facts) return undefined;
  const answer = parseAnswer(executable, JSON.stringify(kept.answer));
  if (answer === undefined) return undefined;
  const musl = "muslVersion" in kept && Array.isArray(kept.muslVersion) ? kept.muslVersion.map(Number) : [];
  const [major, minor] = musl;
  return { answer, muslVersion: major === undefined || minor === undefined ? undefined : [major, minor] };
}

/** PEP 668: the file's presence decides; its `Error` is the distributor's message. */
function readExternallyManaged(stdlib: string): string | undefined {
  let text: string;
  try {
    text = readFileWithin(join(stdlib, "EXTERNALLY-MANAGED"), MAX_MESSAGE_BYTES).toString();
  } catch (error) {
    return systemCode(error) === "ENOENT" ? undefined : "";
  }
  const lines = text.slice(0, MAX_MESSAGE_LENGTH).split(/\r?\n/);
  const start = lines.findIndex((line) => /^Error\s*[=:]/.test(line));
  if (start === -1) return "";
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line !== "" && !/^\s/.test(line));
  const message = [
    lines[start]?.replace(/^Error\s*[=:]/, "") ?? "",
    ...(end === -1 ? rest : rest.slice(0, end)),
  ];
  return message
    .map((line) => line.trim())
    .join("\n")
    .trim();
}

/** macOS passes the launcher's own path on, which would make the child another environment; and lies about 11 and later. */
function childEnvironment(env: InspectOptions["env"]): Readonly<Record<string, string | undefined>> {
  const { __PYVENV_LAUNCHER__: _launcher, ...rest } = withoutSecrets(env, { isCacheShared: true });
  return { ...rest, SYSTEM_VERSION_COMPAT: "0" };
}

function isSameFolder(one: string, other: string): boolean {
  return one === other || isSameFile(one, other);
}

function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync.native(one) === realpathSync.native(other);
  } catch {
    return false;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const MAX_QUOTED_LENGTH = 200;

// Debian's has some 800 characters.
const MAX_MESSAGE_LENGTH = 16_384;
const MAX_MESSAGE_BYTES = 1024 ** 2;
