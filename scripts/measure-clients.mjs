// Asks every shape of the laboratory with Pinion, curl, pip, Node alone and four releases of uv, over real connections
// in one run, and writes what they answered: docs/data/clients.json, the table in docs/tls.md, the picture docs/clients.svg.
//
// PINION_PEERS=FOLDER node scripts/measure-clients.mjs [--render]
//
// FOLDER holds virtual environments named `pip` and `uv-VERSION`; a client that is not there says so in its column.
// `--render` writes the table and the picture again from the existing data. Ends with 1 where Pinion is wrong.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { importTypeScript } from "./import-typescript.mjs";

const BEGIN = "<!-- measured clients: begin (npm run measure:clients) -->";
const END = "<!-- measured clients: end -->";
const root = resolve(fileURLToPath(import.meta.url), "..", "..");
const dataPath = join(root, "docs", "data", "clients.json");

const data = process.argv.includes("--render") ? JSON.parse(readFileSync(dataPath, "utf8")) : await measure();
const { clientTable, clientPicture, isRight } = await importTypeScript("test/peers/client-report.ts");
write(join("docs", "clients.svg"), clientPicture(data));
writeTable(clientTable(data));

const wrong = data.shapes.filter((shape) => !isRight(shape, "Pinion"));
for (const { name, expected, verdicts } of wrong)
  console.error(`✗ ${name}: expected ${expected}, Pinion said ${verdicts.Pinion.said || "accept"}`);
console.log(`${data.shapes.length} shapes, Pinion is right in ${data.shapes.length - wrong.length}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function measure() {
  execFileSync(process.execPath, [join(root, "scripts", "build.mjs"), "--command-only"], {
    stdio: "inherit",
  });
  const { measureClients } = await importTypeScript("test/peers/measure-clients.ts");
  // A copy, because tests rebuild the command whenever a source has changed.
  const copy = mkdtempSync(join(tmpdir(), "pinion-measured-"));
  for (const name of ["bin", "dist", "package.json"])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  const measurement = await measureClients({
    command: join(copy, "bin", "pinion.cjs"),
    peers: process.env.PINION_PEERS ?? "",
    onShape: ({ name, verdicts }) => {
      const marks = Object.entries(verdicts).map(
        ([client, { isAccepted }]) => `${client} ${isAccepted ? "✓" : "✗"}`,
      );
      console.log(`${name.padEnd(40)} ${marks.join("  ")}`);
    },
  });
  rmSync(copy, { recursive: true });
  mkdirSync(dirname(dataPath), { recursive: true });
  write(join("docs", "data", "clients.json"), `${JSON.stringify(measurement, undefined, 1)}\n`);
  return measurement;
}

function writeTable(table) {
  const path = join(root, "docs", "tls.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : `# TLS\n\n${BEGIN}\n${END}\n`;
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/tls.md has no place for the table: ${BEGIN}`);
  write(join("docs", "tls.md"), `${before}${BEGIN}\n\n${table}\n${END}${after}`);
}

function write(path, text) {
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
