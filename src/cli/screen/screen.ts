// stdout and stderr of this process. Node's streams for them take longer to load than many a command runs, so strings for
// files and pipes go straight to the system, as Node's own streams write them too; terminals get Node's streams.

import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { PinionError, systemCode } from "../../errors.ts";

/** Where text goes. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Node's stream for it, for what moves on a terminal. */
  readonly stream: NodeJS.WriteStream;
  /**
   * Writes, unless the reader has gone.
   *
   * @throws usage/invalid-argument where stdout takes no more, as on a full disk; what stderr does not take is passed over,
   * because there is nowhere left to report it
   */
  write(text: string): void;
  /** Calls back once everything is out. */
  finish(callback: () => void): void;
}

/** The screen of a file descriptor of this process. */
export function openScreen(descriptor: 1 | 2): Screen {
  return new DescriptorScreen(descriptor);
}

class DescriptorScreen implements Screen {
  readonly #descriptor: 1 | 2;
  #isTerminal: boolean | undefined;
  /** `streaming`: what comes must not overtake what the stream still holds. `closed`: nothing more is taken. */
  #state: "direct" | "streaming" | "closed" = "direct";

  constructor(descriptor: 1 | 2) {
    this.#descriptor = descriptor;
  }

  get isTerminal(): boolean {
    this.#isTerminal ??= mayBeTerminal(this.#descriptor) && this.#nodeStream.isTTY;
    return this.#isTerminal;
  }

  get stream(): NodeJS.WriteStream {
    if (this.#state === "direct") {
      this.#state = "streaming";
      // Its reader has gone meanwhile.
      this.#nodeStream.on("error", () => (this.#state = "closed"));
    }
    return this.#nodeStream;
  }

  write(text: string): void {
    if (this.#state === "closed") return;
    if (this.#state === "direct" && !this.isTerminal) this.#writeDirectly(Buffer.from(text));
    else this.stream.write(text);
  }

  finish(callback: () => void): void {
    if (this.#state === "streaming") this.#nodeStream.write("", () => callback());
    else callback();
  }

  #writeDirectly(bytes: Buffer): void {
    let rest = bytes;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest));
    } catch (error) {
      // A pipe that does not block is full: the stream waits for its reader.
      if (systemCode(error) === "EAGAIN") this.stream.write(rest);
      else {
        this.#state = "closed";
        if (this.#descriptor === 1 && !GONE.has(systemCode(error) ?? ""))
          throw new PinionError("usage/invalid-argument", "Cannot write to stdout", { cause: error });
      }
    }
  }

  get #nodeStream(): NodeJS.WriteStream {
    return this.#descriptor === 1 ? process.stdout : process.stderr;
  }
}

/** Only a character device can be one, and the null device, where cron and CI send their output, is none. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isCharacterDevice() && status.rdev !== statSync(devNull).rdev;
  } catch {
    return process.platform === "win32";
  }
}

/** The reader of a pipe has ended, as `head` does; or there never was one. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "EBADF", "EOF"]);
