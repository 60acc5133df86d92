// Why a build failed, as a value: the causes that people meet, found in what the backend said, and what helps against each.

import type { BuildAdvice, Hint } from "../../advice.ts";
import { HTTPS_PORT } from "../../base/text/host-port.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import type { HookFailureDetails, ServerPlace } from "./run-hook.ts";
import type { ServerExamination } from "../tools.ts";

export interface BuildFailureContext {
  /** `flask==3.0`, `flask @ file:///home/ada/flask`, or the URL while the project has no name. */
  readonly subject: string;
  readonly isIsolated: boolean;
  /** `3.13.1` */
  readonly python: string;
  /** Of the server whose certificate the build refused. */
  readonly examination?: ServerExamination | undefined;
}

/** Details of `build/failed` where a backend failed. */
export interface BuildFailureDetails extends HookFailureDetails {
  readonly subject: string;
  readonly advice: readonly BuildAdvice[];
}

/** The failure of a hook as the failure of a build; anything else is given back as it is. */
export function buildFailed(error: unknown, context: BuildFailureContext): unknown {
  if (!isPinionError(error, "build/failed")) return error;
  const found = isHookFailure(error.details) ? adviceFor(error.details, context) : [];
  const { examination } = context;
  const advice = found.map((entry) =>
    entry.kind === "tls-failure" && examination !== undefined ? { ...entry, seen: examination.seen } : entry,
  );
  const known = [...advice, ...(examination?.remedies ?? [])];
  // As uv does: where the cause is known, nothing is said of what it usually is.
  const hints: readonly Hint[] =
    known.length > 0
      ? known
      : ["Build failures usually indicate a problem with the package or the build environment"];
  const details = { ...error.details, subject: context.subject, advice };
  return new PinionError("build/failed", `Failed to build \`${context.subject}\``, {
    details,
    hints,
    cause: new PinionError("build/failed", BACKEND_FAILED, { cause: error }),
  });
}

