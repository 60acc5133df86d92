import { expect, test } from "vitest";
import { readVectors } from "../../../test/support/vectors.ts";
import { parseMetadata } from "./metadata.ts";
import { parseRequirement } from "../requirements/requirement.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

interface RealCase {
  readonly wheel: string;
  readonly headers: string;
  readonly name: string;
  readonly version: string;
  readonly requires_dist: readonly string[];
}

const real = readVectors<{ readonly cases: readonly RealCase[] }>("real-metadata").cases;

test("parseMetadata() understands the metadata of real wheels", () => {
  const read = real.map(({ headers }) => {
    const { writtenName, version, requiresDist } = parseMetadata(headers);
    return [writtenName, version.text, requiresDist];
  });
  expect(read).toEqual(
    real.map((one) => [
      one.name,
      one.version,
      one.requires_dist.map((requirement) => parseRequirement(requirement)),
    ]),
  );
});

test("parseMetadata() normalises names and keeps the header as written", () => {
  const metadata = parseMetadata(
    "Metadata-Version: 2.9\nNAME: Foo_Bar\nVersion: 1.0\nProvides-Extra: Some_Extra\nProvides-Extra: not valid\nDynamic: Requires-Dist\nNew-Field: x\n\nName: body\n",
  );
  expect(metadata).toMatchObject({
    metadataVersion: "2.9",
    name: "foo-bar",
    writtenName: "Foo_Bar",
    providesExtra: ["some-extra"],
    dynamic: ["requires-dist"],
  });
  expect(metadata.headers.at(-1)).toEqual(["New-Field", "x"]);
});

test.each([
  ["Name: a\n", "`Version` is missing"],
  ["Name: a\nName: b\nVersion: 1\n", "`Name` occurs twice"],
  ["Name: ä\nVersion: 1\n", "`Name` is not a project name: `ä`"],
  ["Name: a\nVersion: x\n", "`Version` is invalid: `x`"],
  [
    "Metadata-Version: 3.0\nName: a\nVersion: 1\n",
    "its metadata version is `3.0`, which is newer than Pinion",
  ],
  ["Name: a\nVersion: 1\nRequires-Python: maybe\n", "`Requires-Python` is invalid: `maybe`"],
  ["Name: a\nVersion: 1\nRequires-Dist: b c\n", "`Requires-Dist` is invalid: `b c`"],
])("parseMetadata() says what is wrong: %j", (text, reason) => {
  expect(() => parseMetadata(text)).toThrowError(
    expect.objectContaining({ code: "index/invalid-metadata", details: { reason } }),
  );
});

test("parseMetadata() does not read the description", () => {
  const document = Buffer.from(`Name: a\nVersion: 1\n\n${"x: y\n".repeat(2_000_000)}`).toString("latin1");
  const start = processorMs();
  // Were the ten megabytes read, this would take minutes.
  for (let round = 0; round < 1000; round += 1) parseMetadata(document);
  expect(processorMs() - start).toBeLessThan(10_000);
});
