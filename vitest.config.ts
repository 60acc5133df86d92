import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests of processes and sockets come first: their files are long ones, and the short units fill what is left of the time. */
class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes("/test/");
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    exclude: ["test/peers/**"],
    sequence: { sequencer: LongFilesFirst },
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
