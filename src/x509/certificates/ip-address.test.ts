import { isIP } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatAddress, isContiguousMask, parseAddress } from "./ip-address.ts";

const roundTrip = (text: string): string | undefined => {
  const octets = parseAddress(text);
  return octets === undefined ? undefined : formatAddress(octets);
};

describe("parseAddress and formatAddress", () => {
  it.each([
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
  ])("writes %s as RFC 5952 does", (text, expected) => {
    expect(roundTrip(text)).toBe(expected);
  });

  it.each([
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "::g",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    "1.2.3.4:80",
    "[::1]",
    "::1%eth0",
    "0x7f.1.1.1",
    "1.2.3.4::",
  ])("refuses %s", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("read back what they wrote", () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(octets, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it("agree with the runtime on what an address is", () => {
    const text = fc.oneof(fc.ipV6(), fc.ipV4(), fc.ipV4Extended(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/));
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseAddress(candidate) !== undefined).toBe(isIP(candidate) !== 0);
      }),
    );
  });

  it("shows address and mask together", () => {
    expect(formatAddress(Buffer.from("c0000200ffffff00", "hex"))).toBe("192.0.2.0/24");
    expect(formatAddress(Buffer.from("c0000200ff00ff00", "hex"))).toBe("192.0.2.0/255.0.255.0");
  });
});

describe("isContiguousMask", () => {
  it.each([
    ["00000000", true],
    ["ffffffff", true],
    ["fffffe00", true],
    ["ff00ff00", false],
    ["01000000", false],
  ])("%s", (mask, expected) => {
    expect(isContiguousMask(Buffer.from(mask, "hex"))).toBe(expected);
  });
});
