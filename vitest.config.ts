import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/peers/**", "node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: "forks",
    // Every test sets the variables it means; what the machine has set must not leak in.
    // The command under test is the one of this source.
    globalSetup: ["test/support/build-command.ts"],
    setupFiles: ["test/support/clean-environment.ts"],
  },
});
