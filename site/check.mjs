// Looks at the built site in headless Chromium: every page is there, no link leads nowhere, nothing is written to the console as
// an error, axe finds no violation of WCAG A or AA, and the table of clients can be searched.
//
// cd site && npm run check [-- --screenshots FOLDER]

import { createServer } from "node:http";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import axe from "axe-core";
import { chromium } from "playwright-core";

const dist = join(import.meta.dirname, ".vitepress", "dist");
const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
if (browserPath === undefined) {
  console.log("Skipped: Chromium is not installed");
  process.exit(0);
}
const at = process.argv.indexOf("--screenshots");
const pictures = at === -1 ? undefined : process.argv[at + 1];
if (pictures !== undefined) mkdirSync(pictures, { recursive: true });

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = join(dist, decodeURIComponent(pathname === "/" ? "/index.html" : pathname));
  if (!path.startsWith(dist) || !existsSync(path) || statSync(path).isDirectory())
    return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
  response.end(readFileSync(path));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const problems = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const names = readdirSync(dist).filter(
  (name) => name.endsWith(".html") && name !== "404.html" && name !== "doctor-page.html",
);
const anchors = new Map();
const links = [];
for (const name of names) {
  const tab = await browser.newPage();
  tab.on(
    "console",
    (message) => message.type() === "error" && problems.push(`${name}: console: ${message.text()}`),
  );
  tab.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  await tab.goto(`${origin}/${name}`, { waitUntil: "networkidle" });
  anchors.set(name, new Set(await tab.$$eval("[id]", (all) => all.map((one) => one.id))));
  for (const href of await tab.$$eval("a[href]", (all) => all.map((one) => one.href)))
    if (href.startsWith(origin)) links.push([name, new URL(href)]);
  await tab.evaluate(axe.source);
  const { violations } = await tab.evaluate(() =>
    globalThis.axe.run({ exclude: [["iframe"]] }, { runOnly: ["wcag2a", "wcag2aa"] }),
  );
  for (const { id, nodes } of violations)
    problems.push(`${name}: ${id}: ${nodes.length} of ${nodes[0]?.target.join(" ")}`);
  if (name === "clients.html") {
    const all = await tab.$$eval("#clients tbody tr", (rows) => rows.length);
    await tab.fill("#chain-search", "p384");
    const some = await tab.$$eval("#clients tbody tr", (rows) => rows.length);
    if (!(some > 0 && some < all)) problems.push(`${name}: a search shows ${some} of ${all} chains`);
  }
  if (
    pictures !== undefined &&
    ["index.html", "clients.html", "doctor-example.html", "fleet.html"].includes(name)
  )
    await tab.screenshot({ path: join(pictures, `site-${name.replace(".html", ".png")}`) });
  await tab.close();
}
for (const [name, { pathname, hash }] of links) {
  const target = decodeURIComponent(pathname.slice(1)) || "index.html";
  if (!existsSync(join(dist, target))) problems.push(`${name}: a link leads nowhere: ${pathname}`);
  const known = anchors.get(target);
  if (hash.length > 1 && known !== undefined && !known.has(decodeURIComponent(hash.slice(1))))
    problems.push(`${name}: a link leads to no place of its page: ${pathname}${hash}`);
}
await browser.close();
server.close();
for (const problem of new Set(problems)) console.error(problem);
console.log(`${names.length} pages, ${links.length} links, ${new Set(problems).size} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
