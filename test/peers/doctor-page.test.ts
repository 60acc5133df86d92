// The doctor's page in a real browser, light, dark and narrow: it is drawn, and nothing is asked of anybody.

import { existsSync, statSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { World, findProgram } from "../support/world.ts";

const CHROMIUM = findProgram("chromium", "chromium-browser", "google-chrome");

describe("pinion doctor --html", () => {
  test.skipIf(CHROMIUM === undefined)("Chromium draws the page", { timeout: 120_000 }, async () => {
    await using world = await World.create();
    const served = await world.shape("stale-root");
    await world.run(["doctor", served.url, "--html", "page.html"], {
      env: { SSL_CERT_FILE: served.bundlePath },
    });
    const page = join(world.project, "page.html");
    expect(readFileSync(page, "utf8")).toContain("prefers-color-scheme: dark");
    for (const [name, options] of [
      ["light", ["--window-size=1100,1400"]],
      ["dark", ["--window-size=1100,1400", "--blink-settings=preferredColorScheme=0"]],
      ["narrow", ["--window-size=420,1400"]],
    ] as const) {
      const picture = join(world.project, `${name}.png`);
      const common = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
      const run = await world.program(CHROMIUM ?? "", [
        ...common,
        ...options,
        `--screenshot=${picture}`,
        `file://${page}`,
      ]);
      expect(run.stderr).not.toMatch(/Refused to|CSP|Content Security Policy/);
      expect(existsSync(picture) && statSync(picture).size).toBeGreaterThan(20_000);
    }
    const dom = await world.program(CHROMIUM ?? "", [
      "--headless=new",
      "--no-sandbox",
      "--dump-dom",
      `file://${page}`,
    ]);
    expect(dom.stdout.match(/<svg/g)?.length).toBe(2);
    expect(dom.stdout).toContain('class="joint bad"');
  });
});
