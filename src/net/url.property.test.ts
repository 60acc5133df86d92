import * as fc from "fast-check";
import { expect, test } from "vitest";

import { redactText, redactUrl, stripControlCharacters } from "./url.ts";

const secret = fc.stringMatching(/^[A-Z]{12}$/);
const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);

test("a password never survives, whatever stands around the URL", () => {
  const law = fc.property(secret, part, fc.string(), fc.string(), (password, name, before, after) => {
    const text = `${before} https://${name}:${password}@${name}.example/${name} ${after}`;
    expect(redactText(text)).not.toContain(password);
    expect(redactUrl(`https://${name}:${password}@${name}.example/${name}`)).not.toContain(password);
  });
  fc.assert(law);
});

test("a password never survives in a URL that cannot be parsed", () => {
  const law = fc.property(secret, part, fc.stringMatching(/^[ /?#:\\^|]{1,3}$/), (password, name, broken) => {
    const text = `https://${name}:${broken}${password}@${name}.example:99999/`;
    expect(redactUrl(text)).not.toContain(password);
  });
  fc.assert(law);
});

test("stripControlCharacters() and redactText() are idempotent", () => {
  const law = fc.property(fc.string({ unit: "binary" }), (text) => {
    const clean = stripControlCharacters(text);
    expect(stripControlCharacters(clean)).toBe(clean);
    const redacted = redactText(text);
    expect(redactText(redacted)).toBe(redacted);
  });
  fc.assert(law);
});
