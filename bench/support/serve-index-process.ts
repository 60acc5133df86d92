// A process of its own that serves a folder of wheels as a Simple index over TLS on loopback:
// node serve-index-process.cjs FOLDER CHAIN.pem KEY.pem; says its address on stdout and ends with stdin.

import { readFileSync } from "node:fs";

import { startIndex } from "../../src/lab/index/index-server.ts";
import { readIndexFiles } from "./distributions.ts";

const [folder = "", chain = "", key = ""] = process.argv.slice(2);

void startIndex({
  packages: readIndexFiles(folder),
  // As PyPI has it.
  cacheControl: "max-age=600, public",
  formats: ["json", "html"],
  tls: { chainPem: readFileSync(chain, "utf8"), keyPem: readFileSync(key, "utf8") },
}).then(({ url }) => process.stdout.write(`${url}\n`));

process.stdin.resume().on("end", () => process.exit(0));
