// Every parser of text that others write takes time in proportion to its input. For each one the slowest of many repeated
// patterns is found with a small input; then twice the input may take no more than about twice the time.

import { describe, expect, test } from "vitest";

import { attempt } from "../src/base/work/attempt.ts";
import { atOnce } from "../src/base/work/turns.ts";
import { readStaticMetadata } from "../src/build/trees/static-metadata.ts";
import { readPylock } from "../src/lock/read-pylock.ts";
import { parseInsecureHost } from "../src/net/connections/insecure-hosts.ts";
import { parseNetrc } from "../src/net/credentials/netrc.ts";
import { parseNoProxy } from "../src/net/proxies/no-proxy.ts";
import { redactText, redactUrl } from "../src/net/url.ts";
import {
  parseMetadataFields,
  readHeaders,
  readRequiresDist,
} from "../src/pep/metadata/core-metadata-fields.ts";
import { checkMetadata } from "../src/pep/metadata/core-metadata-rules.ts";
import { parseDirectUrl } from "../src/pep/files/direct-url.ts";
import { parseEntryPoints } from "../src/pep/files/entry-points.ts";
import { tryParseSdistFilename, tryParseWheelFilename } from "../src/pep/files/filename.ts";
import { scriptMetadata } from "../src/pep/inline-script.ts";
import { metadataDocument } from "../src/pep/metadata/metadata-document.ts";
import { parseMarker } from "../src/pep/markers/marker.ts";
import { normalizeName } from "../src/pep/name.ts";
import { parseRecord } from "../src/pep/files/record.ts";
import { tryParseRequirement } from "../src/pep/requirements/requirement.ts";
import { requirementProblem } from "../src/pep/requirements/requirement-problem.ts";
import { createRequirementReader } from "../src/pep/requirements/requirement-reader.ts";
import { parseRequirementsTxt } from "../src/pep/requirements/requirements-txt.ts";
import { tryParseSpecifierSet } from "../src/pep/versions/specifier.ts";
import { tryParseVersion } from "../src/pep/versions/version.ts";
import { parseWheelFile } from "../src/pep/files/wheel-file.ts";
import { parsePyvenvConfig } from "../src/python/environments/pyvenv-config.ts";
import { readPyproject, readScript, readSetupCfg } from "../src/api/projects/read.ts";
import { recognizeIndex } from "../src/registry/pages/index-recognition.ts";
import { locateIndexes, projectUrl } from "../src/registry/indexes/locations.ts";
import { parseHtmlPage } from "../src/registry/pages/simple-html.ts";
import { parseJsonPage } from "../src/registry/pages/simple-json.ts";
import { parseIni } from "../src/settings/files/ini.ts";
import { parseInstant } from "../src/settings/values/instant.ts";
import { parseToml } from "../src/settings/files/toml.ts";
import { TomlLines } from "../src/settings/files/toml-lines.ts";
import { parseHostAnchors } from "../src/trust/host-anchors.ts";
import { readPem } from "../src/x509/certificates/pem.ts";
import { casesOf } from "./support/cases.ts";
import { bestTimes, isLinear, takesLongerThan, timeOf } from "./linear-time.ts";

interface Parser {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  /** What may stand before the repeated pattern. */
  readonly heads?: readonly string[];
  /** Patterns of the format, besides the common ones. */
  readonly units?: readonly string[];
  /** Of the smallest of three inputs: 128 where nothing else is given; less where each line becomes a large value. */
  readonly kib?: number;
}

const BUILD_SYSTEM = { backend: "a", requires: [], backendPath: [], isDeclared: true } as const;
const TREE = { directory: "/srv", buildSystem: BUILD_SYSTEM, hasSetupPy: false } as const;
const PAGE = { url: "https://index.example/simple/a/", contentType: undefined };

