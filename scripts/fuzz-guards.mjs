// Tries the guards with journals, pages, settings files, redirects and remote files that are made by chance (test/support/fuzz-guards.ts).
//
// node scripts/fuzz-guards.mjs [INPUTS [SEED]]        default: 100000 inputs per guard, seed 1

import { importTypeScript } from "./import-typescript.mjs";

const [inputs = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const { fuzzGuards } = await importTypeScript("test/support/fuzz-guards.ts");
const started = performance.now();
const results = await fuzzGuards({ inputs, seed });
const seconds = ((performance.now() - started) / 1000).toFixed(0);
for (const { name, inputs: count, taken, broken } of results) {
  const refused = count - taken - broken.length;
  console.log(
    `${name.padEnd(16)} ${count} inputs: ${taken} accepted, ${refused} refused, ${broken.length} broken`,
  );
  for (const { input, why } of broken.slice(0, 20)) console.log(`  ${why}\n  ${JSON.stringify(input)}`);
}
console.log(`seed ${seed}, ${seconds} s`);
process.exitCode = results.every(({ broken }) => broken.length === 0) ? 0 : 1;
