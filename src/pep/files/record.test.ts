import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { processorMs } from "../../../test/support/processor-time.ts";
import { readVectors } from "../../../test/support/vectors.ts";
import { formatRecord, matchesRecord, parseRecord, parseRecordRow, type RecordEntry } from "./record.ts";

type Row = readonly [string, string, string];
interface Failure {
  readonly error: string;
}

interface Vectors {
  readonly elements: readonly (readonly [
    Row,
    { readonly path: string; readonly hash: string | null; readonly size: number | null } | Failure,
  ])[];
  readonly validate: readonly {
    readonly record: readonly [string, string | null, number | null];
    readonly data: string;
    readonly valid: boolean;
  }[];
  readonly files: readonly (readonly [string, readonly Row[] | Failure])[];
}

const vectors = readVectors<Vectors>("records");
const refused = { code: "wheel/invalid" };

test.each(vectors.elements)("parseRecordRow() judges as installer does: %j", (row, expected) => {
  const judged = outcome(() => parseRecordRow(row));
  expect(judged).toEqual(
    "error" in expected
      ? refused
      : { path: expected.path, hash: expected.hash ?? undefined, size: expected.size ?? undefined },
  );
});

test.each(vectors.files)("parseRecord() splits as installer does: %j", (text, expected) => {
  const rows = outcome(() =>
    parseRecord(text).map(({ path, hash = "", size = "" }) => [path, hash, String(size)]),
  );
  expect(rows).toEqual("error" in expected ? refused : expected);
});

test.each(vectors.validate)(
  "matchesRecord() judges as installer does: $record",
  ({ record, data, valid }) => {
    const [path, hash, size] = record;
    const bytes = Buffer.from(data);
    const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest("base64url");
    expect(
      matchesRecord(
        { path, hash: hash ?? undefined, size: size ?? undefined },
        { size: bytes.length, digest },
      ),
    ).toBe(valid);
  },
);

test.each([
  ['"a ""quoted"" name.py",,\n', ['a "quoted" name.py']],
  ['"two\nlines.py",,\r\n"b.py",,', ["two\nlines.py", "b.py"]],
  ['"unclosed.py,,', refused],
  ["a,,\n\nb,,\n", refused],
  ["a,,\n\n\n", ["a"]],
  ["", []],
  ['"",,', refused],
  ['a,"",""', ["a"]],
])("parseRecord() reads quotes and empty rows: %j", (text, paths) => {
  expect(outcome(() => parseRecord(text).map(({ path }) => path))).toEqual(paths);
});

// Promise: an archive of a few bytes can fill neither the memory nor the disk
// Attack: RECORD of a wheel with rows without end
test.each(["a,,\n", '"a",,\n', "a,,\r\n"])("parseRecord() stops at the first row too many: %j", (row) => {
  expect(parseRecord(row.repeat(3) + "\n\n", 3)).toHaveLength(3);
  expect(outcome(() => parseRecord(`${row.repeat(9)}damaged`, 3))).toEqual(refused);
  expect(() => parseRecord(`${row.repeat(9)}damaged`, 3)).toThrow(
    expect.objectContaining({ details: { row: 4, reason: "expected at most 3 rows" } }),
  );
});

// Promise: no untrusted input makes a command hang
// Attack: RECORD of an installed distribution is nothing but line ends, or one row of values without end
test("parseRecord() stops at the first blank row or value too many", () => {
  expect(parseRecord(`a,,\n${"\n".repeat(1_000)}`)).toHaveLength(1);
  expect(() => parseRecord(`a,,\n${"\n".repeat(1_001)}`)).toThrow(
    expect.objectContaining({ details: { row: 2, reason: "expected 3 values, got 0" } }),
  );
  const started = processorMs();
  for (const row of [",".repeat(30_000_000), `"",${",".repeat(30_000_000)}`])
    expect(() => parseRecord(row)).toThrow("expected 3 values, got 100");
  expect(processorMs() - started).toBeLessThan(1_000);
});

// Promise: untrusted input cannot make a command hang
// Attack: a RECORD that is one value of sixty million quotes
test("parseRecord() stops at a value that is far longer than any path", () => {
  for (const start of ["", "a.py,"]) {
    const endless = `a.py,,\n${start}${'"'.repeat(2 * 1024 ** 2)}`;
    expect(() => parseRecord(endless)).toThrow("row 2: a value is longer than 1048576 characters");
  }
  expect(parseRecord(`"${'""'.repeat(1000)}",,\n`)).toMatchObject([{ path: '"'.repeat(1000) }]);
});

test("formatRecord() writes what parseRecord() reads", () => {
  const entries: readonly RecordEntry[] = [
    { path: "plain.py", hash: "sha256=abc", size: 3 },
    { path: 'with, comma and "quote".py', hash: undefined, size: 0 },
    { path: "x.dist-info/RECORD", hash: undefined, size: undefined },
  ];
  const text = formatRecord(entries);
  expect(text).toBe('plain.py,sha256=abc,3\n"with, comma and ""quote"".py",,0\nx.dist-info/RECORD,,\n');
  expect(parseRecord(text)).toEqual(entries);
});
