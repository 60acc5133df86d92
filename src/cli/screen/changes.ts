// The lines that say what changed, or would change.

import type { InstallerEvent, OnEvent } from "../../api/events.ts";
import type { Change } from "../../api/plan/value.ts";
import { redactUrl } from "../../net/url.ts";
import { adviceText } from "./advice-text.ts";
import type { Output, TimedLine } from "./output.ts";
import type { Progress } from "./progress.ts";
import { count, formatDuration } from "./text.ts";
import { createHeapGuard } from "../heap-guard.ts";

/**
 * ` + flask==3.0.0`, ` - idna==3.6`, ` ~ x==1 (from file:///…)`.
 *
 * @param options.areFetched Whether what is added was fetched; before that, it is what its URL points to: ` + x @ file:///…`.
 */
export function printChanges(
  changes: readonly Change[],
  output: Output,
  { areFetched = true }: { readonly areFetched?: boolean } = {},
): void {
  for (const { action, name, version, url } of changes) {
    const { sign, style } = SIGNS[action];
    if (!areFetched && action === "added" && url !== undefined) {
      const place = output.style("dim", ` @ ${redactUrl(url)}`);
      output.status(` ${output.style(style, sign)} ${output.style("name", name)}${place}`);
      continue;
    }
    const origin = url === undefined ? "" : output.style("dim", ` (from ${redactUrl(url)})`);
    output.status(
      ` ${output.style(style, sign)} ${output.style("name", name)}${output.style("dim", `==${version}`)}${origin}`,
    );
  }
}

/** What was done, how often, and how long it took. */
export interface Done {
  readonly count: number;
  readonly noun: string;
  readonly milliseconds: number;
  /** Says `0 packages` instead of leaving the number out. */
  readonly tellsNone?: boolean;
}

/** `Resolved 5 packages in 12ms`. */
export function didLine(verb: string, done: Done, output: Output): string {
  return timedLine(verb, done, output).pieces.join(formatDuration(done.milliseconds));
}

/** As {@link didLine}, with the duration apart. */
export function timedLine(verb: string, done: Done, output: Output): TimedLine {
  const counted =
    done.count === 0 && done.tellsNone !== true
      ? ""
      : ` ${output.style("count", count(done.count, done.noun))}`;
  const [before = "", after = ""] = output.style("dim", `in ${HOLE}`).split(HOLE);
  return {
    pieces: [`${output.style("dim", verb)}${counted} ${before}`, after],
    milliseconds: done.milliseconds,
  };
}

/** `Would install 2 packages`. */
export function wouldLine(verb: string, number: number, output: Output): string {
  return `${output.style("dim", `Would ${verb}`)} ${output.style("count", count(number, "package"))}`;
}

/** Tells an installer's events to the person who waits. */
export function tellEvents(output: Output, progress: Progress): OnEvent {
  const guard = createHeapGuard();
  return (event) => {
    guard(event);
    progress.show(event);
    tellEvent(event, output);
  };
}

function tellEvent(event: InstallerEvent, output: Output): void {
  switch (event.kind) {
    case "resolved":
    case "prepared":
    case "removed":
    case "installed":
      output.timedStatus(timedLine(PAST[event.kind], { ...event, noun: "package" }, output));
      return;
    case "program-output":
      output.passOn(event.text);
      return;
    case "waiting":
      output.status(event.message);
      return;
    case "warning":
      output.warn(
        event.advice === undefined ? event.message : `${event.message}; ${adviceText(event.advice)}`,
      );
      return;
    case "detail":
      output.debug(event.message);
      return;
    case "version-tried":
      if (output.verbosity > 1) output.debug(`Trying ${event.name}==${event.version.text}`);
      return;
    case "download-started":
      output.debug(`Downloading ${event.filename}`);
      return;
    case "build-started":
      output.status(`${output.style("dim", "   Building")} ${event.subject}`);
      return;
    case "build-finished":
      output.status(`${output.style("dim", "      Built")} ${event.subject}`);
      return;
    case "git-started":
      output.status(
        `${output.style("dim", "   Updating")} ${redactUrl(event.url)} (${event.reference ?? "HEAD"})`,
      );
      return;
    case "git-finished":
      output.status(`${output.style("dim", "    Updated")} ${redactUrl(event.url)} (${event.commit})`);
      return;
    case "build-hook":
      output.debug(`Calling ${event.hook} for ${event.subject}`);
      return;
    case "build-output":
      if (output.verbosity > 0) output.debug(event.text.trimEnd());
      return;
    case "preparing":
    case "packing":
    case "packed":
    case "download-progress":
    case "download-finished":
  }
}

// Stands for the duration while a line is dressed; no style holds it.
const HOLE = "\0";

const PAST = {
  resolved: "Resolved",
  prepared: "Prepared",
  removed: "Uninstalled",
  installed: "Installed",
} as const;

const SIGNS = {
  added: { sign: "+", style: "added" },
  removed: { sign: "-", style: "removed" },
  reinstalled: { sign: "~", style: "changed" },
} as const;
