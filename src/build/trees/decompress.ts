// bzip2 and xz, which Node does not have and old source distributions do: the Python that builds takes them apart.

import { throwIfCancelled } from "../../base/work/cancelled.ts";
import { PinionError } from "../../errors.ts";
import { withoutSecrets } from "../../python/interpreters/without-secrets.ts";

export interface DecompressOptions {
  readonly filename: string;
  /** The Python that takes bzip2 and xz apart, which Node cannot. */
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decompresses bytes piece by piece; the program ends with the reader.
 *
 * @param format the module of Python's library
 * @throws archive/invalid, net/cancelled; build/failed where this Python lacks the module
 */
export async function* decompressed(
  archive: Buffer,
  format: "bz2" | "lzma",
  { filename, python, env, signal }: DecompressOptions,
): AsyncGenerator<Buffer, void, void> {
  throwIfCancelled(signal, CANCELLED);
  const { spawn } = await import("node:child_process");
  // Without `site`, which runs the `.pth` files of the environment: they are code of packages.
  const child = spawn(python, ["-I", "-S", "-c", SCRIPT, format], {
    env: { ...withoutSecrets(env, { isCacheShared: true }) },
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  // Where the program ends early, its exit says why.
  child.stdin.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.on("error", (cause) => {
      reject(cannotRun(filename, format, cause));
    });
  });
  const stop = (): boolean => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    child.stdin.end(archive);
    for await (const piece of child.stdout) if (Buffer.isBuffer(piece)) yield piece;
    const code = await closed;
    throwIfCancelled(signal, CANCELLED);
    if (code === EXIT_MISSING) throw cannotRun(filename, format);
    if (code !== 0) {
      throw new PinionError("archive/invalid", `The compression of \`${filename}\` is damaged`, {
        details: { filename, reason: "its compression is damaged" },
      });
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

function cannotRun(filename: string, format: string, cause?: unknown): PinionError {
  return new PinionError(
    "build/failed",
    `Cannot decompress \`${filename}\`: the module \`${format}\` of Python is needed`,
    { details: { filename, format }, cause },
  );
}

const EXIT_MISSING = 3;
const SCRIPT = `
import sys
try:
    module = __import__(sys.argv[1])
except ImportError:
    sys.exit(${EXIT_MISSING})
with module.open(sys.stdin.buffer, "rb") as source:
    while True:
        piece = source.read(1 << 20)
        if not piece:
            break
        sys.stdout.buffer.write(piece)
sys.stdout.flush()
`;
const CANCELLED = "Extracting was cancelled";