/** The server whose certificate a hook refused, where that is what failed and the server is known. */
export function refusedServer(error: unknown): ServerPlace | undefined {
  if (!isPinionError(error, "build/failed") || !isHookFailure(error.details)) return undefined;
  const { host, port } = tlsFailureIn(error.details) ?? {};
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** What is known to lead to such a failure, most certain first. */
export function adviceFor(
  {
    stdout,
    stderr,
    missingModule,
    unverifiedServer,
  }: Pick<HookFailureDetails, "stdout" | "stderr" | "missingModule" | "unverifiedServer">,
  { isIsolated, python }: Pick<BuildFailureContext, "isIsolated" | "python">,
): readonly BuildAdvice[] {
  const text = `${stdout}\n${stderr}`;
  const found: BuildAdvice[] = [];
  const module = missingModule ?? MISSING_MODULE.exec(text)?.[1];
  if (module !== undefined) found.push(adviceForModule(module, { isIsolated, python }));
  const header = MISSING_HEADER.exec(text)?.[1];
  if (header !== undefined)
    found.push({ kind: "missing-header", header, debianPackage: debianPackageOf(header) });
  const library = MISSING_LIBRARY.exec(text)?.[1];
  if (library !== undefined)
    found.push({ kind: "missing-library", library, debianPackage: LIBRARY_PACKAGES.get(library) });
  const compiler = MISSING_COMPILER.map((pattern) => pattern.exec(text)).find((match) => match !== null);
  if (compiler !== undefined && compiler !== null)
    found.push({ kind: "missing-compiler", program: compiler[1] ?? "a compiler" });
  const refused = tlsFailureIn({ stdout, stderr, unverifiedServer });
  if (refused !== undefined) found.push({ kind: "tls-failure", ...refused });
  else if (NO_NETWORK.test(text)) found.push({ kind: "no-network", host: serverIn(text).host });
  return found;
}

type NamedServer = Pick<Extract<BuildAdvice, { kind: "tls-failure" }>, "host" | "port">;

function tlsFailureIn({
  stdout,
  stderr,
  unverifiedServer,
}: Pick<HookFailureDetails, "stdout" | "stderr" | "unverifiedServer">): NamedServer | undefined {
  const text = `${stdout}\n${stderr}`;
  return unverifiedServer ?? (TLS_FAILURE.test(text) ? serverIn(text) : undefined);
}

/** The first server that an output names, and its port for HTTPS. */
function serverIn(text: string): NamedServer {
  const [, host, ...ports] = SERVER.exec(text) ?? [];
  if (host === undefined) return { host };
  const port = Number(ports.find((digits) => digits !== undefined) ?? HTTPS_PORT);
  return { host, port: port > 0 && port <= MAX_PORT ? port : HTTPS_PORT };
}

function adviceForModule(
  module: string,
  { isIsolated, python }: Pick<BuildFailureContext, "isIsolated" | "python">,
): BuildAdvice {
  const [top = module] = module.split(".");
  const removedIn = REMOVED_MODULES.get(top);
  if (removedIn !== undefined && isAtLeast(python, removedIn))
    return { kind: "removed-module", module: top, python, removedIn };
  return { kind: "missing-module", module: top, isIsolated };
}

function debianPackageOf(header: string): string | undefined {
  return HEADER_PACKAGES.get(header) ?? HEADER_FOLDERS.get(header.split("/", 1)[0] ?? "");
}

function isAtLeast(python: string, bound: string): boolean {
  const [major = 0, minor = 0] = python.split(".").map(Number);
  const [boundMajor = 0, boundMinor = 0] = bound.split(".").map(Number);
  return major > boundMajor || (major === boundMajor && minor >= boundMinor);
}

function isHookFailure(details: object): details is HookFailureDetails {
  return "stdout" in details && "stderr" in details && "call" in details;
}

const BACKEND_FAILED = "The build backend returned an error";
const MISSING_MODULE = /^(?:ModuleNotFoundError|ImportError): No module named '([\w.]+)'/m;
// GCC and Clang.
const MISSING_HEADER =
  /fatal error: ['"]?([\w./+-]+\.(?:h|hh|hpp|hxx))['"]?(?:: No such file or directory|\s+file not found)/;
const MISSING_LIBRARY = /(?:cannot find -l|library not found for -l)([\w+.-]+)/;
const MISSING_COMPILER: readonly RegExp[] = [
  /error: command '([\w+./-]+)' failed: No such file or directory/,
  /unable to execute '([\w+./-]+)': No such file or directory/,
  /\[Errno 2\] No such file or directory: '((?:[\w./-]+-)?(?:cc|gcc|g\+\+|c\+\+|clang|clang\+\+|gfortran|cmake|ninja|make|cargo|rustc))'/,
  /error: can't find (Rust compiler)/,
  /ERROR: Unknown compiler\(s\): \[\['([\w+./-]+)'/,
  /(CMake) must be installed to build/,
  /error: (Microsoft Visual C\+\+) \d+\.\d+ (?:or greater )?is required/,
];
const NO_NETWORK =
  /Temporary failure in name resolution|Name or service not known|nodename nor servname|Could not resolve host|NewConnectionError|Network is unreachable|Connection refused|getaddrinfo failed/;
const TLS_FAILURE =
  /CERTIFICATE_VERIFY_FAILED|certificate verify failed|server certificate verification failed|SSL certificate problem|UnknownIssuer/;
/** urllib3's `host='…', port=443`, a URL, or curl's words. */
const SERVER =
  /(?:host='|https?:\/\/(?:[^\s/@'"]*@)?|Could not resolve host: )([\w.-]+\.[A-Za-z]{2,}|localhost)(?:', port=(\d{1,5})|:(\d{1,5}))?/;
const MAX_PORT = 65_535;
/** Modules of the standard library, with the Python that no longer has them (PEP 594, 632; "What's New in Python 3.12"). */
const REMOVED_MODULES: ReadonlyMap<string, string> = new Map([
  ["distutils", "3.12"],
  ["asynchat", "3.12"],
  ["asyncore", "3.12"],
  ["imp", "3.12"],
  ["smtpd", "3.12"],
  ...[
    "aifc",
    "audioop",
    "cgi",
    "cgitb",
    "chunk",
    "crypt",
    "imghdr",
    "mailcap",
    "msilib",
    "nis",
    "nntplib",
  ].map((name) => [name, "3.13"] as const),
  ...["ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib", "lib2to3"].map(
    (name) => [name, "3.13"] as const,
  ),
]);
/** Debian 12's packages that hold a header (packages.debian.org, "contents"). */
const HEADER_PACKAGES: ReadonlyMap<string, string> = new Map([
  ["Python.h", "python3-dev"],
  ["ffi.h", "libffi-dev"],
  ["zlib.h", "zlib1g-dev"],
  ["bzlib.h", "libbz2-dev"],
  ["lzma.h", "liblzma-dev"],
  ["sqlite3.h", "libsqlite3-dev"],
  ["libpq-fe.h", "libpq-dev"],
  ["mysql.h", "default-libmysqlclient-dev"],
  ["jpeglib.h", "libjpeg-dev"],
  ["png.h", "libpng-dev"],
  ["ldap.h", "libldap2-dev"],
  ["lber.h", "libldap2-dev"],
  ["sasl.h", "libsasl2-dev"],
  ["yaml.h", "libyaml-dev"],
  ["gmp.h", "libgmp-dev"],
  ["mpfr.h", "libmpfr-dev"],
  ["mpc.h", "libmpc-dev"],
  ["pcap.h", "libpcap-dev"],
  ["portaudio.h", "portaudio19-dev"],
  ["expat.h", "libexpat1-dev"],
  ["snappy-c.h", "libsnappy-dev"],
  ["lz4.h", "liblz4-dev"],
  ["zstd.h", "libzstd-dev"],
  ["sodium.h", "libsodium-dev"],
  ["uuid.h", "uuid-dev"],
  ["hdf5.h", "libhdf5-dev"],
  ["netcdf.h", "libnetcdf-dev"],
  ["zmq.h", "libzmq3-dev"],
  ["enchant.h", "libenchant-2-dev"],
  ["readline.h", "libreadline-dev"],
  ["krb5.h", "libkrb5-dev"],
  ["libusb.h", "libusb-1.0-0-dev"],
  ["fuse.h", "libfuse-dev"],
  ["sql.h", "unixodbc-dev"],
  ["sqlext.h", "unixodbc-dev"],
  ["gssapi.h", "libkrb5-dev"],
  ["magic.h", "libmagic-dev"],
  ["augeas.h", "libaugeas-dev"],
  ["cups.h", "libcups2-dev"],
]);
/** The same for a folder of headers. */
const HEADER_FOLDERS: ReadonlyMap<string, string> = new Map([
  ["openssl", "libssl-dev"],
  ["libxml", "libxml2-dev"],
  ["libxslt", "libxslt1-dev"],
  ["curl", "libcurl4-openssl-dev"],
  ["sasl", "libsasl2-dev"],
  ["readline", "libreadline-dev"],
  ["uuid", "uuid-dev"],
  ["gssapi", "libkrb5-dev"],
  ["libavcodec", "libavcodec-dev"],
  ["libavformat", "libavformat-dev"],
  ["boost", "libboost-dev"],
  ["X11", "libx11-dev"],
  ["GL", "libgl-dev"],
  ["systemd", "libsystemd-dev"],
  ["dbus", "libdbus-1-dev"],
  ["cups", "libcups2-dev"],
  ["secp256k1", "libsecp256k1-dev"],
]);
const LIBRARY_PACKAGES: ReadonlyMap<string, string> = new Map([
  ["ssl", "libssl-dev"],
  ["crypto", "libssl-dev"],
  ["z", "zlib1g-dev"],
  ["xml2", "libxml2-dev"],
  ["xslt", "libxslt1-dev"],
  ["ffi", "libffi-dev"],
  ["pq", "libpq-dev"],
  ["bz2", "libbz2-dev"],
  ["lzma", "liblzma-dev"],
  ["sqlite3", "libsqlite3-dev"],
  ["yaml", "libyaml-dev"],
  ["gmp", "libgmp-dev"],
]);
