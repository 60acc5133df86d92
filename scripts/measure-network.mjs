// Goes every way of test/peers/network-cases.ts, and tries every form of NO_PROXY, with Pinion, pip and curl in one run,
// and writes what they made of it: docs/data/network.json, and the tables in docs/network.md.
//
// PINION_PEERS=FOLDER node scripts/measure-network.mjs [--render]
//
// FOLDER holds virtual environments named `pip`, `indexes` (pypiserver, devpi, twine) and `mitmproxy`; proxies and nginx
// are found on the search path. What is not there says so. `--render` writes the tables anew from the data that is
// there. Ends with 1 where Pinion is wrong.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { importTypeScript } from "./import-typescript.mjs";

const script = fileURLToPath(import.meta.url);
const root = resolve(script, "..", "..");
const dataPath = join(root, "docs", "data", "network.json");
const pagePath = join(root, "docs", "network.md");
const peers = process.env.PINION_PEERS ?? "";
const BEGIN = "<!-- measured network: begin (npm run measure:network) -->";
const END = "<!-- measured network: end -->";

if (process.argv.includes("--forms")) await printForms();
else await main();

async function main() {
  const isAsked = process.argv.includes("--render");
  const data = isAsked ? JSON.parse(readFileSync(dataPath, "utf8")) : await measure();
  const { networkTables, isCaseRight, isFormRight } = await importTypeScript("test/peers/network-report.ts");
  writeTables(networkTables(data));
  const wrong = [
    ...data.cases.filter((one) => !isCaseRight(one)).map(({ name, outcomes }) => [name, outcomes.Pinion]),
    ...data.forms
      .filter((one) => !isFormRight(one))
      .map(({ entry, host, decisions }) => [`${entry} for ${host}`, JSON.stringify(decisions.Pinion)]),
  ];
  for (const [name, outcome] of wrong) console.error(`✗ ${name}: ${outcome}`);
  const total = data.cases.length + data.forms.length;
  console.log(`${total} ways and forms, Pinion is right in ${total - wrong.length}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

async function measure() {
  execFileSync(process.execPath, [join(root, "scripts", "build.mjs"), "--command-only"], {
    stdio: "inherit",
  });
  const { measureCases, identifyClients } = await importTypeScript("test/peers/measure-network.ts");
  const measurement = {
    measured: new Date().toISOString().slice(0, 10),
    platform: `${process.platform} ${process.arch}`,
    clients: await identifyClients(peers),
    forms: measureFormsApart(),
    cases: await measureCases({ peers, onResult: (line) => console.log(line) }),
  };
  mkdirSync(dirname(dataPath), { recursive: true });
  writeFileSync(dataPath, `${JSON.stringify(measurement, undefined, 1)}\n`);
  return measurement;
}

/** In a network of its own where the system can make one: no name that a client looks up leaves the machine then. */
function measureFormsApart() {
  const self = [process.execPath, script, "--forms"];
  const apart = ["-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...self];
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1e8 };
  const canBeApart = spawnSync("unshare", ["-rn", "ip", "link", "set", "lo", "up"]).status === 0;
  const done = canBeApart ? spawnSync("unshare", apart, options) : spawnSync(self[0], self.slice(1), options);
  if (done.status !== 0) throw new Error("the forms of NO_PROXY were not measured");
  return JSON.parse(done.stdout);
}

async function printForms() {
  const { measureForms } = await importTypeScript("test/peers/measure-network.ts");
  const forms = await measureForms({ peers, onResult: (line) => console.error(line) });
  process.stdout.write(JSON.stringify(forms), () => process.exit(0));
}

function writeTables(tables) {
  const text = readFileSync(pagePath, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/network.md has no place for the tables: ${BEGIN}`);
  writeFileSync(pagePath, `${before}${BEGIN}\n\n${tables}\n${END}${after}`);
  console.log("wrote docs/network.md");
}
