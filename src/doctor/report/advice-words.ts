// How a report puts advice into words: given by the program that prints it, which has the flags and commands.

import type { Advice, TrustChange } from "../../advice.ts";

export interface AdviceWords {
  /** A sentence without a full stop, code in backticks. */
  advice(this: void, advice: Advice): string;
  /** A part of a sentence without a subject. */
  trustChange(this: void, change: TrustChange): string;
}
