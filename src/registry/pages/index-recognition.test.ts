import { describe, expect, it } from "vitest";

import { recognizeIndex } from "./index-recognition.ts";

describe("recognizeIndex", () => {
  it.each<[string, string, string | undefined, ReturnType<typeof recognizeIndex>]>([
    [
      "a block page with one link",
      '<title>Blocked</title><a href="mailto:it@corp.example">Help</a>',
      "text/html",
      undefined,
    ],
    [
      "a block page that links to a site",
      '<a href="https://portal.example/">Contact us</a>',
      "text/html",
      undefined,
    ],
    [
      "a block page with one link whose text is the end of its URL",
      '<title>Blocked</title><a href="https://portal.example/help">help</a>',
      "text/html",
      undefined,
    ],
    ["a login page", '<title>Simple index</title><form><input name="user"></form>', "text/html", undefined],
    ["plain text", "hello", "text/plain", undefined],
    ["JSON of something else", '{"error": "no"}', "application/json", undefined],
    ["nothing", "", undefined, undefined],
    ["a list of projects", '<a href="flask/">flask</a>', "text/html", { format: "html" }],
    [
      "projects by absolute paths",
      '<a href="/simple/zope-interface/">zope.interface</a>',
      "text/html",
      { format: "html" },
    ],
    [
      "a list of files",
      '<a href="../x/flask-3.0-py3-none-any.whl#sha256=ab">f</a>',
      "text/html",
      { format: "html" },
    ],
    ["an empty index", "<!DOCTYPE html><title>Simple index</title>", "text/html", { format: "html" }],
    ["a project without files", "<html><h1>Links for flask</h1></html>", "text/html", { format: "html" }],
    [
      "a version",
      '<meta name="pypi:repository-version" content="1.3">',
      "text/html",
      { format: "html", apiVersion: "1.3" },
    ],
    ["the type of PEP 691", "<html></html>", "application/vnd.pypi.simple.v1+html", { format: "html" }],
    ["JSON", '{"meta": {"api-version": "1.1"}}', undefined, { format: "json", apiVersion: "1.1" }],
    ["JSON by its type", "{}", "application/vnd.pypi.simple.v1+json; q=1", { format: "json" }],
  ])("%s", (_, body, type, expected) => {
    expect(recognizeIndex(body, type)).toEqual(expected);
  });
});
