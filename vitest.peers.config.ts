// The tests against real peers (nginx, curl, pip, uv, openssl), which CI has and a checkout need not: whatever is not
// here is skipped by name. `npm run test:peers`

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/peers/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Old releases of uv wait between their attempts; others can go on meanwhile.
    maxConcurrency: 6,
    pool: "forks",
    setupFiles: ["test/support/clean-environment.ts"],
    globalSetup: ["test/support/build-command.ts"],
    // Read here, because the tests see a clean environment.
    provide: { peers: process.env["PINION_PEERS"] ?? "" },
  },
});
