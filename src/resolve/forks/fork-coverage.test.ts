import { expect, test } from "vitest";

import { parseMarker } from "../../pep/markers/marker.ts";
import { formatSimplifiedMarker } from "../../pep/markers/algebra.ts";
import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { providerFor, questionOf } from "../../../test/support/scenario.ts";
import { resolve } from "../resolver.ts";

test("an environment must be served in each fork that has it", async () => {
  const { packages } = await resolve(
    {
      ...questionOf(["a ; python_version < '3.12'", "a>=1 ; python_version >= '3.12'"]),
      environment: {
        kind: "universal",
        requiresPython: parseSpecifierSet(">=3.10"),
        requiredEnvironments: [parseMarker("sys_platform == 'linux'")],
      },
    },
    providerFor({ "a 1.0": [], "a 2.0": { servedIn: `${LINUX} and python_version == '3.11'` } }),
  );
  expect(packages.map(({ version }) => version.text)).toEqual(["1.0"]);
});

const LINUX = "sys_platform == 'linux' and platform_machine == 'x86_64'";
const ARM_WINDOWS = "sys_platform == 'win32' and platform_machine == 'ARM64'";

// What uv 0.13.9 logs as "Forking on required platform" for a version with wheels for these environments only.
test.each([
  ["sys_platform == 'win32' and platform_machine == 'AMD64'", LINUX, "sys_platform == 'win32'"],
  ["sys_platform == 'darwin' and platform_machine == 'x86_64'", LINUX, "sys_platform != 'linux'"],
  ["sys_platform == 'linux' and platform_machine == 'aarch64'", LINUX, "platform_machine != 'x86_64'"],
  ["platform_machine == 'AMD64'", LINUX, "platform_machine != 'x86_64'"],
  [
    "sys_platform == 'win32' and platform_machine == 'AMD64'",
    `${LINUX} or ${ARM_WINDOWS}`,
    "platform_machine != 'ARM64' and sys_platform == 'win32'",
  ],
])(
  "an environment that must be served forks where the marker is shortest: %s, wheels for %s",
  async (required, servedIn, fork) => {
    const { forks } = await resolve(
      {
        ...questionOf(["a"]),
        environment: {
          kind: "universal",
          requiresPython: parseSpecifierSet(">=3.11"),
          requiredEnvironments: [parseMarker(required)],
        },
      },
      providerFor({ "a 1.0": [], "a 2.0": { servedIn } }),
    );
    expect(forks.map((marker) => formatSimplifiedMarker(marker))).toContain(fork);
    expect(forks).toHaveLength(2);
  },
);
