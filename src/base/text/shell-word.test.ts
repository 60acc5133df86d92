import { expect, test } from "vitest";

import { adviceText } from "../../cli/screen/advice-text.ts";
import { shellWord } from "./shell-word.ts";

test.each([
  ["https://pypi.corp.example:8443/simple/", "https://pypi.corp.example:8443/simple/"],
  ["https://[::1]:8443", "https://[::1]:8443"],
  ["https://a;b", "'https://a;b'"],
  ["it's", "'it'\\''s'"],
  ["", "''"],
])("%s is %s in a shell", (text, word) => {
  expect(shellWord(text)).toBe(word);
});

// Promise: a command that a message suggests does what it says when it is copied into a shell
// Attack: an index redirects to a host, or lists files there, whose name is a command to a shell
test("a host of a server's choice is one word in every command that advice suggests", () => {
  const [host, port] = ["a$(id).example", 443];
  const texts = [
    adviceText({ kind: "trust-this-host", host, port }),
    adviceText({ kind: "replace-host-trust", host, port }),
    adviceText({ kind: "stop-skipping-verification", host, port, entry: host, origin: "a file" }),
    adviceText({ kind: "examine", url: `https://${host}/`, what: "chain" }),
    adviceText({ kind: "tls-failure", host }),
  ];
  for (const text of texts) {
    expect(text).toContain(`'https://${host}`);
    expect(text).not.toMatch(/ https:\/\/a\$/);
  }
});
