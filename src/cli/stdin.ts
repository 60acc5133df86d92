// The text that is piped in: what `-r -` reads.

import { text } from "node:stream/consumers";

export async function readStdin(): Promise<string> {
  return await text(process.stdin);
}