const PARSERS: readonly Parser[] = [
  {
    name: "parseToml",
    parse: (text) => parseToml(text, "x.toml"),
    heads: ["a = ", "[a", "a = [", 'a = "', 'a = """'],
    units: ["a.", "[a]\n", "a = 1\n", "[[a]]\n", "[],"],
    kib: 32,
  },
  {
    name: "TomlLines",
    parse: (text) => new TomlLines(text).of("a", "b"),
    heads: ["[", "a", "a = ", 'a = """'],
    units: ["[a]\n", "a = 1\n", "[[a]]\n", " .", '" '],
  },
  {
    name: "parseIni",
    parse: (text) => parseIni(text, "pip.conf"),
    heads: ["[a]\n", "[a]\nb", "[a]\nb = c\n "],
    units: ["[a]\n", " a\n", "a \t"],
  },
  {
    name: "readSetupCfg",
    parse: (text) => readSetupCfg(`[metadata]\nname = a\n[options]\n${numbered(text)}`, "setup.cfg", CHOICE),
    kib: 32,
    heads: ["", "install_requires =\n ", "install_requires = "],
    units: [" a\n", "a = b\n", "a; ", " #"],
  },
  {
    name: "readPyproject",
    parse: (text) =>
      readPyproject(`[project]\nname = "a"\nversion = "1"\n${numbered(text)}]`, "pyproject.toml", CHOICE),
    kib: 64,
    heads: ["dependencies = ["],
    units: ['"a",\n', '"a",', "'a', ", '"\\u0062",\n'],
  },
  {
    name: "readScript",
    parse: (text) =>
      readScript(`# /// script\n# dependencies = [\n${numbered(text)}# ]\n# ///\n`, "a.py", CHOICE),
    kib: 64,
    units: ['# "a",\n', '# "\\u0062",\n', "# 'a', 'b',\n"],
  },
  {
    name: "readPylock",
    parse: (text) => readPylock(text, { file: "pylock.toml" }),
    heads: ['lock-version = "1.0"\n'],
    units: ["[[packages]]\n", "a = 1\n"],
  },
  {
    name: "parseJsonPage",
    parse: (text) => atOnce(parseJsonPage(Buffer.from(text), PAGE)),
    heads: ["{", '{"files":[', '{"files":["'],
    units: ['{"a":', "[[", "{},", '"a",', '\\"'],
  },
  {
    name: "parseHtmlPage",
    parse: (text) => atOnce(parseHtmlPage(text, PAGE)),
    heads: ["<a ", "<!--", "<script>", '<a href="', "<base "],
    units: ["<a>", "<a href=b-1.whl>", "<b ", "</a", "&amp;", "a=b ", "<!-", "--"],
  },
  {
    name: "parseRequirementsTxt",
    kib: 8,
    parse: (text) => parseRequirementsTxt(text, { file: "r.txt" }),
    heads: ["a ", "--hash=", "-r ", "a @ ", "a; "],
    units: ["a\n", "\\\n", " #", "${A}", "--pre\n", " --hash=sha256:a", " -C a=b", "-C a=b "],
  },
  {
    name: "tryParseRequirement",
    parse: tryParseRequirement,
    heads: ["a", "a[", "a @ ", "a; ", "a (", "a>="],
    units: ["a,", ">=1,", " or a == 'b'", "1.", "((", "a@"],
  },
  {
    name: "parseMarker",
    parse: parseMarker,
    heads: ["python_version > '3'", "'"],
    units: [" or os_name == 'a'", "(", "not in "],
  },
  {
    name: "requirementProblem",
    parse: (text) => requirementProblem(`${text}x`),
    heads: ["a", "a[", "a @ x", "a; ", "a (", "a>=", "a==1"],
    units: ["a,", ">=1,", " or a == 'b'", "1.", "((", "a@"],
  },
  {
    name: "tryParseSpecifierSet",
    parse: tryParseSpecifierSet,
    heads: [">=1", "=="],
    units: [">=1,", "1.", ".*", "!="],
  },
  {
    name: "tryParseVersion",
    parse: tryParseVersion,
    heads: ["1", "1+", "1a", "1.post"],
    units: ["1.", "a1", "+a", "0", "a."],
  },
  { name: "normalizeName", parse: normalizeName, units: ["-_", "a-", ".."] },
  {
    name: "tryParseWheelFilename",
    parse: (text) => tryParseWheelFilename(`${text}.whl`),
    heads: ["a-1-", "a-1-py3-none-"],
    units: ["a-", "a.", "py3."],
  },
  {
    name: "tryParseSdistFilename",
    parse: (text) => tryParseSdistFilename(`${text}.tar.gz`),
    heads: ["a-1"],
    units: ["a-", "-1"],
  },
  {
    name: "parseMetadataFields",
    parse: parseMetadataFields,
    heads: ["Name: a\n", "A", "Name: a\n\n"],
    units: ["A: b\n", " a\n", "A:", "Requires-Dist: a\n"],
  },
  {
    name: "readRequiresDist",
    parse: readRequiresDist,
    heads: ["Name: a\n"],
    units: ["Requires-Dist: a\n", " a\n", "\nA"],
  },
  {
    name: "parseRecord",
    parse: parseRecord,
    heads: ['"', "a,,\n"],
    units: ["a,,\n", '""', '"a",', '"\n', "\r\n"],
  },
  {
    name: "parseEntryPoints",
    parse: parseEntryPoints,
    heads: ["[console_scripts]\n", "[console_scripts]\na = b"],
    units: ["a = b:c\n", "[a]\n", "a.", "b:", " [", "[a"],
  },
  {
    name: "parseWheelFile",
    parse: parseWheelFile,
    heads: ["Wheel-Version: 1.0\n", "Tag: "],
    units: ["Tag: a\n", "py3-none-any\n", "a."],
  },
  {
    name: "parseDirectUrl",
    parse: (text) => parseDirectUrl(JSON.parse(JSON.stringify({ url: `https://${text}`, archive_info: {} }))),
    units: ["a@", "a:", "${A}"],
  },
  {
    name: "scriptMetadata",
    parse: (text) => scriptMetadata(text),
    heads: ["# /// script\n", "# /// script\n# "],
    units: ["# a\n", "# ///\n", "#\n", "# /// a\n"],
  },
  { name: "parsePyvenvConfig", parse: parsePyvenvConfig, heads: ["home"], units: ["a = b\n", " = ", "a \t"] },
  {
    name: "parseNetrc",
    parse: (text) => parseNetrc(text, ".netrc"),
    heads: ["machine a ", "macdef a\n"],
    units: ["machine a\n", "login a ", "\\a", '"'],
  },
  { name: "parseNoProxy", parse: parseNoProxy, units: ["a,", "a ", "1.", "*.", "[a"] },
  {
    name: "redactUrl",
    parse: redactUrl,
    heads: ["https://", "https://a", "a"],
    units: ["a@", "a:", "://", "?a=b&"],
  },
  {
    name: "redactText",
    parse: redactText,
    heads: ["https://"],
    units: ["a@", "a:", "://", "https://a:b@c ", "a:b@"],
  },
  {
    name: "parseHostAnchors",
    parse: (text) => parseHostAnchors(text, "trusted-hosts.json"),
    heads: ['{"anchors":['],
    units: ["{},", "[[", '"a",'],
  },
  {
    name: "readPem",
    parse: (text) => readPem(Buffer.from(text)),
    heads: ["-----BEGIN CERTIFICATE-----\n"],
    units: ["-----BEGIN CERTIFICATE-----\n", "-----", "-----END A-----\n", "AAAA\n", "-----BEGIN "],
  },
  {
    name: "readPem, in a certificate",
    parse: (text) =>
      readPem(Buffer.from(`-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`)),
    heads: ["AAAA"],
  },
  {
    name: "readStaticMetadata",
    parse: (text) => {
      const pyproject = { project: { name: "a", version: "1", dependencies: [text] } };
      return readStaticMetadata({ ...TREE, pyproject }, { isReleased: false });
    },
    heads: ["a", "a; "],
    units: [" \n \t"],
  },
  {
    name: "parseInstant, as uv and pip read it",
    parse: (value) => {
      for (const flag of ["--exclude-newer", "--uploaded-prior-to"])
        attempt(() => parseInstant({ value, origin: { kind: "flag", flag } }, flag));
    },
    heads: ["1", "1 day", "P"],
    units: ["1d", "1 day ", " ago"],
  },
  {
    name: "createRequirementReader",
    parse: (text) => {
      for (let time = 0; time < 5; time += 1) attempt(() => createRequirementReader()(text));
    },
    heads: ["a", "a>=1", "a;"],
    units: [">=1,", "1."],
    // Only what is below 4,096 characters has a pattern of its own.
    kib: 0.95,
  },
  {
    name: "checkMetadata",
    parse: (text) => checkMetadata({ raw: { description_content_type: text }, unparsed: {} }),
    heads: ["text/plain", "text/plain;", "text/plain; a=b"],
    units: ["; a=b", ";", "a."],
  },
  {
    name: "metadataDocument",
    parse: (text) => metadataDocument(readHeaders(text)),
    heads: ["Name: a\n", "Keywords: "],
    units: ["Classifier: a\n"],
  },
  {
    name: "recognizeIndex",
    parse: (text) => recognizeIndex(text, undefined),
    // It is given the beginning of a page only.
    kib: 16,
    heads: ["<a href=", "<h1>"],
    units: ["<a href=", "<a ", " href=a", "<h1>"],
  },
  {
    name: "locateIndexes",
    parse: (text) => {
      const value = `https://a.example/${text}`;
      const { locations } = locateIndexes({
        directory: "/srv",
        isIndexOff: false,
        extraIndexUrls: [{ value, origin: "r.txt:1" }],
      });
      return projectUrl(locations[0]!, "a");
    },
    kib: 128,
  },
  {
    name: "parseInsecureHost",
    parse: (text) => parseInsecureHost(text, "pinion.toml"),
    units: ["a:", "1.", "::"],
  },
];

