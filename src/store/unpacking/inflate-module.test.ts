// The compiled inflater is found: without it, wheels are inflated by `node:zlib`, more slowly, and no failure says so.

import { expect, test } from "vitest";

import { readInflateModule } from "./inflate-module.ts";

test("readInflateModule() finds the compiled inflater of a checkout", () => {
  expect(readInflateModule()).toBeDefined();
});
