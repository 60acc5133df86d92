import { expect, test } from "vitest";

import { barLayout, fitName } from "./bar-layout.ts";

test("a line of progress fits into every terminal from 44 to 200 columns", () => {
  const value = "1023.9MiB/1023.9MiB";
  for (let columns = 44; columns <= 200; columns += 1) {
    const { name, bar } = barLayout(columns);
    const shown = fitName("x".repeat(300), name);
    expect(shown.length).toBe(name);
    expect(`${shown} ${"━".repeat(bar)} ${value}`.length).toBeLessThan(columns);
    expect(bar).toBeGreaterThanOrEqual(8);
    expect(bar).toBeLessThanOrEqual(24);
  }
});

test("a name that fits is shown whole", () => {
  expect(fitName("large-1.0-py3-none-any.whl", 26)).toBe("large-1.0-py3-none-any.whl");
  expect(fitName("large-1.0-py3-none-any.whl", 10)).toBe("large-1.0…");
});
