import { expect, test } from "vitest";

import { parseMarker } from "../pep/markers/marker.ts";
import { parseSpecifierSet } from "../pep/versions/specifier.ts";
import { pythonsMarker, reachMarkers } from "./reach-markers.ts";

// What uv 0.13.9 writes with `--no-strip-markers` on Python 3.11.7.
test.each([
  ["python_version > '3.4'", undefined],
  ["python_full_version >= '3.11.7'", undefined],
  ["python_full_version >= '3.11.5' and python_version < '4'", "python_full_version < '4'"],
  ["python_version >= '3.11' and sys_platform == 'linux'", "sys_platform == 'linux'"],
  ["python_version < '3.13'", "python_full_version < '3.13'"],
])("what requires-python implies is not written: %s", (marker, expected) => {
  const edges = [
    { from: undefined, to: 0, marker: parseMarker(marker) },
    { from: 0, to: 1, marker: undefined },
  ];
  const assuming = pythonsMarker(parseSpecifierSet(">=3.11.7"));
  expect(reachMarkers(2, edges, assuming)).toEqual([expected, expected]);
});

test("without an assumption everything is written", () => {
  const edges = [{ from: undefined, to: 0, marker: parseMarker("python_version > '3.4'") }];
  expect(reachMarkers(1, edges, pythonsMarker(parseSpecifierSet("")))).toEqual([
    "python_full_version >= '3.5'",
  ]);
});
