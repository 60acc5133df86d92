// Random versions, specifiers and markers for property tests: close together, so that bounds meet.
import * as fc from "fast-check";

const number = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("10", "00", "01", "9007199254740993", "123456789012345678901234567890"),
  },
);
const local = fc
  .array(fc.constantFrom("0", "1", "12", "a", "ab", "0a", "00a"), { minLength: 1, maxLength: 2 })
  .map((parts) => `+${parts.join(".")}`);
const release = fc.array(number, { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join("."));
const epoch = fc.oneof(
  { weight: 9, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constant("1!") },
);
const pre = optional(
  fc.tuple(fc.constantFrom("a", "b", "rc", "-Alpha.", ".c", "preview"), number).map(joined),
);
const post = optional(
  fc.oneof(
    number.map((n) => `.post${n}`),
    number.map((n) => `-${n}`),
    fc.constant(".r"),
  ),
);
const dev = optional(
  fc.oneof(
    number.map((n) => `.dev${n}`),
    fc.constant("dev"),
  ),
);

/** Versions without a local part. */
export const publicVersionText: fc.Arbitrary<string> = fc.tuple(epoch, release, pre, post, dev).map(joined);

/** Versions of every spelling. */
export const versionText: fc.Arbitrary<string> = fc.tuple(publicVersionText, optional(local)).map(joined);

/** One specifier that is not a `===`. */
export const specifierText: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom("<", "<=", ">", ">="), publicVersionText).map(joined),
  fc.tuple(fc.constantFrom("==", "!="), versionText).map(joined),
  fc.tuple(fc.constantFrom("==", "!="), epoch, release, fc.constant(".*")).map(joined),
  fc.tuple(fc.constant("~="), epoch, release, fc.constant("."), number, pre).map(joined),
);

/** Sets of up to three specifiers. */
export const specifierSetText: fc.Arbitrary<string> = fc
  .array(specifierText, { maxLength: 3 })
  .map((parts) => parts.join(","));

const comparison = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("python_version", "python_full_version", "implementation_version"),
      fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
      fc.constantFrom("3.8", "3.9", "3.10", "3.9.2", "4"),
    )
    .map(([field, operator, value]) => `${field} ${operator} '${value}'`),
  fc
    .tuple(
      fc.constantFrom("os_name", "sys_platform", "extra"),
      fc.constantFrom("==", "!="),
      fc.constantFrom("a", "b", "c"),
    )
    .map(([field, operator, value]) => `${field} ${operator} '${value}'`),
  fc.constantFrom(
    "python_full_version < '3.10.0rc1'",
    "'a' in os_name",
    "sys_platform not in 'a b'",
    "python_version in '3.8 3.9'",
    "'a' in extras",
  ),
);

/** Markers of some depth over few fields and values. */
export const markerText: fc.Arbitrary<string> = fc.letrec<{ marker: string }>((tie) => ({
  marker: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    fc
      .tuple(tie("marker"), fc.constantFrom("and", "or"), tie("marker"))
      .map(([left, word, right]) => `(${left}) ${word} ${right}`),
  ),
})).marker;

function optional(arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant("") }, { weight: 1, arbitrary });
}

function joined(parts: readonly string[]): string {
  return parts.join("");
}
