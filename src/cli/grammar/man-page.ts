// The manual page (man(7), roff) of the whole command, from the one table of commands and options.

import type { CommandOutline, OptionOutline } from "./command-outline.ts";

/** The source of `pinion.1`; it has no date, so that the same version gives the same page. */
export function manPage(commands: readonly CommandOutline[], version: string): string {
  const lines = [
    `.TH PINION 1 "" "pinion ${version}" "User Commands"`,
    ".SH NAME",
    "pinion \\- install Python packages from any index, over any TLS",
    ".SH SYNOPSIS",
    ".B pinion",
    ".I command",
    "[options] [arguments]",
    ".SH DESCRIPTION",
    "Pinion installs Python packages as",
    ".B uv pip",
    "does, reads the settings of uv and pip, and explains what is wrong with a connection.",
    "Every option is also a setting: of a variable PINION_NAME, and of a key of pinion.toml.",
    ".SH COMMANDS",
    ...commands.flatMap(describeCommand),
    ".SH EXIT STATUS",
    ...item("0", "Done."),
    ...item("1", "A package, its files or an index caused a failure."),
    ...item("2", "The network, the machine, the cache or the command line caused a failure."),
    ...item("130, 143", "Interrupted by Ctrl-C or SIGTERM."),
    ".SH FILES",
    ...item(
      "pinion.toml",
      "Settings of the project, of the user and of the system; `pinion config` shows them.",
    ),
    ...item("~/.cache/pinion", "The cache; `pinion cache dir` prints where it is."),
    ".SH SEE ALSO",
    ".BR pip (1),",
    ".BR uv (1)",
  ];
  return `${lines.join("\n")}\n`;
}

function describeCommand({ words, summary, usage, options, examples }: CommandOutline): readonly string[] {
  const name = ["pinion", ...words].join(" ");
  return [
    `.SS "${quoted(`${name} ${usage}`)}"`,
    line(`${summary}.`),
    ...options.flatMap(describeOption),
    ...(examples.length === 0
      ? []
      : [".PP", "Examples:", ".PP", ".nf", ".RS", ...examples.map(line), ".RE", ".fi"]),
  ];
}

function describeOption({ short, long, value, choices, summary }: OptionOutline): readonly string[] {
  const names = [short, long].filter((name) => name !== undefined).join(", ");
  const choice = choices.length === 0 ? "" : ` (${choices.join(", ")})`;
  return item(value === undefined ? names : `${names} ${value}`, `${summary}${choice}`);
}

function item(tag: string, text: string): readonly string[] {
  return [".TP", `\\fB${escaped(tag)}\\fR`, line(text)];
}

/** A line of text: one that begins with a dot or a quote would be a request. */
function line(text: string): string {
  const safe = escaped(text);
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function quoted(text: string): string {
  return escaped(text).replaceAll('"', "\\(dq");
}

/** Minus signs stay minus signs, so that options can be copied. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...");
}
