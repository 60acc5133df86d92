import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

import { targetFor } from "../../pep/tags/target.ts";
import { seedPackagesOf } from "./seed-packages.ts";

// What `uv pip sync` of uv 0.13.9 leaves in place.
test.each([
  ["3.12", undefined, ["pip", "uv"]],
  ["3.11", undefined, ["pip", "setuptools", "uv", "wheel"]],
  ["3.11", "home = /usr/bin\nversion = 3.11.2\n", ["pip", "setuptools", "uv", "wheel"]],
  ["3.11", "home = /usr/bin\nuv = 0.13.9\n", []],
  ["3.11", "home = /usr/bin\npinion = 0.1.0\n", []],
  ["3.13", "home = /usr/bin\nuv = 0.13.9\nseed = true\n", ["pip", "uv"]],
])("in an environment of Python %s with the configuration %j, %j stay", (pythonVersion, config, names) => {
  const prefix = mkdtempSync(join(tmpdir(), "seed-"));
  try {
    if (config !== undefined) writeFileSync(join(prefix, "pyvenv.cfg"), config);
    const target = targetFor({ platform: "linux", pythonVersion });
    expect([...seedPackagesOf({ prefix, target })].sort()).toEqual(names);
  } finally {
    rmSync(prefix, { recursive: true });
  }
});
