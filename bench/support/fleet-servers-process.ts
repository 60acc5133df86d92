// A process of its own with an index and an object store in memory, both over TLS on loopback, which counts what it is asked:
// node fleet-servers-process.cjs FOLDER CHAIN.pem KEY.pem. Says both addresses in a line of JSON; answers each line on
// stdin with the counts since the last one, and ends with stdin.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { basename } from "node:path";
import { createInterface } from "node:readline";

import { startIndex } from "../../src/lab/index/index-server.ts";
import { listen } from "../../src/lab/servers/listen.ts";
import { readIndexFiles } from "./distributions.ts";

const [folder = "", chain = "", key = ""] = process.argv.slice(2);
const tls = { chainPem: readFileSync(chain, "utf8"), keyPem: readFileSync(key, "utf8") };
const packages = readIndexFiles(folder);
const sizes = new Map(packages.map(({ filename, bytes }) => [filename, bytes.length]));
const objects = new Map<string, Buffer>();
const store = { hits: 0, misses: 0, bytes: 0, writes: 0 };

const server = createServer({ cert: tls.chainPem, key: tls.keyPem }, (request, response) => {
  const path = request.url ?? "";
  if (request.method === "PUT") {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      objects.set(path, Buffer.concat(chunks));
      store.writes += 1;
      response.writeHead(200).end();
    });
    return;
  }
  const known = objects.get(path);
  if (request.method === "GET") {
    if (known === undefined) store.misses += 1;
    else store.hits += 1;
    store.bytes += known?.length ?? 0;
  }
  if (known === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { "content-length": known.length });
  response.end(request.method === "HEAD" ? undefined : known);
});

void (async () => {
  const index = await startIndex({
    packages,
    cacheControl: "max-age=600, public",
    formats: ["json", "html"],
    tls,
  });
  const { port } = await listen(server);
  process.stdout.write(`${JSON.stringify({ index: index.url, store: `https://localhost:${port}` })}\n`);
  let seen = 0;
  createInterface({ input: process.stdin }).on("line", (line) => {
    const requests = index.requests.slice(seen);
    seen = index.requests.length;
    const counts = { pages: 0, metadata: 0, files: 0, fileBytes: 0 };
    for (const { path } of requests) {
      const size = sizes.get(basename(decodeURIComponent(path)));
      if (path.endsWith(".metadata")) counts.metadata += 1;
      else if (size === undefined) counts.pages += 1;
      else {
        counts.files += 1;
        counts.fileBytes += size;
      }
    }
    process.stdout.write(`${JSON.stringify({ index: counts, store })}\n`);
    Object.assign(store, { hits: 0, misses: 0, bytes: 0, writes: 0 });
    if (line === "empty") objects.clear();
  });
})();

process.stdin.on("end", () => process.exit(0));
