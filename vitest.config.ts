import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // Units keep no state between files, so their processes need not start again for each.
      { extends: true, test: { name: "units", include: ["src/**/*.test.ts"], isolate: false } },
      { extends: true, test: { name: "whole", include: ["test/**/*.test.ts"], exclude: ["test/peers/**"] } },
    ],
    // A test that hangs ends; no test is measured by this, however busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Most of a test's time is waiting for a process or a socket.
    maxWorkers: 2,
    // Every test sets the variables it means; what the machine has set must not leak in.
    // The command under test is the one of this source.
    globalSetup: ["test/support/own-temporary-folder.ts", "test/support/build-command.ts"],
    setupFiles: ["test/support/clean-environment.ts"],
  },
});
