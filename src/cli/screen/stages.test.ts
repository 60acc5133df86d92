import { expect, test } from "vitest";

import { Stages } from "./stages.ts";

test("stages follow each other from the start of the process, and what took no time is left out", () => {
  const times = [30, 50, 170, 400, 400, 412];
  const stages = new Stages(() => times.shift() ?? 0);
  stages.end("Node and settings");
  stages.end("requirements and environment");
  stages.note({ kind: "resolved", count: 7, milliseconds: 1 });
  stages.note({ kind: "warning", message: "something" });
  stages.note({ kind: "removed", count: 1, milliseconds: 1 });
  stages.note({ kind: "installed", count: 7, milliseconds: 1 });
  stages.end("the rest");
  expect(stages.describe()).toBe(
    "Stages: Node and settings 30ms, requirements and environment 20ms, resolution 120ms, change of the environment 230ms, the rest 12ms; in all 412ms",
  );
});
