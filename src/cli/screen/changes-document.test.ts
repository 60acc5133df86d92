import { expect, test } from "vitest";
import type { Change } from "../../api/plan/value.ts";
import { changesDocument } from "./changes-document.ts";

const change = (name: string, version: string, action: Change["action"]): Change => ({
  name,
  version,
  action,
  url: undefined,
});

test("changesDocument() is uv's document, sorted by name, action and version", () => {
  const changes = [
    change("beta", "1.10", "added"),
    change("beta", "1.9", "removed"),
    change("alpha", "2.0", "reinstalled"),
    change("beta", "1.2", "removed"),
  ];
  expect(changesDocument(changes, { isDryRun: false })).toEqual({
    schema: { version: "preview" },
    changes: [
      { name: "alpha", version: "2.0", action: "reinstalled" },
      { name: "beta", version: "1.2", action: "uninstalled" },
      { name: "beta", version: "1.9", action: "uninstalled" },
      { name: "beta", version: "1.10", action: "installed" },
    ],
    dry_run: false,
  });
});

test("changesDocument() of a plan shows a package that would be installed again as removed and installed", () => {
  expect(changesDocument([change("a", "1", "reinstalled")], { isDryRun: true })).toMatchObject({
    changes: [
      { name: "a", version: "1", action: "uninstalled" },
      { name: "a", version: "1", action: "installed" },
    ],
    dry_run: true,
  });
  expect(changesDocument([], { isDryRun: true }).changes).toEqual([]);
});
