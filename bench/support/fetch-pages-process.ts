// Fetches the addresses in a file with Pinion's client, 16 at a time: node fetch-pages-process.cjs FILE TRUST.pem

import { readFileSync } from "node:fs";

import { createClient } from "../../src/net/client.ts";
import { loadTrust } from "../../src/trust/store.ts";

const [file = "", bundle = ""] = process.argv.slice(2);

async function fetchAll(urls: string[]): Promise<void> {
  const trust = loadTrust({ env: { SSL_CERT_FILE: bundle }, home: "" });
  const client = createClient({ trust, proxy: {}, userAgent: "pinion-bench" });
  const take = async (): Promise<void> => {
    for (let url = urls.pop(); url !== undefined; url = urls.pop()) await (await client.request(url)).bytes();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, take));
  client.close();
}

const CONNECTIONS = 16;

void fetchAll(readFileSync(file, "utf8").split("\n").filter(Boolean)).then(() => process.exit(0));
