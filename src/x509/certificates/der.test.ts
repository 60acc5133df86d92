import { describe, expect, it } from "vitest";

import { isPinionError } from "../../errors.ts";
import {
  DerCursor,
  TAG,
  open,
  parseDer,
  readBitString,
  readBoolean,
  readInteger,
  readObjectIdentifier,
  readSmallInteger,
  readTime,
} from "./der.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const element = (text: string) => parseDer(bytes(text), "test");
const time = (tag: number, text: string) =>
  element(Buffer.from([tag, text.length, ...Buffer.from(text)]).toString("hex"));

function reasonFor(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isPinionError(error, "tls/malformed-certificate")) return String(error.details["why"]);
    throw error;
  }
  return "";
}

describe("parseDer", () => {
  it.each([
    ["nothing at all", "", "ends too early"],
    ["only a tag", "30", "ends too early"],
    ["an indefinite length", "30 80 00 00", "has an indefinite length"],
    ["a long length below 128", "30 81 01 00", "has a length with needless padding"],
    [
      "a long length with a zero in front",
      `30 82 00 80 ${"00".repeat(128)}`,
      "has a length with needless padding",
    ],
    ["a length of five octets", "30 85 01 00 00 00 00", "has a length beyond its end"],
    ["a length of 126 octets", "30 fe 01", "has a length beyond its end"],
    ["a length beyond the buffer", "30 05 00", "has a length beyond its end"],
    ["the longest length of four octets", "30 84 ff ff ff ff", "has a length beyond its end"],
    ["a multi-byte tag", "3f 81 01 00", "has a tag number above 30"],
    ["bytes behind the end", "05 00 00", "has bytes after its end"],
  ])("refuses %s", (_, input, why) => {
    expect(reasonFor(() => parseDer(bytes(input), "test"))).toBe(why);
  });

  it("keeps offsets instead of copies", () => {
    const buffer = bytes("30 03 02 01 05");
    const inner = open(parseDer(buffer, "test"), TAG.sequence, "test").next();
    expect(inner).toEqual({ bytes: buffer, tag: 2, start: 2, contentStart: 4, end: 5 });
  });
});

describe("DerCursor", () => {
  it("never reads beyond its own element", () => {
    const buffer = bytes("30 02 02 05 05 05 05 05 05");
    const cursor = new DerCursor({ bytes: buffer, tag: 0x30, start: 0, contentStart: 2, end: 4 }, "test");
    expect(reasonFor(() => cursor.next())).toBe("has a length beyond its end");
  });

  it("bounds how many parts it collects", () => {
    const cursor = open(element("30 06 05 00 05 00 05 00"), TAG.sequence, "test");
    expect(reasonFor(() => cursor.rest(2))).toBe("has more than 2 parts");
  });
});

describe("readInteger", () => {
  it.each([["02 00"], ["02 02 00 7f"], ["02 02 ff 80"]])("refuses %s", (input) => {
    expect(reasonFor(() => readInteger(element(input), "test"))).not.toBe("");
  });

  it("keeps the sign octet of a large positive number", () => {
    expect(readInteger(element("02 02 00 80"), "test")).toEqual(bytes("00 80"));
  });
});

describe("readSmallInteger", () => {
  it("refuses negative numbers and caps large ones", () => {
    expect(reasonFor(() => readSmallInteger(element("02 01 ff"), "test"))).toBe("is a negative integer");
    expect(readSmallInteger(element(`02 14 7f ${"ff".repeat(19)}`), "test")).toBe(Number.MAX_SAFE_INTEGER);
    expect(readSmallInteger(element("02 02 01 00"), "test")).toBe(256);
  });
});

describe("readBoolean", () => {
  it("accepts only 00 and ff (X.690 section 11.1)", () => {
    expect(readBoolean(element("01 01 ff"), "test")).toBe(true);
    expect(readBoolean(element("01 01 00"), "test")).toBe(false);
    expect(reasonFor(() => readBoolean(element("01 01 01"), "test"))).toBe("is not a DER boolean");
    expect(reasonFor(() => readBoolean(element("01 00"), "test"))).toBe("is not a DER boolean");
  });
});

describe("readBitString", () => {
  it.each([["03 00"], ["03 01 01"], ["03 02 08 00"], ["03 02 01 01"]])("refuses %s", (input) => {
    expect(reasonFor(() => readBitString(element(input), "test"))).toBe("is not a DER bit string");
  });
});

describe("readObjectIdentifier", () => {
  it.each([
    ["06 03 55 1d 11", "2.5.29.17"],
    ["06 06 2a 86 48 86 f7 0d", "1.2.840.113549"],
    ["06 01 27", "0.39"],
    ["06 03 88 37 03", "2.999.3"],
  ])("reads %s", (input, expected) => {
    expect(readObjectIdentifier(element(input), "test").startsWith(expected)).toBe(true);
  });

  it.each([["06 00"], ["06 02 55 80"], ["06 03 55 80 01"], [`06 81 81 ${"2a".repeat(129)}`]])(
    "refuses %s",
    (input) => {
      expect(reasonFor(() => readObjectIdentifier(element(input), "test"))).not.toBe("");
    },
  );

  it("keeps every digit of an arc beyond 2^53", () => {
    expect(readObjectIdentifier(element("06 0b 69 a0 80 80 80 80 80 80 80 80 01"), "test")).toBe(
      "2.25.295147905179352825857",
    );
  });
});

describe("readTime", () => {
  it.each([
    [TAG.utcTime, "490101000000Z", "2049-01-01T00:00:00.000Z"],
    [TAG.utcTime, "500101000000Z", "1950-01-01T00:00:00.000Z"],
    [TAG.generalizedTime, "00010101000000Z", "0001-01-01T00:00:00.000Z"],
    [TAG.generalizedTime, "99991231235959Z", "9999-12-31T23:59:59.000Z"],
    [TAG.utcTime, "240229235959Z", "2024-02-29T23:59:59.000Z"],
  ])("reads tag %i, %s", (tag, text, expected) => {
    expect(readTime(time(tag, text), "test").toISOString()).toBe(expected);
  });

  it.each([
    [TAG.utcTime, "2401010000Z"],
    [TAG.utcTime, "240101000000+0100"],
    [TAG.utcTime, "230229000000Z"],
    [TAG.utcTime, "240101250000Z"],
    [TAG.utcTime, "240101006000Z"],
    [TAG.generalizedTime, "20240101000000.5Z"],
    [TAG.generalizedTime, "20240101000000"],
    [TAG.generalizedTime, "20241301000000Z"],
    [TAG.printableString, "240101000000Z"],
  ])("refuses tag %i, %s", (tag, text) => {
    expect(reasonFor(() => readTime(time(tag, text), "test"))).not.toBe("");
  });
});
