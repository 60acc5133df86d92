// What `pinion doctor --json` prints: every examination, and what they were made with (docs/doctor.md, "JSON").

import { VERSION } from "../../version.ts";
import type { Examination } from "../examine/examination.ts";

export interface DoctorDocument {
  /** Grows when a field changes its meaning or goes away; new fields may come at any time. */
  readonly schema: 2;
  readonly pinion: string;
  /** The runtime's and its TLS engine's versions. */
  readonly runtime: { readonly node: string; readonly openssl: string };
  /** ISO 8601. */
  readonly time: string;
  readonly isWell: boolean;
  readonly examinations: readonly Examination[];
}

/** Puts examinations into the document. */
export function doctorDocument(examinations: readonly Examination[], time: Date): DoctorDocument {
  return {
    schema: 2,
    pinion: VERSION,
    runtime: { node: process.versions.node, openssl: process.versions.openssl },
    time: time.toISOString(),
    isWell: examinations.every(({ isWell }) => isWell),
    examinations,
  };
}
