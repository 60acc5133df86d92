import { describe, expect, test } from "vitest";

import { errorCode, readVectors } from "../../../test/support/vectors.ts";
import { atOnce } from "../../base/work/turns.ts";
import { parseHtmlPage } from "./simple-html.ts";
import type { DistributionFile, ProjectPage } from "./project-page.ts";
import { readStartTags, type WantedTags } from "./start-tags.ts";

interface VectorFile {
  readonly filename: string;
  readonly url: string;
  readonly [key: string]: unknown;
}

interface VectorCase {
  readonly name: string;
  readonly html: string | null;
  readonly expected: {
    readonly meta?: { readonly "api-version": string };
    readonly files: number | readonly VectorFile[];
  };
}

const PAGE_URL = "https://index.example/simple/a/";
const { cases } = readVectors<{ readonly cases: readonly VectorCase[] }>("simple-html");

// The vectors name some pages whose bytes they leave out.
const pages = cases.filter((vector) => vector.html !== null);

describe("parseHtmlPage on the shared vectors", () => {
  test.each(pages.map((vector) => [vector.name, vector] as const))("%s", (_name, { html, expected }) => {
    const page = read(html!);
    const { files } = expected;
    expect(page.files).toHaveLength(typeof files === "number" ? files : files.length);
    expect(page.apiVersion).toBe(expected.meta?.["api-version"] ?? page.apiVersion);
    // The vectors keep addresses as written; a page's links are relative to its own URL.
    const absolute =
      typeof files === "number"
        ? undefined
        : files.map((file) => ({ ...file, url: new URL(file.url, PAGE_URL).href }));
    expect(page.files.map(asPep691)).toEqual(absolute ?? page.files.map(asPep691));
  });
});

// Promise: untrusted input cannot make a command hang
// Attack: a page, small when compressed, whose attributes have names so long that each is compared with all
test("no other attribute than those that are read is kept, and no value whole that is too long", () => {
  const long = Array.from({ length: 9 }, (_, at) => `${"k".repeat(100)}${at}=1`);
  const html = `<a ${long.join(" ")} other=x href="12&amp;4567" Name=x name=y><b href=x>`;
  expect(tagsOf(html)).toEqual([
    [
      "a",
      [
        ["href", "12&4"],
        ["name", "x"],
      ],
    ],
  ]);
});

// Promise: Ctrl-C ends a command within a second
// Attack: a page of many megabytes, small when compressed
test("a long page is read in pieces, and each tag as a whole", () => {
  const tag = '<a x=1 href="&amp;&notin;&not;x&#38">text</a>';
  const pieceLength = 1024 ** 2;
  let html = "";
  for (const [piece, before] of [1, 2, 6, 12, 15, 20, 24, 28, 33, 40].entries())
    html = html.padEnd((piece + 1) * pieceLength - before) + tag;
  let pauses = 0;
  const found = tagsOf(html, () => (pauses += 1));
  expect(found).toEqual(Array.from({ length: 10 }, () => tagsOf(tag)[0]));
  expect(pauses).toBe(11);
});

