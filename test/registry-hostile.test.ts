// Hostile pages and files, over real sockets: every outcome is an explained refusal or a safe value.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { isPinionError } from "../src/errors.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { parseVersion } from "../src/pep/versions/version.ts";
import { atOnce } from "../src/base/work/turns.ts";
import { parseHtmlPage } from "../src/registry/pages/simple-html.ts";
import { parseJsonPage } from "../src/registry/pages/simple-json.ts";
import { fetchVersion, registryStage, shown, type RegistryStage } from "./support/registry-stage.ts";
import { processorMs } from "./support/processor-time.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

describe("a hostile page", () => {
  let server: Server;
  let stage: RegistryStage;
  let page: { readonly body: string; readonly type: string } = { body: "", type: JSON_TYPE };

  beforeAll(async () => {
    stage = await registryStage();
    server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": page.type, "cache-control": "max-age=600" }).end(page.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await stage[Symbol.asyncDispose]();
  });

  async function list(body: string, type = JSON_TYPE): Promise<readonly string[] | string> {
    page = { body, type };
    const { port } = server.address() as AddressInfo;
    const locations = { defaultIndex: { value: `http://127.0.0.1:${port}/simple`, origin: "test" } };
    const registry = stage.open({ locations, refresh: { kind: "all" } });
    return registry
      .listing("a")
      .then(shown, (error: unknown) => (isPinionError(error) ? error.code : String(error)));
  }

  test.each<[string, string, readonly string[] | string]>([
    ["with an array in place of everything", "[[[[]]]]", "index/malformed-page"],
    [
      "nested 100,000 deep",
      `{"meta":{"api-version":"1.0"},"files":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      "index/malformed-page",
    ],
    [
      "nested deep in an unknown key",
      pageOf([fileOf("a-1.0-py3-none-any.whl")], `"x":${"[".repeat(5000)}${"]".repeat(5000)},`),
      "index/malformed-page",
    ],
    [
      "with a prototype",
      pageOf([
        `{"__proto__":{"filename":"a-9.0-py3-none-any.whl"},${fileOf("a-1.0-py3-none-any.whl").slice(1)}`,
      ]),
      ["1.0"],
    ],
    [
      "with names that leave the folder",
      pageOf([fileOf("../../a-2.0-py3-none-any.whl"), fileOf("a-1.0-py3-none-any.whl")]),
      ["1.0"],
    ],
    [
      "with a name of another project",
      pageOf([fileOf("b-9.0-py3-none-any.whl"), fileOf("a-1.0-py3-none-any.whl")]),
      ["1.0"],
    ],
    [
      "with a version of 4,000 digits",
      pageOf([fileOf(`a-${"9".repeat(4000)}-py3-none-any.whl`), fileOf("a-1.0-py3-none-any.whl")]),
      ["1.0"],
    ],
    [
      "with a version of 200 digits",
      pageOf([fileOf(`a-${"9".repeat(200)}-py3-none-any.whl`), fileOf("a-1.0-py3-none-any.whl")]),
      ["9".repeat(200), "1.0"],
    ],
    [
      "with tags without end",
      pageOf([
        fileOf(`a-2.0-${"py3.".repeat(50)}py3-${"n.".repeat(50)}none-any.whl`),
        fileOf("a-1.0-py3-none-any.whl"),
      ]),
      ["1.0"],
    ],
    [
      "with a URL that executes",
      pageOf([
        fileOf("a-2.0-py3-none-any.whl").replace("https://files.example/", "javascript:alert(1)//"),
        fileOf("a-1.0-py3-none-any.whl"),
      ]),
      ["1.0"],
    ],
    [
      "with a file of this machine",
      pageOf([
        fileOf("a-2.0-py3-none-any.whl").replace("https://files.example/", "file:///etc/"),
        fileOf("a-1.0-py3-none-any.whl"),
      ]),
      ["1.0"],
    ],
    [
      "with control characters",
      pageOf([fileOf("a-2.0-py3-none-any.whl\\u001b[2J"), fileOf("a-1.0-py3-none-any.whl")]),
      ["1.0"],
    ],
    [
      "with requires-python that is long and broken",
      pageOf([fileOf("a-1.0-py3-none-any.whl", `"requires-python":"${">=3,".repeat(1000)}!",`)]),
      ["1.0"],
    ],
    [
      "with requires-python that is endless",
      pageOf([
        fileOf("a-2.0-py3-none-any.whl", `"requires-python":"${">=3,".repeat(20_000)}!",`),
        fileOf("a-1.0-py3-none-any.whl"),
      ]),
      ["1.0"],
    ],
    [
      "with a digest that is a path",
      pageOf([
        fileOf("a-1.0-py3-none-any.whl").replace('"hashes":{}', '"hashes":{"sha256":"../../../../etc"}'),
      ]),
      [],
    ],
  ])("%s", async (_name, body, outcome) => {
    expect(await list(body)).toEqual(outcome);
  });

  test("with 10,000 versions is listed in a time that is not felt", async () => {
    const files = Array.from({ length: 10_000 }, (_, index) =>
      fileOf(`a-${index % 100}.${index}-py3-none-any.whl`),
    );
    const start = processorMs();
    expect(await list(pageOf(files))).toHaveLength(10_000);
    expect(processorMs() - start).toBeLessThan(10_000);
  });

  test("in HTML with 20,000 links and as many unclosed tags ends too", async () => {
    const html = Array.from(
      { length: 20_000 },
      (_, index) => `<div><p><a href='a-1.${index}-py3-none-any.whl' data-yanked="<">`,
    ).join("");
    const start = processorMs();
    expect(await list(html, "text/html")).toHaveLength(20_000);
    expect(processorMs() - start).toBeLessThan(10_000);
  });
});

describe("a hostile file", () => {
  const good = makeWheel({ name: "a", version: "1.0" });

  test("whose stated digest is a path is passed over, and leads nowhere", async () => {
    await using stage = await registryStage({ packages: [{ ...good, sha256: "../../../../../../etc" }] });
    await expect(fetchVersion(stage.open(), "a", "1.0")).rejects.toMatchObject({
      code: "index/not-found",
    });
  });

  test("without end stops at its bound", async () => {
    await using stage = await registryStage({
      packages: [good],
      oddities: [{ kind: "endless", on: "metadata" }],
    });
    const registry = stage.open();
    await registry.listing("a");
    await expect(registry.dependencies("a", parseVersion("1.0"))).rejects.toMatchObject({
      code: "net/too-large",
    });
  });

  test("that states another project's digest does not get that one's metadata, nor gives it its own", async () => {
    const other = makeWheel({ name: "b", version: "1.0", requires: ["c"] });
    await using stage = await registryStage({
      packages: [
        other,
        {
          ...good,
          sha256: other.sha256,
          metadata: good.metadata.replace("Version: 1.0", "Version: 1.0\nRequires-Dist: evil"),
        },
      ],
    });
    const registry = stage.open();
    await fetchVersion(registry, "b", "1.0");
    await registry.listing("a");
    expect(await registry.dependencies("a", parseVersion("1.0"))).toMatchObject({ kind: "unusable" });
    await expect(fetchVersion(registry, "a", "1.0")).rejects.toMatchObject({ code: "wheel/invalid" });
    expect(await stage.open().dependencies("b", parseVersion("1.0"))).toMatchObject({
      requires: [{ name: "c" }],
    });
  });

  test("that is not an archive is refused, by ranges and as a whole", async () => {
    const junk = { ...good, bytes: Buffer.alloc(200_000, "PK\u0005\u0006"), metadata: undefined, sha256: "" };
    await using stage = await registryStage({ packages: [junk], formats: ["html"] });
    const registry = stage.open();
    await registry.listing("a");
    const answer = registry.dependencies("a", parseVersion("1.0"));
    await expect(answer.catch((error: unknown) => error)).resolves.toSatisfy(
      (value) => isPinionError(value) || (value as { kind: string }).kind === "unusable",
    );
  });
});

describe("parsers of pages", () => {
  const source = { url: "https://index.example/simple/a/", contentType: undefined };

  test("answer any text with a page or an explained refusal", () => {
    const html = fc
      .array(
        fc.constantFrom(
          "<a ",
          "href=",
          '"',
          "'",
          ">",
          "</a>",
          "<base ",
          "<!--",
          "-->",
          "&#x",
          "&amp;",
          "data-yanked",
          "#sha256=",
          "\u0000",
          "../",
          "%2F",
          "http://",
        ),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(html, fc.string(), fc.json(), fc.string({ unit: "binary" })), (text) => {
        expect(outcomeOf(() => atOnce(parseHtmlPage(text, source)))).toBe("explained");
        expect(outcomeOf(() => atOnce(parseJsonPage(Buffer.from(text), source)))).toBe("explained");
      }),
      { numRuns: 50 },
    );
  });

  test("answer any JSON of the right outline with safe names, or an explained refusal", () => {
    const value = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
      fc.object(),
      fc.constantFrom("a-1.0-py3-none-any.whl", "https://x/y"),
    );
    const file = fc.dictionary(
      fc.constantFrom(
        "filename",
        "url",
        "hashes",
        "yanked",
        "requires-python",
        "core-metadata",
        "upload-time",
        "size",
      ),
      value,
    );
    fc.assert(
      fc.property(fc.array(file), (files) => {
        const body = JSON.stringify({ meta: { "api-version": "1.0" }, files });
        expect(outcomeOf(() => atOnce(parseJsonPage(Buffer.from(body), source)))).toBe("explained");
      }),
    );
  });
});

function outcomeOf(
  parse: () => { readonly files: readonly { readonly filename: string; readonly url: string }[] },
): string {
  try {
    const unsafe = parse().files.filter(
      ({ filename, url }) => /[/\\\u0000-\u001F]/.test(filename) || !/^https?:/.test(url),
    );
    return unsafe.length === 0 ? "explained" : `unsafe: ${JSON.stringify(unsafe)}`;
  } catch (error) {
    return isPinionError(error) ? "explained" : String(error);
  }
}

function pageOf(files: readonly string[], more = ""): string {
  return `{"meta":{"api-version":"1.0"},${more}"files":[${files.join(",")}]}`;
}

function fileOf(filename: string, more = ""): string {
  return `{${more}"filename":"${filename}","url":"https://files.example/a.whl","hashes":{}}`;
}
