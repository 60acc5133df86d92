// Puts every chain of test/client-matrix, and the two servers beside it, to the programs of the doctor's table of
// clients, and writes what they said, with their versions, into the two files there.
//
// PINION_PEERS=FOLDER node scripts/measure-table.mjs [--only PATTERN] [--chains PATTERN]
//
// FOLDER holds virtual environments and unpacked programs (`uv-VERSION`, `pip`, `node-26`, `openssl-3.6`, …; see
// test/peers/table-clients.ts). What is not there, or does not match PATTERN, keeps its verdicts; `--only` is about the
// clients, `--chains` about the chains' ids.

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { importTypeScript } from "./import-typescript.mjs";

const folder = join(resolve(fileURLToPath(import.meta.url), "..", ".."), "test", "client-matrix");
const matrixPath = join(folder, "chains-and-verdicts.json");
const furtherPath = join(folder, "further-chains.json");
const matrix = JSON.parse(readFileSync(matrixPath, "utf8"));
const further = JSON.parse(readFileSync(furtherPath, "utf8"));
const pattern = (flag) =>
  new RegExp(process.argv.includes(flag) ? process.argv[process.argv.indexOf(flag) + 1] : "");
const only = pattern("--only");
const chainPattern = pattern("--chains");
const cases = [...further.cases, ...matrix.cases].filter(({ id }) => chainPattern.test(id));

const { measureTable } = await importTypeScript("test/peers/measure-table.ts");
const { versions, chains, servers } = await measureTable({
  peers: process.env.PINION_PEERS ?? "",
  chains: cases,
  isAsked: (name) => only.test(name),
  onLine: (line) => console.log(line),
});
for (const one of cases) Object.assign(one.clients, chains[one.id]);
for (const [fact, verdicts] of Object.entries(servers)) Object.assign(further.servers[fact], verdicts);
Object.assign(further.versions, versions);
further.measured = new Date().toISOString().slice(0, 10);
writeFileSync(matrixPath, `${JSON.stringify(matrix)}\n`);
writeFileSync(furtherPath, `${JSON.stringify(further, undefined, 1)}\n`);
console.log(versions);