const UNITS: readonly string[] = [
  ..." \t\n\r=:[](){}\"'\\,;-._0a#<>&$%@/*!|~^`".split(""),
  "a ",
  " a",
  "a=",
  '="',
  "\\n",
  "\r\n",
  " \n",
  "\n ",
  "a\n",
  "''",
  '""',
  "${",
  "/*",
  "//",
  "é",
  "\u200b",
];

describe("twice the input takes about twice the time", () => {
  // Promise: untrusted input cannot make a command hang
  // Attack: a settings file, page or metadata that is written to make a regular expression slow
  test.each(PARSERS)(
    "$name",
    async ({ parse, heads = [], units = [], kib = 128 }) => {
      const patterns = ["", ...heads].flatMap((head, at) =>
        [...units, ...UNITS].flatMap((unit, number) =>
          tailsOf(at + number).map((tail) => ({ head, unit, tail })),
        ),
      );
      let worst = { head: "", unit: " ", tail: "", ms: 0 };
      for (const pattern of patterns) {
        if (pattern.tail === "") {
          const small = fill(pattern, Math.min(2, kib) * KIB);
          if (await takesLongerThan(MAX_SMALL_MS, parse, small))
            expect.fail(`${JSON.stringify(pattern)} at 2 KiB: more than ${MAX_SMALL_MS} ms`);
        }
        const larger = fill(pattern, Math.min(SEARCH_KIB, 4 * kib) * KIB);
        if (!(await takesLongerThan(worst.ms, parse, larger))) continue;
        // Something else of this process, like its compiler, may have run meanwhile.
        const ms = await timeOf(parse, larger);
        if (ms > worst.ms) worst = { ...pattern, ms };
      }
      // What is not linear shows with small inputs too, where it ends.
      for (const size of new Set([Math.min(kib, 16), kib])) {
        const inputs = [1, 2, 4].map((times) => fill(worst, times * size * KIB));
        const best = await bestTimes(inputs, parse);
        expect(isLinear(best), `${JSON.stringify(worst)}: ${best.join(", ")} ms`).toBe(true);
      }
    },
    240_000,
  );
});

interface Pattern {
  readonly head: string;
  readonly unit: string;
  readonly tail: string;
}

/** No tail and, in turn, some of the others. */
function tailsOf(turn: number): readonly string[] {
  const others = TAILS.map((_, at) => TAILS[(turn + at) % TAILS.length]!);
  return ["", ...others.slice(0, casesOf(TAILS.length, 1))];
}

function fill({ head, unit, tail }: Pattern, length: number): string {
  return head + unit.repeat(Math.ceil(length / unit.length)) + tail;
}

/** With a number after each `a`: names that are not the same stand on lines far from the first one. */
function numbered(text: string): string {
  let count = 0;
  return text.replaceAll("a", () => `a${count++}`);
}

const KIB = 1024;
/** What makes a match fail at its very end: a letter, a sign, and ends of lines that few patterns allow for. */
const TAILS = ["x", "@", "\r", "\u2028"] as const;
/** With this much the slowest pattern is looked for: a reader that goes back at each octet takes ten times as long as another. */
const SEARCH_KIB = 4;
/** A cubic reader needs seconds. */
const MAX_SMALL_MS = 1_000;
const CHOICE = { extras: [], directory: "/srv", ignoresSources: [] } as const;
