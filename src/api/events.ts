// What an installer reports while it works, for a screen or a log. Events carry no secrets; URLs are redacted.

import type { BuildEvent } from "../build/tools.ts";
import type { Advice } from "../advice.ts";
import type { Version } from "../pep/versions/version.ts";

export type InstallerEvent =
  /** `recalled` where an earlier run's resolution still holds: it does for as long as what it rests on is not changed. */
  | {
      readonly kind: "resolved";
      readonly count: number;
      readonly milliseconds: number;
      readonly recalled?: Period;
    }
  /** Before wheels are downloaded or built: how many, and their bytes as the indexes state them. */
  | { readonly kind: "preparing"; readonly count: number; readonly bytes: number | undefined }
  | { readonly kind: "prepared"; readonly count: number; readonly milliseconds: number }
  | { readonly kind: "removed"; readonly count: number; readonly milliseconds: number }
  | { readonly kind: "installed"; readonly count: number; readonly milliseconds: number }
  /** Before files are put into an archive or into memory: how many, and their bytes before compression. */
  | { readonly kind: "packing"; readonly count: number; readonly bytes: number }
  | { readonly kind: "packed"; readonly count: number; readonly milliseconds: number }
  | { readonly kind: "version-tried"; readonly name: string; readonly version: Version }
  | { readonly kind: "download-started"; readonly filename: string; readonly bytes: number | undefined }
  | { readonly kind: "download-progress"; readonly filename: string; readonly bytes: number }
  | { readonly kind: "download-finished"; readonly filename: string }
  | BuildEvent
  /** What a program writes to stderr for the user while credentials are requested from it, as it comes: a login's URL and code. */
  | { readonly kind: "program-output"; readonly text: string }
  | { readonly kind: "waiting"; readonly message: string }
  | { readonly kind: "warning"; readonly message: string; readonly advice?: Advice }
  | { readonly kind: "detail"; readonly message: string };

/** A stretch of time, in milliseconds since 1970; `untilMs` is not part of it. */
export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}

export type OnEvent = (event: InstallerEvent) => void;

/** Passes on only what a user must see, for work inside other work: the plans that a build makes. */
export function onlyNotices(onEvent: OnEvent): OnEvent {
  return (event) => {
    if (NOTICES.has(event.kind)) onEvent(event);
  };
}

const NOTICES: ReadonlySet<string> = new Set(["warning", "detail", "waiting", "program-output"]);
