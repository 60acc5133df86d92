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
] as const)("environmentMarker() says what %j asked about", async (markers, expected) => {
  expect(await environmentMarker(markers.map(parseMarker), environment)).toBe(expected);
});

// Promise: Ctrl-C ends every command within a second, in every phase
// Attack: a distribution has very many requirements, each with a marker that takes long to simplify
test("environmentMarker() hears a signal between markers", async () => {
  const markers = Array.from({ length: 20 }, () => parseMarker("os_name == 'nt'"));
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses += 1;
    if (pauses === 3) throw new Error("interrupted");
  };
  await expect(environmentMarker(markers, environment, pause)).rejects.toThrow("interrupted");
});
