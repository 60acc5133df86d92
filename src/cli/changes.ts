// The lines that say what changed, or would change.

import type { InstallerEvent, OnEvent } from "../api/events.ts";
import type { Change } from "../api/plan.ts";
import { redactUrl } from "../net/url.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import { count, formatDuration } from "./text.ts";

/** ` + flask==3.0.0`, ` - idna==3.6`, ` ~ x==1 (from file:///…)`. */
export function printChanges(changes: readonly Change[], output: Output): void {
  for (const { action, name, version, url } of changes) {
    const { sign, style } = SIGNS[action];
    const origin = url === undefined ? "" : output.style("dim", ` (from ${redactUrl(url)})`);
    output.status(
      ` ${output.style(style, sign)} ${output.style("name", name)}${output.style("dim", `==${version}`)}${origin}`,
    );
  }
}

/** `Resolved 5 packages in 12ms`. */
export function didLine(
  verb: string,
  done: {
    readonly count: number;
    readonly noun: string;
    readonly milliseconds: number;
    /** Says `0 packages` instead of leaving the number out. */
    readonly tellsNone?: boolean;
  },
  output: Output,
): string {
  const counted =
    done.count === 0 && done.tellsNone !== true
      ? ""
      : ` ${output.style("count", count(done.count, done.noun))}`;
  return `${output.style("dim", verb)}${counted} ${output.style("dim", `in ${formatDuration(done.milliseconds)}`)}`;
}

/** `Would install 2 packages`. */
export function wouldLine(verb: string, number: number, output: Output): string {
  return `${output.style("dim", `Would ${verb}`)} ${output.style("count", count(number, "package"))}`;
}

/** Tells an installer's events to the person who waits. */
export function tellEvents(output: Output, progress: Progress): OnEvent {
  return (event) => {
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
      output.status(didLine(PAST[event.kind], { ...event, noun: "package" }, output));
      return;
    case "waiting":
      output.status(event.message);
      return;
    case "warning":
      output.warn(event.message);
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
    case "download-progress":
    case "download-finished":
  }
}

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
