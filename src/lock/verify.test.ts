import { expect, test } from "vitest";
import { parsePylock, type LockedPackage } from "../pep/files/pylock.ts";
import { verifyPackage, type ListedFile } from "./verify.ts";

const INDEX = "https://pypi.example/simple";

function locked(source: object): LockedPackage {
  const document = {
    "lock-version": "1.0",
    "created-by": "a tool",
    packages: [{ name: "a", version: "1", ...source }],
  };
  return parsePylock(document).packages[0]!;
}

const WHEEL = { url: "https://files.example/a-1-py3-none-any.whl", hashes: { sha256: "ab" } };
const SDIST = { url: "https://files.example/a-1.tar.gz", hashes: { sha256: "cd" } };
const FILES = locked({ sdist: SDIST, wheels: [WHEEL] });

function listed(filename: string, sha256: string, yanked: false | string = false): ListedFile {
  return { filename, hashes: { sha256 }, yanked };
}

test("verifyPackage() finds nothing where every file is listed with the same hash", () => {
  const files = [
    listed("a-1-py3-none-any.whl", "AB"),
    listed("a-1.tar.gz", "cd"),
    listed("a-2.tar.gz", "ef"),
  ];
  expect(verifyPackage(FILES, { index: INDEX, page: { files } })).toEqual([]);
});

test.each([
  ["project-missing", undefined],
  ["quarantined", { status: "quarantined", files: [] }],
  ["file-missing", { files: [listed("a-1.tar.gz", "cd")] }],
  ["hash-changed", { files: [listed("a-1-py3-none-any.whl", "00"), listed("a-1.tar.gz", "cd")] }],
  ["yanked", { files: [listed("a-1-py3-none-any.whl", "ab", ""), listed("a-1.tar.gz", "cd", "broken")] }],
])("verifyPackage() finds: %s", (kind, page) => {
  const findings = verifyPackage(FILES, { index: INDEX, page });
  expect(findings.map((finding) => finding.kind)).toEqual([kind]);
  expect(findings[0]).toMatchObject({ name: "a", version: "1", index: INDEX });
});

test("verifyPackage() does not ask about what does not come from an index", () => {
  const archive = locked({ archive: { url: "https://files.example/a.zip", hashes: { sha256: "ab" } } });
  expect(verifyPackage(archive, { index: INDEX, page: undefined })).toEqual([]);
});
