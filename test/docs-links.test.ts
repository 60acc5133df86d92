// Links of the README and of the pages lead to files and headings that are there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "ARCHITECTURE.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test.each(pages)("%s", (page) => {
  const broken = linksOf(page).filter(({ path, anchor }) => {
    const file = path === "" ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== "" && file.endsWith(".md") && !anchorsOf(file).has(anchor);
  });
  expect(broken).toEqual([]);
});

test("the README leads to a page about each subject that users look for", () => {
  const linked = new Set(linksOf("README.md").map(({ path }) => path));
  const wanted = [
    "proxies",
    "ci",
    "fleet-trust",
    "tls",
    "lock",
    "build",
    "settings",
    "errors",
    "library",
    "doctor",
  ];
  expect(wanted.map((name) => `docs/${name}.md`).filter((path) => !linked.has(path))).toEqual([]);
});

/** Links to files of the repository, outside of blocks of code. */
function linksOf(page: string): readonly { readonly path: string; readonly anchor: string }[] {
  const text = readFileSync(join(root, page), "utf8")
    .replaceAll(/^```[^]*?^```/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#", 2);
      return { path, anchor };
    });
}

/** As GitHub makes them of headings. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = readFileSync(file, "utf8").matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