describe("parseHtmlPage", () => {
  test.each([
    ["a comment hides a link", '<!-- <a href="a-1.whl">x</a> -->', []],
    ["an unclosed tag is not a link", '<a href="a-1.whl"', []],
    [
      "single quotes, no quotes, spaces",
      "<a href='a-1.whl'></a><a href=a-2.whl><a  href = \"a-3.whl\" >",
      ["a-1.whl", "a-2.whl", "a-3.whl"],
    ],
    ["the name is decoded once", '<a href="a%2B1-1.0%2525.whl">', ["a+1-1.0%25.whl"]],
    ["an encoded separator makes no name", '<a href="x%2F..%2Fa-1.whl"><a href="x%5Ca-1.whl">', []],
    ["no control character in a name", '<a href="a%00-1.whl"><a href="a%1b[2J-1.whl">', []],
    ["broken percent encoding makes no name", '<a href="a%zz-1.whl">', []],
    ["the parent folder is not a file", '<a href="../">..</a><a href="?C=M;O=A">Modified</a>', []],
    [
      "schemes that no installer follows",
      '<a href="javascript:alert(1)//a-1.whl"><a href="data:,a-1.whl"><a href="ftp://h/a-1.whl"><a href="file:///etc/a-1.whl">',
      [],
    ],
    ["a digest that draws in the next line", '<a href="a-1.whl#sha256=ab\\">', []],
    ["a digest with a blank", '<a href="a-1.whl#sha256=ab --hash=sha256:cd">', []],
    ["text and script are not looked at", "<script>'<a href=\"a-1.whl\">'</script>a-2.whl", []],
  ])("%s", (_name, html, filenames) => {
    expect(read(html).files.map((file) => file.filename)).toEqual(filenames);
  });

  test("follows the first base with an href, itself relative to the page", () => {
    const html =
      '<base target="x"><base href="../../files/"><base href="https://evil.example/"><a href="a-1.whl">';
    expect(read(html).files[0]?.url).toBe("https://index.example/files/a-1.whl");
  });

  test("takes several digests from one fragment and leaves egg and subdirectory aside", () => {
    const html = '<a href="a-1.whl#egg=a&amp;SHA256=AB&amp;md5=cd&amp;subdirectory=x">';
    expect(read(html).files[0]).toMatchObject({
      url: "https://index.example/simple/a/a-1.whl",
      hashes: { sha256: "ab", md5: "cd" },
    });
  });

  test.each([
    [
      "data-core-metadata",
      'data-core-metadata="sha256=ab" data-dist-info-metadata="sha256=cd"',
      { sha256: "ab" },
    ],
    ["the older data-dist-info-metadata", 'data-dist-info-metadata="sha256=cd"', { sha256: "cd" }],
    ["true", 'data-core-metadata="true"', true],
    ["an unknown algorithm", 'data-core-metadata="crc=12"', true],
    ["false", 'data-core-metadata="false"', false],
  ])("reads the metadata flag: %s", (_name, attributes, metadata) => {
    expect(read(`<a href="a-1.whl" ${attributes}>`).files[0]?.metadata).toEqual(metadata);
  });

  test.each([
    ["an empty data-requires-python asks for nothing", 'data-requires-python=""', {}],
    ["data-gpg-sig says true", 'data-gpg-sig="true"', { hasSignature: true }],
    ["data-gpg-sig says anything else", "data-gpg-sig", { hasSignature: false }],
  ])("%s", (_name, attributes, expected) => {
    const {
      filename: _filename,
      url: _url,
      hashes: _hashes,
      yanked: _yanked,
      metadata: _metadata,
      ...rest
    } = read(`<a href="a-1.whl" ${attributes}>`).files[0]!;
    expect(rest).toEqual(expected);
  });

  // Promise: a page from the network names no file of this machine
  // Attack: `<base href="file:///">` makes every link of the page a local path
  test.each([
    "file:///etc/",
    "FILE:///etc/",
    "file://server/share/",
    "http://plain.example/",
    "data:text/html,",
    "//",
  ])("lets no base move the links of a page from the network to another scheme: %s", (base) => {
    const html = `<base href="${base}"><a href="a-1.whl"><a href="file:///etc/b-1.whl"><a href="//host.example/c-1.whl">`;
    expect(read(html).files.map(({ url }) => url)).toEqual([
      new URL("a-1.whl", PAGE_URL).href,
      "https://host.example/c-1.whl",
    ]);
  });

  test("reads no file of another machine from a page on this one", () => {
    const html =
      '<a href="file://server/share/a-1.whl"><a href="////server/share/b-1.whl"><a href="c-1.whl">';
    const source = { url: "file:///srv/index/tool/index.html", contentType: "text/html" };
    const page = atOnce(parseHtmlPage(html, source));
    expect(page.files.map(({ url }) => url)).toEqual(["file:///srv/index/tool/c-1.whl"]);
  });

  test("drops credentials from the URL of a file", () => {
    expect(read('<a href="https://user:secret@files.example/a-1.whl">').files[0]?.url).toBe(
      "https://files.example/a-1.whl",
    );
  });

  test("lists no file of a quarantined project", () => {
    const page = read('<meta name="pypi:project-status" content="quarantined"><a href="a-1.whl">');
    expect(page).toMatchObject({ files: [], projectStatus: { status: "quarantined" } });
  });

  test("refuses a page with more anchors than any project has files", () => {
    const html = '<a href="x">'.repeat(300_001);
    expect(() => read(html)).toThrow("it has more than 300000 entries");
    expect(errorCode(() => read(html))).toBe("index/malformed-page");
  });

  // Promise: an archive of a few bytes can fill neither the memory nor the disk
  // Attack: a page, small when compressed, has very many links that are relative to a very long address
  test("refuses a page whose addresses are longer together than a page may be", () => {
    const pageOf = (count: number): string =>
      `<base href="https://files.example/${"b".repeat(16 * 1024 - 100)}/">${'<a href="a-1.whl">'.repeat(count)}`;
    expect(read(pageOf(8192)).files).toHaveLength(8192);
    expect(() => read(pageOf(8400))).toThrow("its addresses have more than 134217728 characters");
  });

  test.each([
    ["href", `href="${"a".repeat(16 * 1024)}/a-2.whl"`],
    ["data-requires-python", `href="a-2.whl" data-requires-python="&gt;=3${" ".repeat(4096)}"`],
    ["data-core-metadata", `href="a-2.whl" data-core-metadata="sha256=${"a".repeat(4096)}"`],
  ])("leaves out a file with an endless %s, and says where it is", (attribute, attributes) => {
    const page = read(`<a href="a-1.whl"><a ${attributes}>`);
    expect(page.files.map(({ filename }) => filename)).toEqual(["a-1.whl"]);
    expect(page.unreadable).toEqual({ count: 1, first: [`a[1].${attribute}`] });
  });

  test("cuts the reason of a yanked file, and shows that it does", () => {
    const [file] = read(`<a href="a-1.whl" data-yanked="${"a".repeat(5000)}">`).files;
    expect(file?.yanked).toBe(`${"a".repeat(4096)}…`);
  });

  test("refuses an API of another major version", () => {
    const html = '<meta name="pypi:repository-version" content="2.0"><a href="a-1.whl">';
    expect(errorCode(() => read(html))).toBe("index/malformed-page");
  });

  test("knows a login form that stands in an index's place", () => {
    const html = '<form><input name="user"><input type="password"></form><a href="/help">Help</a>';
    expect(read(`<input type="password"><a href="a-1.whl">`).files).toHaveLength(1);
    expect(errorCode(() => read(html))).toBe("index/not-an-index");
  });
});

function read(html: string): ProjectPage {
  return atOnce(parseHtmlPage(html, { url: PAGE_URL, contentType: "text/html" }));
}

type Tag = readonly [name: string, attributes: readonly (readonly [string, string])[]];

function tagsOf(html: string, onPause?: () => void): readonly Tag[] {
  const found: Tag[] = [];
  const wanted: WantedTags = {
    elements: new Set(["a"]),
    attributes: new Set(["href", "name"]),
    longestValue: 4,
    onTag: (name, attributes) => found.push([name, [...attributes]]),
  };
  const reading = readStartTags(html, wanted);
  while (reading.next().done !== true) onPause?.();
  return found;
}

function asPep691(file: DistributionFile): Record<string, unknown> {
  return {
    filename: file.filename,
    url: file.url,
    hashes: file.hashes,
    ...(file.requiresPython === undefined ? {} : { "requires-python": file.requiresPython }),
    ...(file.yanked === false ? {} : { yanked: file.yanked === "" ? true : file.yanked }),
    ...(file.metadata === false
      ? {}
      : { "core-metadata": file.metadata, "dist-info-metadata": file.metadata }),
    ...(file.hasSignature === undefined ? {} : { "gpg-sig": file.hasSignature }),
  };
}
