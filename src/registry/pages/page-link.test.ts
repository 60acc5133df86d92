import { expect, test, vi } from "vitest";

import { PageLinks } from "./page-link.ts";

const PAGE = "https://user:pw@index.example:8443/root/simple/flask/?x=1";

test("a URL of a page is resolved as the web's own parser does it, without fragment and credentials", () => {
  const links = new PageLinks(PAGE);
  for (const href of [
    "../../files/flask/flask-1.0-py3-none-any.whl",
    "flask-1.0-py3-none-any.whl",
    "../../../../../../above/the/root.whl",
    "/files/flask-1.0.tar.gz",
    "//other.example/flask-1.0.tar.gz",
    "https://files.example/flask-1.0.tar.gz",
    "../a/../b/flask-1.0.tar.gz",
    "../%2E%2e/flask-1.0.tar.gz",
    "a/.%2e/flask-1.0.tar.gz",
    "./flask%2B1.tar.gz",
    "a//b.whl",
    "../..",
    "../",
    "a/",
    "?query",
    "flask-1.0.whl?signature=1#sha256=" + "a".repeat(64),
    "fläsk-1.0.tar.gz",
    " flask-1.0.tar.gz ",
  ])
    expect([href, links.resolve(href)?.url]).toEqual([href, parsed(href)]);
});

test("the parser reads the folder of a page's files once, whatever their number", () => {
  let parsings = 0;
  const Parser = URL;
  vi.stubGlobal(
    "URL",
    class extends Parser {
      constructor(...given: ConstructorParameters<typeof URL>) {
        super(...given);
        parsings += 1;
      }
    },
  );
  try {
    const links = new PageLinks(PAGE);
    for (let file = 0; file < 1000; file += 1) links.resolve(`../../files/flask/flask-${file}.whl`);
    expect(parsings).toBe(1);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("links are relative to what the page says, once for all of them", () => {
  const links = new PageLinks("https://index.example/simple/flask/", "https://files.example/pool/x");
  expect(links.resolve("../a.whl")?.url).toBe("https://files.example/a.whl");
  expect(links.resolve("a.whl")).toEqual({
    url: "https://files.example/pool/a.whl",
    hashes: {},
    filename: "a.whl",
  });
});

test("a page of this machine leads to its files, and one of the network does not", () => {
  expect(new PageLinks("file:///srv/simple/flask/").resolve("../a.whl")?.url).toBe(
    "file:///srv/simple/a.whl",
  );
  const base = "file:///srv/simple/";
  expect(new PageLinks("https://index.example/simple/flask/", base).resolve("a.whl")).toBeUndefined();
});

function parsed(href: string): string | undefined {
  if (!URL.canParse(href.trim(), PAGE)) return undefined;
  const url = new URL(href.trim(), PAGE);
  if (url.protocol !== "https:") return undefined;
  url.hash = "";
  url.username = "";
  url.password = "";
  return url.href;
}
