// uv's own scenarios: the same versions, the same refusals, the same words.

import { describe, expect, test } from "vitest";

import { hintText } from "../src/cli/screen/advice-text.ts";
import { isPinionError } from "../src/errors.ts";
import { resolve } from "../src/resolve/resolver.ts";
import { inputOf, providerOf, withoutPatch } from "./support/packse.ts";
import type { PackseScenario } from "./support/packse.ts";
import { shuffledDelay } from "./support/random.ts";
import { readVectors } from "./support/vectors.ts";

interface Outcome {
  readonly versions: Readonly<Record<string, string>> | undefined;
  readonly attempts: number;
  /** Title, explanation and hints, with white space folded: the frame and the wrapping are the command line's. */
  readonly report: readonly string[];
}

/** What reports of refusals begin with in uv 0.12, which the snapshots are from; uv 0.13 has no frame and no colon. */
const FRAME = "×";

const { scenarios } = readVectors<{ scenarios: readonly PackseScenario[] }>("packse-scenarios");
const targeted = scenarios.filter(({ options }) => !options.universal);
const reported = targeted.filter(({ uv_snapshots }) => uvReport(uv_snapshots) !== undefined);

describe("resolve() decides packse scenarios as uv does", () => {
  test.each(targeted)("$name", async (scenario) => {
    const { versions } = await outcomeOf(scenario);
    expect(versions !== undefined).toBe(scenario.expected.satisfiable);
    // Scenarios about files rather than versions record no versions.
    expect(versions ?? {}).toMatchObject(scenario.expected.packages);
    expect(versions ?? {}).toMatchObject(scenario.uv_snapshots[0]?.installed ?? {});
  });

  test("and selects nothing else", async () => {
    for (const scenario of targeted.filter(({ expected }) => Object.keys(expected.packages).length > 0)) {
      const { versions } = await outcomeOf(scenario);
      expect({ name: scenario.name, versions }).toEqual({
        name: scenario.name,
        versions: scenario.expected.packages,
      });
    }
  });
});

describe("resolve() explains packse refusals in uv's words", () => {
  test.each(reported)("$name", async (scenario) => {
    expect((await outcomeOf(scenario)).report).toEqual(uvReport(scenario.uv_snapshots));
  });
});

test("resolve() comes to the same outcome in whatever order answers arrive", async () => {
  for (const [seed, scenario] of targeted.entries()) {
    const late = await outcomeOf(scenario, shuffledDelay(seed + 1));
    expect({ name: scenario.name, ...late }).toEqual({ name: scenario.name, ...(await outcomeOf(scenario)) });
  }
});

async function outcomeOf(scenario: PackseScenario, delay?: () => Promise<void>): Promise<Outcome> {
  try {
    const { packages, attempts } = await resolve(
      inputOf(scenario),
      providerOf(scenario, delay === undefined ? {} : { delay }),
    );
    const versions = Object.fromEntries(packages.map(({ name, version }) => [name, version.text]));
    return { versions, attempts, report: [] };
  } catch (error) {
    if (!isPinionError(error, "resolve/no-solution")) throw error;
    const text = withoutPatch(`${error.message} ${String(error.details["explanation"])}`);
    return { versions: undefined, attempts: 0, report: [text, ...error.hints.map(hintText)].map(fold) };
  }
}

/** What uv printed about a scenario that it refused. */
function uvReport(snapshots: PackseScenario["uv_snapshots"]): readonly string[] | undefined {
  const printed = snapshots.find((snapshot) => snapshot.stderr?.includes(FRAME) === true)?.stderr;
  if (printed === undefined) return undefined;
  const [report = "", ...hints] = printed.slice(printed.indexOf(FRAME) + FRAME.length).split(/\n+hint: /u);
  return [report.replace(/:\s*╰─▶/u, ""), ...hints].map(fold);
}

function fold(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}
