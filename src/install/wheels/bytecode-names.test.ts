import { describe, expect, test } from "vitest";

import { bytecodeByModule } from "./bytecode-names.ts";

describe("bytecodeByModule", () => {
  test("knows the names of every interpreter and level, and no other module's", () => {
    const cached = [
      "a.cpython-311.pyc",
      "a.pypy39.opt-1.pyc",
      "a.b.cpython-311.pyc",
      "ab.cpython-311.pyc",
      "a.txt",
      "a..pyc",
      "a.pyc",
      "a.opt-1.pyc",
    ];
    const byModule = bytecodeByModule(cached);
    expect(byModule.get("a.py")).toEqual(["a.cpython-311.pyc", "a.pypy39.opt-1.pyc", "a.opt-1.pyc"]);
    expect(byModule.get("a.b.py")).toEqual(["a.b.cpython-311.pyc"]);
    expect(byModule.get("a.pypy39.py")).toEqual(["a.pypy39.opt-1.pyc"]);
    expect(byModule.get("a.txt")).toBeUndefined();
  });
});
