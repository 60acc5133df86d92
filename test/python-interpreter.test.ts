// What Pinion finds out about a Python, held against that Python and the copy of `packaging` inside its pip.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { compatibleTags } from "../src/pep/tags/tags.ts";
import { inspectInterpreter } from "../src/python/interpreters/interpreter.ts";
import { realPythons, tryPython } from "./support/pythons.ts";

const pythons = realPythons();
const PACKAGING = "from pip._vendor.packaging import markers, tags; import json, platform; ";

test.skipIf(pythons.length > 0)("inspectInterpreter(): no Python on this machine to compare with", () => {
  expect(pythons).toEqual([]);
});

describe.each(pythons)("Python $minor", ({ executable }) => {
  const expectedMarkers = tryPython(
    executable,
    `${PACKAGING}print(json.dumps(markers.default_environment()))`,
  );
  const expectedTags = tryPython(executable, `${PACKAGING}print(*tags.sys_tags())`);

  test.skipIf(expectedMarkers === undefined)("inspectInterpreter() gives packaging's markers", async () => {
    const { markers } = await inspectInterpreter(executable, { env: process.env });
    expect(markers).toEqual(JSON.parse(expectedMarkers ?? ""));
  });

  test.skipIf(expectedTags === undefined)("compatibleTags() gives packaging's tags", async () => {
    const { target } = await inspectInterpreter(executable, { env: process.env });
    const expected = new Set((expectedTags ?? "").trim().split(" "));
    // The packaging of older pips lacks `cp312-none-any`; newer ones have it.
    const tags = compatibleTags(target).filter(
      (tag) => expected.has(tag) || !/^cp[0-9]+-none-any$/.test(tag),
    );
    expect(tags.toSorted()).toEqual([...expected].toSorted());
  });

  test("inspectInterpreter() gives the folders of sysconfig", async () => {
    const code =
      "import sys, sysconfig, json; print(json.dumps([sys.executable, sys.prefix, sysconfig.get_path('stdlib')]))";
    const [ownPath, prefix]: unknown[] = JSON.parse(tryPython(executable, code) ?? "[]");
    const interpreter = await inspectInterpreter(executable, { env: process.env });
    expect([interpreter.executable, interpreter.prefix]).toEqual([ownPath, prefix]);
    const purelib = tryPython(executable, "import site; print('\\n'.join(site.getsitepackages()))")
      ?.trim()
      .split("\n");
    expect(purelib).toContain(interpreter.scheme.purelib);
  });
});

describe.skipIf(process.platform === "win32")("what stands in the place of a Python", () => {
  test.each([
    [
      "a shim without its Python",
      "shim: python3.9: command not found\\n\\nIt exists in these: 3.8",
      127,
      "shim: python3.9: command not found",
    ],
    [
      "a Python that cannot start",
      "Traceback (most recent call last):\\n  File x\\nImportError: no os",
      1,
      "ImportError: no os",
    ],
  ])("%s is quoted in its telling line", async (_what, stderr, code, said) => {
    const folder = mkdtempSync(join(tmpdir(), "pinion-shim-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const executable = join(folder, "python3.9");
    writeFileSync(executable, `#!/bin/sh\nprintf '${stderr}' >&2\nexit ${code}\n`, { mode: 0o755 });
    await expect(inspectInterpreter(executable, { env: process.env })).rejects.toMatchObject({
      code: "environment/broken-interpreter",
      message: expect.stringContaining(`exit code ${code}: ${said}`),
    });
  });
});
