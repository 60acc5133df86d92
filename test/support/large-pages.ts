// A client whose answers are all large pages, which tells how many of them were held at once.

import type { Client, RequestOptions } from "../../src/net/client.ts";

/** What {@link largePages} gives. */
export interface LargePages {
  readonly client: Client;
  /** How many bodies were held at the same time, at most. */
  readonly mostHeld: () => number;
}

/** Answers each request with an empty page, once it has the turn of a large body. */
export function largePages(): LargePages {
  let held = 0;
  let most = 0;
  const client = {
    protectionOf: () => "verified",
    async request(url: string, { largeBody }: RequestOptions) {
      await largeBody?.enter();
      held += 1;
      most = Math.max(most, held);
      await new Promise(setImmediate);
      return {
        status: 200,
        url,
        headers: { "content-type": "application/json" },
        protection: "verified",
        bytes() {
          held -= 1;
          return Promise.resolve(Buffer.from('{"meta": {"api-version": "1.0"}, "files": []}'));
        },
      };
    },
  } as unknown as Client;
  return { client, mostHeld: () => most };
}
