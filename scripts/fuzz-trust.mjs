// Reads certificates, bundles, trust files and chains that are made by chance from good ones (test/support/fuzz-trust.ts).
//
// node scripts/fuzz-trust.mjs [INPUTS [SEED]]        default: 1000000 inputs per reader, seed 1

import { importTypeScript } from "./import-typescript.mjs";

const [inputs = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
const { fuzzTrust } = await importTypeScript("test/support/fuzz-trust.ts");
const started = performance.now();
const results = fuzzTrust({ inputs, seed });
const seconds = ((performance.now() - started) / 1000).toFixed(0);
for (const { name, inputs: count, taken, slowestMs, broken } of results) {
  const refused = count - taken - broken.length;
  console.log(
    `${name.padEnd(14)} ${count} inputs: ${taken} read, ${refused} refused, ${broken.length} broken; slowest ${slowestMs.toFixed(1)} ms`,
  );
  for (const { input, why } of broken) console.log(`  ${why}\n  ${input}`);
}
console.log(`seed ${seed}, ${seconds} s`);
process.exitCode = results.every(({ broken }) => broken.length === 0) ? 0 : 1;
