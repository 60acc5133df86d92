import { expect, test } from "vitest";

import { parseMarker } from "../pep/markers/marker.ts";
import { targetFor } from "../pep/tags/target.ts";
import { environmentMarker } from "./environment-marker.ts";

const { markers: environment } = targetFor({ platform: "linux", pythonVersion: "3.11" });

test.each([
  [[], undefined],
  [["extra == 'x'"], undefined],
  [["python_version < '3.8' or extra == 'x'"], "python_full_version == '3.11'"],
  [
    ["sys_platform == 'win32' and extra == 'x'", "python_full_version >= '3.9'", "'nt' in os_name"],
    "python_full_version == '3.11' and os_name == 'posix' and sys_platform == 'linux'",
  ],
] as const)("environmentMarker() says what %j asked about", (markers, expected) => {
  expect(environmentMarker(markers.map(parseMarker), environment)).toBe(expected);
});
