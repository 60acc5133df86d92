// The tests against real peers (nginx, curl, pip, openssl), which CI has and a checkout need not: `npm run test:peers`.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/peers/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    setupFiles: ["test/support/clean-environment.ts"],
    globalSetup: ["test/support/build-command.ts"],
  },
});
