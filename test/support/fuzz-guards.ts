// The guards against stored and served data, tried with inputs that are made by chance: journals, pages, settings files and
// redirects. Each input is harmless; what is looked for is a guard that lets one through.

import { fuzzJournals } from "./fuzz-journals.ts";

export interface FuzzedGuard {
  readonly name: string;
  readonly inputs: number;
  /** How many were accepted; the others were refused with an explained error. */
  readonly taken: number;
  readonly broken: readonly { readonly input: string; readonly why: string }[];
}

/** Tries every guard with as many inputs. */
export function fuzzGuards(options: { inputs: number; seed: number }): readonly FuzzedGuard[] {
  return [fuzzJournals(options)];
}
