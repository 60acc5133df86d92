// Runs seeds of the fault campaign (test/support/fault-campaign.ts): installs over lines that drop, delay, reset and change
// octets. Every run must end with the right bytes or an explained error, and leave a cache from which the next run is right.
//
// node scripts/fuzz-network.mjs [RUNS [FIRST-SEED]]        default: 4000 runs from seed 1

import { importTypeScript } from "./import-typescript.mjs";

const [runs = 4000, firstSeed = 1] = process.argv.slice(2).map(Number);
const { runCampaign } = await importTypeScript("test/support/fault-campaign.ts");
const started = performance.now();
const onRun = (done) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs}`);
};
const { right, errors, violations } = await runCampaign({ runs, firstSeed, onRun });
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${runs} runs, seeds ${firstSeed} to ${firstSeed + runs - 1}, ${seconds} s: ${right} gave the right bytes, ` +
    `${[...errors.values()].reduce((sum, count) => sum + count, 0)} ended with an explained error; ` +
    `rules broken: ${violations.length}`,
);
for (const [code, count] of [...errors].toSorted(([, one], [, other]) => other - one))
  console.log(`${String(count).padStart(6)}  ${code}`);
for (const violation of violations) console.log(JSON.stringify(violation));
process.exitCode = violations.length === 0 ? 0 : 1;
