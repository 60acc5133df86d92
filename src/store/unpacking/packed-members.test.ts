import * as fc from "fast-check";
import { expect, test } from "vitest";

import { memberReader, packMembers } from "./packed-members.ts";

test("members come out of their packed form as they went in", () => {
  const member = fc.record({
    name: fc.string({ minLength: 1 }).filter((name) => !name.includes("\n")),
    offset: fc.maxSafeNat(),
    compressedSize: fc.maxSafeNat(),
    size: fc.maxSafeNat(),
    isDeflated: fc.boolean(),
    isExecutable: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(member), (members) => {
      const read = memberReader(packMembers(members));
      expect(members.map((_, index) => read(index))).toEqual(members);
      expect(read(members.length)).toBeUndefined();
    }),
  );
});
