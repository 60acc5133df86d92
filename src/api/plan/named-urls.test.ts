import { expect, test } from "vitest";

import { markNamedByNetwork, namedInPlan } from "./named-urls.ts";
import type { PlannedInstall } from "./value.ts";

function planned(name: string, source: object): PlannedInstall {
  return { name, version: "1.0", isRequested: false, hashes: [], source } as unknown as PlannedInstall;
}

// Promise: no stranger chooses who sees a client certificate
// Attack: a plan is applied later, for a distribution from a server that only other distributions name
test("a plan keeps which servers the user named", () => {
  const listing = {
    index: { url: "https://own.example/simple", kind: "simple" },
    metadata: false,
    yanked: false,
  };
  const install = [
    planned("own", { kind: "direct", url: "https://own.example/own.whl" }),
    planned("far", { kind: "direct", url: "https://far.example/far.whl" }),
    planned("tree", { kind: "git", url: "https://far.example/tree" }),
    planned("here", { kind: "directory", url: "file:///srv/here" }),
    planned("listed", { kind: "sdist", url: "https://files.example/listed.tar.gz", listing }),
  ];
  const marked = markNamedByNetwork(install, ["https://own.example/other.whl"]);
  expect(marked.filter(({ isNamedByNetwork }) => isNamedByNetwork).map(({ name }) => name)).toEqual([
    "far",
    "tree",
  ]);
  expect(namedInPlan(marked)).toEqual(["https://own.example/own.whl", "file:///srv/here"]);
});
