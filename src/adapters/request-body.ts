// The body of a request: sent piece by piece where it is a stream, and again where a redirect asks for it and it is not one.
// https://fetch.spec.whatwg.org/#concept-body

import { Readable } from "node:stream";
import { ReadableStream, type ReadableStreamDefaultReader } from "node:stream/web";

export interface RequestBody {
  /** Absent where it ends with its stream. */
  readonly length?: number;
  /** A redirect cannot send it again. */
  readonly isOneTime: boolean;
  open(): Readable;
}

/** Reads a request's body as far as has to be known before it is sent; `given` is that of the request's options. */
export async function readRequestBody(
  request: Request,
  given: RequestInit["body"],
): Promise<RequestBody | undefined> {
  const body = request.body as ReadableStream<Uint8Array> | null;
  if (body === null) return undefined;
  if (given instanceof Blob)
    return { length: given.size, isOneTime: false, open: () => Readable.fromWeb(given.stream()) };
  // A server may wait for the first piece before the program writes the second.
  const isStream = typeof given === "object" && given !== null && Symbol.asyncIterator in given;
  if (isStream) return { isOneTime: true, open: () => Readable.fromWeb(body) };
  // A request that was made before does not say of what: most are small, and many servers want a length.
  const isUnknown = given === undefined || given === null;
  return await readAhead(body.getReader(), isUnknown ? MAX_READ_AHEAD_BYTES : Infinity);
}

async function readAhead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
): Promise<RequestBody> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= limit) {
    const { done, value } = await reader.read();
    if (done) {
      const bytes = Buffer.concat(pieces, length);
      return { length, isOneTime: false, open: () => Readable.from(bytes, { objectMode: false }) };
    }
    pieces.push(value);
    length += value.length;
  }
  const whole = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await nextPiece(pieces, reader);
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async (reason) => await reader.cancel(reason),
  });
  return { isOneTime: true, open: () => Readable.fromWeb(whole) };
}

async function nextPiece(
  pieces: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]> {
  const value = pieces.shift();
  return value === undefined ? await reader.read() : { done: false, value };
}

/** More than requests of JSON and forms have, and less than matters for the memory of a process. */
const MAX_READ_AHEAD_BYTES = 1024 * 1024;
