import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/peers/**", "node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests start real processes and sockets: on a shared machine one may come too late. It is told as flaky.
    retry: process.env["CI"] === "true" ? 2 : 0,
    pool: "forks",
    // Most of a test's time is waiting for a process or a socket.
    maxWorkers: 2,
    // Every test sets the variables it means; what the machine has set must not leak in.
    // The command under test is the one of this source.
    globalSetup: ["test/support/own-temporary-folder.ts", "test/support/build-command.ts"],
    setupFiles: ["test/support/clean-environment.ts"],
  },
});
