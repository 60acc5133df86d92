import { expect, test } from "vitest";

import { schemesOf } from "./proxy-challenges.ts";
import { processorMs } from "../../../test/support/processor-time.ts";

test.each([
  [undefined, []],
  ["", []],
  ["Basic", ["basic"]],
  ['Basic realm="a, Digest b"', ["basic"]],
  ["NTLM, Negotiate", ["ntlm", "negotiate"]],
  ["Negotiate oXIwcKADCgEB, Basic realm=x", ["negotiate", "basic"]],
  ['Digest realm="x", nonce="y", Basic realm="z"', ["digest", "basic"]],
  ['Digest realm="a \\" , Basic b", qop=auth', ["digest"]],
  ["Basic realm=x, Basic realm=y", ["basic"]],
  ['Digest realm="never closed, Basic x', ["digest"]],
])("schemesOf(%j) is %j", (header, schemes) => {
  expect(schemesOf(header)).toEqual(schemes);
});

test("schemesOf() ends on a hostile header", () => {
  const started = processorMs();
  schemesOf(`${"a ".repeat(100_000)}"${'\\"'.repeat(100_000)}`);
  expect(processorMs() - started).toBeLessThan(10_000);
});
