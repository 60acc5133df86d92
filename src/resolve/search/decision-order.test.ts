import { expect, test } from "vitest";

import { parseSpecifierSet } from "../../pep/versions/specifier.ts";
import { rangeOf } from "../../pep/versions/version-range.ts";
import { DecisionOrder } from "./decision-order.ts";
import { PackageTable, formatPackage, projectPackage, proxyPackage } from "../package.ts";
import type { SolverPackage } from "../package.ts";

/** Sees requirements in order, applies changes, and lists the order of decision. */
function orderOf(
  seen: readonly (readonly [SolverPackage, string])[],
  change: (order: DecisionOrder, packages: PackageTable) => void = () => {},
): readonly string[] {
  const packages = new PackageTable();
  const order = new DecisionOrder(packages, (name) => name === "pinned-by-address");
  for (const [entry, specifiers] of seen)
    order.see(packages.idOf(entry), rangeOf(parseSpecifierSet(specifiers)));
  change(order, packages);
  for (const [entry] of seen) order.open(packages.idOf(entry));
  const decided: string[] = [];
  for (let next = order.next(); next !== undefined; next = order.next()) {
    decided.push(formatPackage(packages.packageOf(next)));
    order.close(next);
  }
  return decided;
}

const [a, b, c] = [projectPackage("a"), projectPackage("b"), projectPackage("c")];

test("DecisionOrder decides by first sight", () => {
  expect(
    orderOf([
      [b, ""],
      [a, ">=1"],
      [c, ""],
    ]),
  ).toEqual(["b", "a", "c"]);
});

test("DecisionOrder puts addresses before pins, and pins before the rest", () => {
  expect(
    orderOf([
      [a, ">=1"],
      [b, "==1"],
      [c, ""],
      [projectPackage("pinned-by-address"), ""],
    ]),
  ).toEqual(["pinned-by-address", "b", "a", "c"]);
  expect(
    orderOf([
      [a, ""],
      [b, "===1"],
      [b, ">=1"],
    ]),
  ).toEqual(["b", "a"]);
  expect(
    orderOf([
      [a, ""],
      [b, "==1.*"],
    ]),
  ).toEqual(["a", "b"]);
});

test("DecisionOrder keeps the packages of a project together", () => {
  expect(
    orderOf([
      [proxyPackage("a", { extra: "x", marker: undefined }), ""],
      [b, ""],
      [a, ""],
    ]),
  ).toEqual(["a[x]", "a", "b"]);
});

test("DecisionOrder moves what conflicts before what was never seen to", () => {
  const moved = orderOf(
    [
      [a, ""],
      [b, ""],
      [c, ""],
    ],
    (order, packages) => {
      order.moveEarlier(packages.idOf(c));
      expect(order.moveLater(packages.idOf(b))).toBe(true);
    },
  );
  expect(moved).toEqual(["c", "b", "a"]);
});

test("DecisionOrder never moves a project from early to late, nor twice", () => {
  orderOf([[a, ""]], (order, packages) => {
    const packageId = packages.idOf(a);
    expect(order.moveLater(packageId)).toBe(true);
    expect(order.moveLater(packageId)).toBe(false);
    order.moveEarlier(packageId);
    expect(order.moveLater(packageId)).toBe(false);
  });
});
