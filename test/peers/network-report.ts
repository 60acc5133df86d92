// What `npm run measure:network` found, as tables for docs/network.md.

import type { MeasuredCase, MeasuredForm, NetworkMeasurement } from "./measure-network.ts";
import { DONE } from "./network-clients.ts";
import type { Decisions } from "./no-proxy-forms.ts";

/** Whether Pinion did what it has to; what was not measured is neither right nor wrong. */
export function isCaseRight({ expected, outcomes }: MeasuredCase): boolean {
  return outcomes[PINION] === undefined || outcomes[PINION] === expected;
}

/** As {@link isCaseRight}, for every kind of proxy and index. */
export function isFormRight({ expected, decisions }: MeasuredForm): boolean {
  return Object.values(decisions[PINION] ?? {}).every((decision) => decision === expected);
}

/** The matrix in Markdown: who was measured, then a table for each group of ways, and one for NO_PROXY. */
export function networkTables(measurement: NetworkMeasurement): string {
  const { measured, platform, clients, cases, forms } = measurement;
  const names = clients.map(({ name }) => name);
  const head = (first: string): readonly string[] => [
    `| ${first} | ${names.join(" | ")} |`,
    `| --- |${" --- |".repeat(names.length)}`,
  ];
  const groups = GROUPS.flatMap(([group, title]) => [
    `### ${title}`,
    "",
    ...head(group.includes("prox") ? "the way" : "the server"),
    ...cases
      .filter((measuredCase) => measuredCase.group === group)
      .map((measuredCase) => caseRow(measuredCase, names)),
    "",
  ]);
  return [
    `Measured on ${measured}, ${platform}, in one run on loopback: ${clients.map(({ name, version }) => `${name}: ${version ?? "not installed"}`).join("; ")}.`,
    "",
    `✓: the newest version, its bytes right. A code of Pinion, or another client's own words, where it gave up; **bold** where a client took what it should not, or missed what was there. curl, which installs nothing, fetches the page and the file. Each was allowed one retry and five seconds of silence, curl ten seconds in all and no retry.`,
    "",
    ...groups,
    "### NO_PROXY",
    "",
    "Whether the request went past the proxy (`direct`) or through it (`proxy`): HTTP proxy with `http` and `https` index, SOCKS 5h proxy with `https` index; where these differ, the three in this order. **Bold** where it is not what the entry says.",
    "",
    ...head("entry | address"),
    ...forms.map((form) => formRow(form, names)),
    "",
  ]
    .join("\n")
    .replace(/\| entry \| address \|(.*)\n\| --- \|/, "| entry | address |$1\n| --- | --- |");
}

function caseRow({ name, expected, outcomes, missing }: MeasuredCase, names: readonly string[]): string {
  const cells = names.map((client) => {
    if (missing !== undefined) return `(no ${missing})`;
    const outcome = outcomes[client];
    if (outcome === undefined) return "–";
    const shown = outcome === DONE ? "✓" : escape(outcome);
    const isWrong = client === PINION ? outcome !== expected : (outcome === DONE) !== (expected === DONE);
    return isWrong ? `**${shown}**` : shown;
  });
  return `| ${escape(name)} | ${cells.join(" | ")} |`;
}

function formRow({ entry, host, expected, decisions }: MeasuredForm, names: readonly string[]): string {
  const cells = names.map((client) => {
    const made = decisions[client];
    if (made === undefined) return "–";
    const shown = summary(made);
    return shown === expected ? shown : `**${shown}**`;
  });
  return `| \`${entry}\` | \`${host}\` | ${cells.join(" | ")} |`;
}

function summary(decisions: Decisions): string {
  const made = Object.values(decisions);
  return new Set(made).size === 1 ? (made[0] ?? "–") : made.join(", ");
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

const PINION = "Pinion";
const GROUPS: readonly (readonly [MeasuredCase["group"], string])[] = [
  ["proxies", "Test proxies"],
  ["real proxies", "Real proxies"],
  ["servers", "Unusual servers"],
  ["real servers", "Real servers"],
];
