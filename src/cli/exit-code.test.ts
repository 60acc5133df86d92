import { expect, test } from "vitest";
import { PinionError, type ErrorCode } from "../errors.ts";
import { exitCodeOf } from "./exit-code.ts";

test.each<[ErrorCode, object, number]>([
  ["resolve/no-solution", {}, 1],
  ["index/not-an-index", {}, 1],
  ["index/metadata-mismatch", {}, 1],
  ["index/invalid-metadata", {}, 1],
  ["index/invalid-metadata", { isInstalled: true }, 2],
  ["archive/invalid", {}, 1],
  ["wheel/invalid", {}, 1],
  ["wheel/hash-mismatch", {}, 1],
  ["wheel/not-found", {}, 1],
  ["requirement/unhashed-dependency", {}, 1],
  ["requirement/conflicting-urls", {}, 1],
  ["net/http-status", { status: 404 }, 1],
  ["tls/expired", {}, 1],
  ["net/http-status", { status: 410 }, 2],
  ["net/http-status", { status: 503 }, 2],
  ["net/refused", {}, 2],
  ["build/failed", { exitCode: 1 }, 1],
  ["build/failed", { exitCode: undefined }, 1],
  ["build/failed", { exitCode: 0 }, 2],
  ["build/failed", { isMetadataMissing: true }, 2],
  ["build/failed", { exitCode: 1, projectFile: "pyproject.toml" }, 2],
  ["resolve/no-solution", { projectFile: "pyproject.toml" }, 2],
  ["tls/unknown-issuer", { projectFile: "pyproject.toml" }, 1],
  ["index/unreadable-directory", {}, 2],
  ["archive/not-found", {}, 2],
  ["requirement/hash-required", {}, 2],
  ["requirement/invalid-file", {}, 2],
  ["requirement/file-not-found", {}, 2],
  ["environment/externally-managed", {}, 2],
  ["cache/unusable", {}, 2],
  ["usage/invalid-argument", {}, 2],
])("%s %j ends with %i", (code, details, expected) => {
  expect(exitCodeOf(new PinionError(code, "message", { details }))).toBe(expected);
});
