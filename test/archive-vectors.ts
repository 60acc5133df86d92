// The malformed archives of the vectors with what is expected of each: its class decides, or a decision that says why.

import { readFileSync } from "node:fs";

export interface ArchiveCase {
  readonly title: string;
  readonly bytes: Buffer;
  /** Undefined for a new case that nobody has decided yet: anything but a failure will do. */
  readonly verdict: "accept" | "refuse" | undefined;
}

/** The cases of one format. */
export function archiveCases(format: "zip" | "tar"): readonly ArchiveCase[] {
  const { archives }: { archives: readonly Vector[] } = readJson("malformed-archives.json");
  const { decisions }: { decisions: readonly Decision[] } = readJson("archive-decisions.json");
  return archives
    .filter((archive) => archive.format === format)
    .map((archive) => {
      const isSame = (decision: Decision): boolean =>
        decision.name === archive.name &&
        decision.class === archive.class &&
        decision.corpus === archive.corpus;
      return {
        title: `${archive.corpus}/${archive.class}/${archive.name}`,
        bytes: Buffer.from(archive.base64, "base64"),
        verdict: decisions.find(isSame)?.verdict ?? VERDICTS[archive.class],
      };
    });
}

interface Vector {
  readonly corpus: string;
  readonly format: string;
  readonly class: string;
  readonly name: string;
  readonly base64: string;
}

interface Decision {
  readonly corpus: string;
  readonly class: string;
  readonly name: string;
  readonly verdict: "accept" | "refuse";
}

const VERDICTS: Readonly<Record<string, "accept" | "refuse">> = {
  accept: "accept",
  reject: "refuse",
  malicious: "refuse",
};

function readJson(file: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(readFileSync(new URL(`vectors/${file}`, import.meta.url), "utf8"));
}
