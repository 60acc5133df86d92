import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // By name, the first comes first: its files are long ones, and the short units fill what is left of the time.
      {
        extends: true,
        test: { name: "integration", include: ["test/**/*.test.ts"], exclude: ["test/peers/**"] },
      },
      { extends: true, test: { name: "units", include: ["src/**/*.test.ts"] } },
    ],
    // A test that hangs ends; no test is measured by this, however busy the machine is.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    pool: "forks",
    // Tests keep no state between files, so their processes and modules need not be loaded again for each.
    isolate: false,
    // Much of a test's time is waiting for a process or a socket: three keep two cores at work.
    maxWorkers: 3,
    // Every test sets the variables it means; what the machine has set must not leak in.
    // The command under test is the one of this source.
    globalSetup: [
      "test/support/own-temporary-folder.ts",
      "test/support/real-python.ts",
      "test/support/build-command.ts",
    ],
    setupFiles: ["test/support/clean-environment.ts"],
  },
});
