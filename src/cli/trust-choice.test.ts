import { describe, expect, it } from "vitest";

import { choiceQuestion, choiceWords, parseChoice } from "./trust-choice.ts";

describe("parseChoice", () => {
  it.each<[string, number | undefined]>([
    ["", undefined],
    ["\n", undefined],
    ["n", undefined],
    ["no", undefined],
    ["y", 0],
    [" YES ", 0],
    ["1", 0],
    ["3", 2],
    ["4", undefined],
    ["0", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["2 ", 1],
    ["ya", undefined],
  ])("%j of three chooses %s", (answer, position) => {
    expect(parseChoice(answer, 3)).toBe(position);
  });

  it("explains every choice, and that no is the default", () => {
    expect(choiceWords(2)).toEqual([
      "trusts this certificate only, until the server gets another one",
      "trusts everything that this CA issues for this host",
    ]);
    expect(choiceQuestion(1)).toContain("[y/N]");
    expect(choiceQuestion(2)).toContain("[y/N, 2 for a CA]");
    expect(choiceQuestion(3)).toContain("[y/N, 2 to 3 for a CA]");
  });
});
