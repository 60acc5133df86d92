// What `npm run measure:clients` found, as a table for the guide and a picture for the README.

import type { MeasuredClient, MeasuredShape, Measurement } from "./measure-clients.ts";

/** Whether a client accepted what should be accepted, or refused what should be refused; Pinion also for which reason. */
export function isRight({ expected, verdicts }: MeasuredShape, client: string): boolean {
  const verdict = verdicts[client];
  if (verdict === undefined) return false;
  if (client === PINION) return (verdict.isAccepted ? "accept" : verdict.said) === expected;
  return verdict.isAccepted === (expected === "accept");
}

/** The table in Markdown: who was measured, then one row for each shape. */
export function clientTable({ measured, platform, clients, shapes }: Measurement): string {
  const versions = clients.map(
    ({ name, version }) =>
      `| ${name} | ${version ?? "not installed"} | ${scoreOf(shapes, { name, version })} |`,
  );
  const rows = shapes.map((shape) => {
    const cells = clients.map((client) => cellOf(shape, client));
    return `| \`${shape.name}\` | ${shape.expected === "accept" ? "accept" : `\`${shape.expected}\``} | ${cells.join(" | ")} |`;
  });
  return [
    `Measured on ${measured}, ${platform}, all clients in one run over real connections on loopback.`,
    "",
    "| client | version | right |",
    "| --- | --- | --- |",
    ...versions,
    "",
    "✓ accepted, ✗ refused; **bold** where that is not what should happen, with the client's own words.",
    "",
    `| shape | right answer | ${clients.map(({ name }) => name).join(" | ")} |`,
    `| --- | --- |${" --- |".repeat(clients.length)}`,
    ...rows,
    "",
  ].join("\n");
}

/** The picture, SVG that suits light and dark pages: one line per client, one square per shape. */
export function clientPicture({ measured, clients, shapes }: Measurement): string {
  const places = placesOf(shapes);
  const width = LEFT + (places.at(-1)?.x ?? 0) + CELL + RIGHT;
  const height = TOP + clients.length * LINE + 46;
  const groups = groupsOf(places).map(
    ({ name, from, to }) =>
      `<text class="dim" x="${LEFT + (from + to + CELL) / 2}" y="${TOP - 12}" text-anchor="middle">${GROUP_TITLES.get(name) ?? name}</text>`,
  );
  const lines = clients.map((client, line) => {
    const y = TOP + line * LINE;
    const squares = LEGEND.flatMap(([kind]) => {
      const those = places.filter(({ shape }) => squareKind(shape, client) === kind);
      const strokes = those.map(({ x }) => `M${LEFT + x} ${y}h${CELL}v${SQUARE}h-${CELL}z`);
      return strokes.length === 0 ? [] : [`<path class="${kind}" d="${strokes.join("")}"/>`];
    });
    const isPinion = client.name === PINION;
    const score = scoreOf(shapes, client);
    return [
      `<text class="${isPinion ? "name own" : "name"}" x="${LEFT - 10}" y="${y + SQUARE - 4}" text-anchor="end">${client.name}</text>`,
      ...squares,
      `<text class="${isPinion ? "own" : ""}" x="${width - RIGHT + 12}" y="${y + SQUARE - 4}">${score}</text>`,
    ].join("\n");
  });
  const legendY = TOP + clients.length * LINE + 22;
  const isAllHere = clients.every(({ version }) => version !== undefined);
  const legend = LEGEND.filter(([kind]) => kind !== "absent" || !isAllHere).map(
    ([kind, words], at) =>
      `<rect class="${kind}" x="${LEFT + at * 214}" y="${legendY - 10}" width="10" height="10" rx="1"/><text class="dim" x="${LEFT + at * 214 + 16}" y="${legendY}">${words}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${shapes.length} server certificates, ${clients.length} clients, measured ${measured}</title>
<style>
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #57606a; }
.own { font-weight: 600; fill: #1f2328; }
.dim { font-size: 11.5px; }
.right { fill: #2da44e; }
.refused { fill: #d1242f; }
.accepted { fill: #e08600; }
.absent { fill: none; stroke: #8c959f; stroke-opacity: .4; }
@media (prefers-color-scheme: dark) {
  text { fill: #9ea7b3; }
  .own { fill: #f0f6fc; }
  .right { fill: #2f9e54; }
  .refused { fill: #f4534d; }
  .accepted { fill: #e3a008; }
}
</style>
${groups.join("\n")}
${lines.join("\n")}
${legend.join("\n")}
</svg>
`;
}

function cellOf(shape: MeasuredShape, client: MeasuredClient): string {
  const verdict = shape.verdicts[client.name];
  if (verdict === undefined) return "not installed";
  if (verdict.isAccepted) return isRight(shape, client.name) ? "✓" : "**✓**";
  return isRight(shape, client.name) ? "✗" : `**✗** ${escapeCell(verdict.said)}`;
}

/** The client's words as code, cut to what a narrow column can show. */
function escapeCell(said: string): string {
  const short = said.length > MAX_CELL_CHARACTERS ? `${said.slice(0, MAX_CELL_CHARACTERS)}…` : said;
  return `\`${short.replaceAll("|", String.raw`\|`).replaceAll("`", "'")}\``;
}

function scoreOf(shapes: readonly MeasuredShape[], { name, version }: MeasuredClient): string {
  if (version === undefined) return "not installed";
  return `${shapes.filter((shape) => isRight(shape, name)).length} of ${shapes.length}`;
}

type SquareKind = "right" | "refused" | "accepted" | "absent";

function squareKind(shape: MeasuredShape, { name }: MeasuredClient): SquareKind {
  const verdict = shape.verdicts[name];
  if (verdict === undefined) return "absent";
  if (isRight(shape, name)) return "right";
  return verdict.isAccepted ? "accepted" : "refused";
}

interface Place {
  readonly shape: MeasuredShape;
  readonly x: number;
}

/** Shapes of one group stand together, with room before the next group. */
function placesOf(shapes: readonly MeasuredShape[]): readonly Place[] {
  const places: Place[] = [];
  let x = 0;
  for (const [at, shape] of shapes.entries()) {
    if (at > 0 && sectionOf(shape) !== sectionOf(shapes[at - 1] ?? shape)) x += GROUP_GAP;
    places.push({ shape, x });
    x += CELL + 1;
  }
  return places;
}

function groupsOf(
  places: readonly Place[],
): readonly { readonly name: string; readonly from: number; readonly to: number }[] {
  const groups = new Map<string, { name: string; from: number; to: number }>();
  for (const { shape, x } of places) {
    const name = sectionOf(shape);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, { name, from: x, to: x });
    else known.to = x;
  }
  return [...groups.values()];
}

/** Unusual names are few, and drawn among the chains. */
function sectionOf({ group }: MeasuredShape): string {
  return group === "name" ? "chain" : group;
}

const PINION = "Pinion";
const GROUP_TITLES: ReadonlyMap<string, string> = new Map([
  ["issuer", "issuers' keys and signatures"],
  ["leaf key", "servers' keys"],
  ["chain", "chains and names"],
  ["failure", "what must be refused"],
]);
const LEGEND: readonly (readonly [SquareKind, string])[] = [
  ["right", "right"],
  ["refused", "a valid server is refused"],
  ["accepted", "an invalid server is accepted"],
  ["absent", "not installed"],
];
const MAX_CELL_CHARACTERS = 44;
const CELL = 5;
const SQUARE = 18;
const LINE = 24;
const GROUP_GAP = 12;
const LEFT = 104;
const RIGHT = 92;
const TOP = 34;
