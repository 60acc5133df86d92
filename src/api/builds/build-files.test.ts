import { hash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { temporaryFolder } from "../../../test/install-environment.ts";
import type { Builder } from "../../build/builder.ts";
import { buildProject, projectSource } from "./build-files.ts";

const FILENAME = "a-1.0-py3-none-any.whl";
const BYTES = Buffer.alloc(3 * 1024 ** 2, "wheel");

async function build(
  signal?: AbortSignal,
): Promise<{ readonly folder: string; readonly paths: readonly string[] }> {
  const path = join(temporaryFolder(), FILENAME);
  writeFileSync(path, BYTES);
  const builder = { file: () => Promise.resolve({ path, filename: FILENAME }) } as unknown as Builder;
  const folder = signal === undefined ? temporaryFolder() : FOLDER;
  const project = { source: projectSource(folder, "wheel"), formats: "wheel", project: undefined } as const;
  return { folder, paths: await buildProject(project, { builder, folder, isOutputShown: false, signal }) };
}

const FOLDER = temporaryFolder();

test("buildProject() places what was built, whole and under its own name", async () => {
  const { folder, paths } = await build();
  expect(paths).toEqual([join(folder, FILENAME)]);
  expect(readdirSync(folder)).toEqual([FILENAME]);
  expect(hash("sha256", readFileSync(paths[0] ?? ""))).toBe(hash("sha256", BYTES));
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a source distribution builds a wheel of gigabytes
test("buildProject() is cancelled while what was built is copied, and leaves nothing", async () => {
  await expect(build(AbortSignal.abort())).rejects.toMatchObject({ code: "net/cancelled" });
  expect(readdirSync(FOLDER)).toEqual([]);
});
