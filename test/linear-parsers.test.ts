// Every parser of text that others write takes time in proportion to its input. For each one the slowest of many repeated
// patterns is found with a small input; then twice the input may take no more than about twice the time.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";

import { readPylock } from "../src/lock/read-pylock.ts";
import { parseNetrc } from "../src/net/netrc.ts";
import { parseNoProxy } from "../src/net/no-proxy.ts";
import { redactText, redactUrl } from "../src/net/url.ts";
import { parseMetadataFields, readRequiresDist } from "../src/pep/core-metadata-fields.ts";
import { parseDirectUrl } from "../src/pep/direct-url.ts";
import { parseEntryPoints } from "../src/pep/entry-points.ts";
import { tryParseSdistFilename, tryParseWheelFilename } from "../src/pep/filename.ts";
import { scriptMetadata } from "../src/pep/inline-script.ts";
import { parseMarker } from "../src/pep/marker.ts";
import { normalizeName } from "../src/pep/name.ts";
import { parseRecord } from "../src/pep/record.ts";
import { tryParseRequirement } from "../src/pep/requirement.ts";
import { parseRequirementsTxt } from "../src/pep/requirements-txt.ts";
import { tryParseSpecifierSet } from "../src/pep/specifier.ts";
import { tryParseVersion } from "../src/pep/version.ts";
import { parseWheelFile } from "../src/pep/wheel-file.ts";
import { parsePyvenvConfig } from "../src/python/pyvenv-config.ts";
import { readPyproject, readScript, readSetupCfg } from "../src/api/read-projects.ts";
import { parseHtmlPage } from "../src/registry/simple-html.ts";
import { parseJsonPage } from "../src/registry/simple-json.ts";
import { parseIni } from "../src/settings/ini.ts";
import { parseToml } from "../src/settings/toml.ts";
import { TomlLines } from "../src/settings/toml-lines.ts";
import { parseHostAnchors } from "../src/trust/host-anchors.ts";
import { readPem } from "../src/x509/pem.ts";

interface Parser {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  /** What may stand before the repeated pattern. */
  readonly heads?: readonly string[];
  /** Patterns of the format, besides the common ones. */
  readonly units?: readonly string[];
  /** Of the smallest of three inputs: 512 where nothing else is given; less where each line becomes a large value. */
  readonly kib?: number;
}

const PAGE = { url: "https://index.example/simple/a/", contentType: undefined };

const PARSERS: readonly Parser[] = [
  {
    name: "parseToml",
    parse: (text) => parseToml(text, "x.toml"),
    heads: ["a = ", "[a", "a = [", 'a = "', 'a = """'],
    units: ["a.", "[a]\n", "a = 1\n", "[[a]]\n", "[],"],
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
    units: [" a\n", "a = b\n", "a; "],
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
    parse: (text) => parseJsonPage(text, PAGE),
    heads: ["{", '{"files":[', '{"files":["'],
    units: ['{"a":', "[[", "{},", '"a",', '\\"'],
  },
  {
    name: "parseHtmlPage",
    parse: (text) => parseHtmlPage(text, PAGE),
    heads: ["<a ", "<!--", "<script>", '<a href="', "<base "],
    units: ["<a>", "<a href=b-1.whl>", "<b ", "</a", "&amp;", "a=b ", "<!-", "--"],
  },
  {
    name: "parseRequirementsTxt",
    kib: 32,
    parse: (text) => parseRequirementsTxt(text, { file: "r.txt" }),
    heads: ["a ", "--hash=", "-r ", "a @ ", "a; "],
    units: ["a\n", "\\\n", " #", "${A}", "--pre\n", " --hash=sha256:a"],
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
    async ({ parse, heads = [], units = [], kib = 512 }) => {
      const patterns = ["", ...heads].flatMap((head) => [...units, ...UNITS].map((unit) => ({ head, unit })));
      let worst = { head: "", unit: " ", ms: 0 };
      for (const pattern of patterns) {
        const smallMs = await timeOf(parse, fill(pattern, 2 * KIB));
        if (smallMs > MAX_SMALL_MS) expect.fail(`${JSON.stringify(pattern)} at 2 KiB: ${smallMs} ms`);
        const larger = fill(pattern, 8 * KIB);
        let ms = await timeOf(parse, larger);
        // Something else of this process, like its compiler, may have run meanwhile.
        if (ms > worst.ms) ms = Math.min(ms, await timeOf(parse, larger));
        if (ms > worst.ms) worst = { ...pattern, ms };
      }
      const inputs = [1, 2, 4].map((times) => fill(worst, times * kib * KIB));
      const best = inputs.map(() => Infinity);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        for (const [at, input] of inputs.entries())
          best[at] = Math.min(best[at] ?? Infinity, await timeOfLarge(parse, input));
        if (isLinear(best)) break;
      }
      expect(isLinear(best), `${JSON.stringify(worst)}: ${best.join(", ")} ms`).toBe(true);
    },
    240_000,
  );
});

/**
 * By the smaller ratio of two doublings: where the heap grows over a bound of the collector's, one of them costs more,
 * but what is not linear costs more each time. Below `MIN_MS` there is nothing to compare.
 */
function isLinear([onceMs = 0, twiceMs = 0, fourfoldMs = 0]: readonly number[]): boolean {
  return fourfoldMs < MIN_MS || Math.min(twiceMs / onceMs, fourfoldMs / twiceMs) < MAX_RATIO;
}

function fill({ head, unit }: { readonly head: string; readonly unit: string }, length: number): string {
  return head + unit.repeat(Math.ceil(length / unit.length));
}

/** With a number after each `a`: names that are not the same stand on lines far from the first one. */
function numbered(text: string): string {
  let count = 0;
  return text.replaceAll("a", () => `a${count++}`);
}

/** The time of the processor for one call, which does not depend on what else the machine does. */
async function timeOf(parse: (text: string) => unknown, text: string): Promise<number> {
  const started = process.cpuUsage();
  try {
    await parse(text);
  } catch {
    // Refused: that takes time as well.
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** The same for a large input, where the call begins with a clean heap. */
async function timeOfLarge(parse: (text: string) => unknown, text: string): Promise<number> {
  collectGarbage();
  return await timeOf(parse, text);
}

/** V8's `gc`, which no flag of the command line has to bring. */
function collectGarbage(): void {
  gc ??= exposeCollector();
  gc();
}

function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

let gc: (() => void) | undefined;

const KIB = 1024;
const MAX_RATIO = 2.5;
/** What is not linear needs more for 2 MiB by far. */
const MIN_MS = 20;
const MAX_ATTEMPTS = 20;
/** A cubic reader needs seconds. */
const MAX_SMALL_MS = 1_000;
const CHOICE = { extras: [], directory: "/srv", ignoresSources: [] } as const;
