import { expect, test } from "vitest";

import { providerFor, questionOf } from "../../../test/support/scenario.ts";
import { reachMarkers } from "../../lock/reach-markers.ts";
import { targetFor } from "../../pep/tags/target.ts";
import type { Registry } from "../../registry/registry.ts";
import { resolve } from "../../resolve/resolver.ts";
import { markedGraph } from "./lock-edges.ts";

const { markers: environment } = targetFor({ platform: "linux", pythonVersion: "3.12" });

const PROVIDER = providerFor({
  "a 1.0": { requires: ["c; extra == 'x'", "a[x]; extra == 'all'"], extras: ["all", "x"] },
  "b 1.0": ["a"],
  "c 1.0": [],
  "e 1.0": ["a[x]; sys_platform == 'linux'"],
});

/** The markers of packages, and of extras where they are of their own. */
async function reachOf(requires: readonly string[]): Promise<Readonly<Record<string, string | undefined>>> {
  const graph = await resolve(questionOf(requires), PROVIDER);
  // Only the answers about dependencies are needed.
  const registry = PROVIDER as Registry;
  const marked = await markedGraph(graph, { registry, environment });
  const markers = await reachMarkers(marked.count, marked.edges);
  const names = graph.packages.flatMap(({ name, extras }, place) => [
    [name, markers[place]],
    ...extras.map((extra) => [`${name}[${extra}]`, markers[marked.extraNode(place, extra)!]]),
  ]);
  return Object.fromEntries(names);
}

const LINUX = "sys_platform == 'linux'";

test.each([
  [["e", "b"], { a: undefined, "a[x]": LINUX, b: undefined, c: LINUX, e: undefined }],
  [[`a[x]; ${LINUX}`, "b"], { a: undefined, "a[x]": LINUX, b: undefined, c: LINUX }],
  [[`a[all]; ${LINUX}`, "b"], { a: undefined, "a[all]": LINUX, b: undefined, c: LINUX }],
  [["a[x]", "e"], { a: undefined, "a[x]": undefined, c: undefined, e: undefined }],
])("what an extra needs is needed where the extra is: %j", async (requires, expected) => {
  expect(await reachOf(requires)).toMatchObject(expected);
});
