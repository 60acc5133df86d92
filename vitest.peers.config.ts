// The tests against real peers (nginx, curl, pip, uv, openssl), which CI has and a checkout need not: whatever is not
// here is skipped by name. `npm run test:peers`

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/peers/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    // Old releases of uv wait between their attempts; others can go on meanwhile.
    maxConcurrency: 6,
    // Much of their time is other programs' waiting, so two files go on at a time also on two cores.
    maxWorkers: 2,
    pool: "forks",
    setupFiles: ["test/support/clean-environment.ts"],
    globalSetup: ["test/support/own-temporary-folder.ts", "test/support/build-command.ts"],
    // Read here, because the tests see a clean environment.
    provide: { peers: process.env["PINION_PEERS"] ?? "", network: networkVariables() },
  },
});

/** What leads to the configured index from here; nothing unless the network is asked for (`PINION_NETWORK=1`). */
function networkVariables(): Readonly<Record<string, string>> {
  if (process.env["PINION_NETWORK"] !== "1") return {};
  const leads = /^(ssl_cert_(file|dir)|(https?|all|no)_proxy|uv_default_index|pip_index_url)$/i;
  return Object.fromEntries(
    Object.entries({ PINION_NETWORK: "1", ...process.env }).flatMap(([name, value]) =>
      value !== undefined && (leads.test(name) || name === "PINION_NETWORK") ? [[name, value]] : [],
    ),
  );
}
