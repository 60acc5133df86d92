// bzip2 and xz, which Node does not have and old source distributions do: the Python that builds takes them apart.

import { cancelled } from "../base/cancelled.ts";
import { PinionError } from "../errors.ts";

export interface DecompressOptions {
  readonly filename: string;
  /** The Python that takes bzip2 and xz apart, which Node cannot. */
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decompresses bytes.
 *
 * @param format the module of Python's library
 * @throws archive/invalid, archive/too-large, net/cancelled; build/failed where this Python lacks the module
 */
export async function decompress(
  archive: Buffer,
  format: "bz2" | "lzma",
  { filename, python, env, signal }: DecompressOptions,
): Promise<Buffer> {
  const { spawn } = await import("node:child_process");
  const child = spawn(python, ["-I", "-c", SCRIPT, format, String(MAX_BYTES)], {
    env: { ...env },
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
    ...(signal === undefined ? {} : { signal, killSignal: "SIGKILL" as const }),
  });
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  // Where the program ends early, its exit says why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(archive);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => {
      const error =
        signal?.aborted === true ? cancelled(signal, CANCELLED) : cannotRun(filename, format, cause);
      reject(error);
    });
    child.once("close", resolve);
  });
  if (code === 0) return Buffer.concat(pieces);
  if (code === EXIT_MISSING) throw cannotRun(filename, format);
  if (code === EXIT_TOO_LARGE) {
    throw new PinionError(
      "archive/too-large",
      `\`${filename}\` would unpack to more than ${MAX_BYTES} bytes`,
      {
        details: { filename },
      },
    );
  }
  throw new PinionError("archive/invalid", `The compression of \`${filename}\` is damaged`, {
    details: { filename, reason: "its compression is damaged" },
  });
}

function cannotRun(filename: string, format: string, cause?: unknown): PinionError {
  return new PinionError(
    "build/failed",
    `Cannot decompress \`${filename}\`: the module \`${format}\` of Python is needed`,
    { details: { filename, format }, cause },
  );
}

const EXIT_MISSING = 3;
const EXIT_TOO_LARGE = 4;
const SCRIPT = `
import sys
try:
    module = __import__(sys.argv[1])
except ImportError:
    sys.exit(${EXIT_MISSING})
left = int(sys.argv[2])
with module.open(sys.stdin.buffer, "rb") as source:
    while True:
        piece = source.read(1 << 20)
        if not piece:
            break
        left -= len(piece)
        if left < 0:
            sys.exit(${EXIT_TOO_LARGE})
        sys.stdout.buffer.write(piece)
sys.stdout.flush()
`;
/** Held in memory: of the last years' source distributions of these kinds none is near. */
const MAX_BYTES = 1024 ** 3;

const CANCELLED = "Extracting was cancelled";
