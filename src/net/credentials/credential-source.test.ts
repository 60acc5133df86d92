import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { basicCredentials, type Credentials } from "./auth.ts";
import {
  createCredentialSource,
  variableNameOf,
  type CredentialSettings,
  type IndexAccess,
} from "./credential-source.ts";
import type { KeyringEvent } from "./keyring.ts";
import type { ProgramEnd, RunProgram } from "./keyring-process.ts";

let home = "";

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "pinion-credentials-"));
  writeFileSync(
    join(home, ".netrc"),
    "machine netrc.example login nora password netrc\ndefault login dora password default\n",
  );
  writeFileSync(join(home, "broken"), "machine broken.example\nlogin u pasword SECRET\n");
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function shown(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  const pair = Buffer.from(credentials.authorization().slice("Basic ".length), "base64").toString();
  return `${pair} from ${credentials.source.replace(home, "~")}`;
}

async function known(url: string, settings: Partial<CredentialSettings>): Promise<string | undefined> {
  const source = createCredentialSource({ env: {}, indexes: [], home, ...settings });
  return shown(await source.known(new URL(url)));
}

async function challenged(
  url: string,
  settings: Partial<CredentialSettings>,
  tried?: Credentials,
): Promise<string | undefined> {
  const source = createCredentialSource({ env: {}, indexes: [], home, ...settings });
  return shown(await source.challenged(new URL(url), tried));
}

function exited(exitCode: number, stdout: string): ProgramEnd {
  return { kind: "exited", exitCode, stdout, wroteErrors: false };
}

/** Of an index of a requirements file, at a server of which the user's own settings name an index. */
const ON_KNOWN_SERVER = { isOfRequirements: true, isOnKnownServer: true } as const;
const corp = { name: "corp-pypi.1", url: "https://pypi.corp.example/simple" };
const inUrl = { url: corp.url, username: "una", password: "url", origin: "--index-url" };
const variables = { PINION_INDEX_CORP_PYPI_1_USERNAME: "vera", PINION_INDEX_CORP_PYPI_1_PASSWORD: "pinion" };
const uvVariables = { UV_INDEX_CORP_PYPI_1_USERNAME: "uma", UV_INDEX_CORP_PYPI_1_PASSWORD: "uv" };

describe("CredentialSource.known()", () => {
  test.each<[string, string, Partial<CredentialSettings>, string | undefined]>([
    [
      "the URL comes before the variables",
      corp.url,
      { indexes: [corp], known: [inUrl], env: variables },
      "una:url from the URL in `--index-url`",
    ],
    [
      "PINION_ comes before UV_",
      corp.url,
      { indexes: [corp], env: { ...uvVariables, ...variables } },
      "vera:pinion from `PINION_INDEX_CORP_PYPI_1_USERNAME`",
    ],
    [
      "UV_ counts too",
      corp.url,
      { indexes: [corp], env: uvVariables },
      "uma:uv from `UV_INDEX_CORP_PYPI_1_USERNAME`",
    ],
    [
      "only a password",
      corp.url,
      { indexes: [corp], env: { UV_INDEX_CORP_PYPI_1_PASSWORD: "token" } },
      ":token from `UV_INDEX_CORP_PYPI_1_USERNAME`",
    ],
    [
      "the variables complete the URL",
      corp.url,
      {
        indexes: [corp],
        known: [{ ...inUrl, password: undefined }],
        env: { UV_INDEX_CORP_PYPI_1_PASSWORD: "uv" },
      },
      "una:uv from `UV_INDEX_CORP_PYPI_1_USERNAME`",
    ],
    [
      "another user's password does not",
      corp.url,
      { indexes: [corp], known: [{ ...inUrl, password: undefined }], env: uvVariables },
      "una: from the URL in `--index-url`",
    ],
    [
      "a token as the only user name",
      corp.url,
      { indexes: [corp], known: [{ ...inUrl, username: "ghp_x", password: undefined }] },
      "ghp_x: from the URL in `--index-url`",
    ],
    [
      "netrc for an index",
      "https://netrc.example/simple/a/",
      { indexes: [{ url: "https://netrc.example/simple" }] },
      "nora:netrc from `~/.netrc` line 1",
    ],
    [
      "netrc completes the URL",
      "https://netrc.example/simple",
      {
        indexes: [{ url: "https://netrc.example/simple" }],
        known: [{ ...inUrl, url: "https://netrc.example/simple", username: "nora", password: undefined }],
      },
      "nora:netrc from `~/.netrc` line 1",
    ],
    ["netrc's `default` is not sent at once", corp.url, { indexes: [corp] }, undefined],
    ["netrc is not sent at once where no index is", "https://netrc.example/a.whl", {}, undefined],
    [
      "a file of the same origin",
      "https://pypi.corp.example/files/a.whl",
      { indexes: [corp], known: [inUrl] },
      "una:url from the URL in `--index-url`",
    ],
    ["another port", "https://pypi.corp.example:8443/simple", { indexes: [corp], known: [inUrl] }, undefined],
    ["another scheme", "http://pypi.corp.example/simple", { indexes: [corp], known: [inUrl] }, undefined],
    ["a host below", "https://files.pypi.corp.example/", { indexes: [corp], known: [inUrl] }, undefined],
    ["never", corp.url, { indexes: [{ ...corp, authenticate: "never" }], known: [inUrl] }, undefined],
  ])("%s", async (_what, url, settings, expected) => {
    expect(await known(url, settings)).toBe(expected);
  });

  test("gives each of several indexes at one origin its own", async () => {
    const one = { url: "https://gitlab.example/api/1/pypi/simple" };
    const two = { url: "https://gitlab.example/api/12/pypi/simple" };
    const settings = {
      indexes: [one, two],
      known: [
        { ...inUrl, url: one.url, password: "1" },
        { ...inUrl, url: two.url, password: "2" },
      ],
    };
    const from = " from the URL in `--index-url`";
    expect(await known("https://gitlab.example/api/1/pypi/files/a.whl", settings)).toBe(`una:1${from}`);
    expect(await known("https://gitlab.example/api/12/pypi/simple/a/", settings)).toBe(`una:2${from}`);
  });

  test("gives a file to the index whose page listed it, not to the one with a path like it", async () => {
    const one = { url: "https://gitlab.example/groups/1/pypi/simple" };
    const two = { url: "https://gitlab.example/groups/2/pypi/simple" };
    const elsewhere = { url: "https://other.example/simple" };
    const source = createCredentialSource({
      env: {},
      indexes: [one, two, elsewhere],
      known: [
        { ...inUrl, url: one.url, password: "1" },
        { ...inUrl, url: two.url, password: "2" },
      ],
    });
    const from = " from the URL in `--index-url`";
    const file = new URL("https://gitlab.example/projects/91/a.whl");
    expect(shown(await source.known(file, one.url))).toBe(`una:1${from}`);
    expect(shown(await source.known(file, two.url))).toBe(`una:2${from}`);
    // Even where another index's path is a prefix of the file's.
    expect(shown(await source.known(new URL(`${one.url}/a.whl`), two.url))).toBe(`una:2${from}`);
    // An index elsewhere has nothing to send there: the path decides.
    expect(shown(await source.known(new URL(`${two.url}/a.whl`), elsewhere.url))).toBe(`una:2${from}`);
    expect(await source.known(new URL("https://third.example/a.whl"), two.url)).toBeUndefined();
  });

  test("with `always` asks everybody before the first request", async () => {
    const settings = { indexes: [{ ...corp, authenticate: "always" as const }] };
    expect(await known(corp.url, settings)).toBe("dora:default from `~/.netrc` line 2");
  });
});

describe("CredentialSource.challenged()", () => {
  test("takes netrc's `default` for hosts of indexes only", async () => {
    expect(await challenged(corp.url, { indexes: [corp] })).toBe("dora:default from `~/.netrc` line 2");
    expect(await challenged("https://elsewhere.example/", { indexes: [corp] })).toBeUndefined();
  });

  test("takes netrc for any host that it names, but never in clear", async () => {
    expect(await challenged("https://netrc.example/a.whl", {})).toBe("nora:netrc from `~/.netrc` line 1");
    expect(await challenged("http://netrc.example/a.whl", {})).toBeUndefined();
  });

  test("does not offer what was refused", async () => {
    const tried = basicCredentials("dora", "default", "before");
    expect(await challenged(corp.url, { indexes: [corp] }, tried)).toBeUndefined();
  });

  test("asks keyring by pip's protocol, then by uv's, for the index and then its host", async () => {
    const asked: string[] = [];
    const runProgram: RunProgram = (_program, args) => {
      asked.push(args.join(" "));
      const isLast = args.join(" ") === "get --mode creds pypi.corp.example";
      return Promise.resolve(exited(isLast ? 0 : 2, isLast ? "kay\nring\n" : ""));
    };
    const settings = {
      indexes: [corp],
      home: undefined,
      keyring: "subprocess",
      keyringCommand: process.execPath,
      runProgram,
    } as const;
    expect(await challenged(corp.url, settings)).toBe("kay:ring from the `keyring` program");
    expect(asked).toEqual([
      `--mode creds get --output=json ${corp.url}`,
      `get --mode creds ${corp.url}`,
      "--mode creds get --output=json pypi.corp.example",
      "get --mode creds pypi.corp.example",
    ]);
  });

  test("asks keyring for the user that the URL names", async () => {
    const runProgram: RunProgram = (_program, args) =>
      Promise.resolve(args[0] === "get" ? exited(0, "ring\r\n") : exited(2, "usage"));
    const settings = {
      indexes: [corp],
      known: [{ ...inUrl, password: undefined }],
      home: undefined,
      keyring: "subprocess",
      keyringCommand: process.execPath,
      runProgram,
    } as const;
    expect(await challenged(corp.url, settings)).toBe("una:ring from the `keyring` program");
  });

  test("asks keyring only when it is switched on, and only for indexes", async () => {
    const runProgram: RunProgram = () => Promise.reject(new Error("asked"));
    const settings = { indexes: [corp], home: undefined, keyringCommand: process.execPath, runProgram };
    expect(await challenged(corp.url, settings)).toBeUndefined();
    expect(
      await challenged("https://elsewhere.example/", { ...settings, keyring: "subprocess" }),
    ).toBeUndefined();
  });

  test.each<[string, ProgramEnd, string]>([
    ["fails", { kind: "exited", exitCode: 3, stdout: "", wroteErrors: true }, "it exited with status 3"],
    ["is killed", { kind: "killed", signal: "SIGSEGV" }, "it was ended by SIGSEGV"],
    ["takes too long", { kind: "timed-out", milliseconds: 120_000 }, "it timed out after 120 s"],
    ["says too much", { kind: "too-long" }, "its answer is too long"],
    ["cannot start", { kind: "not-started", systemCode: "ENOEXEC" }, "it could not be started (ENOEXEC)"],
  ])("names a keyring that %s, and asks no further where that cannot help", async (_what, end, reason) => {
    const asked: string[] = [];
    const events: KeyringEvent[] = [];
    const source = createCredentialSource({
      env: {},
      indexes: [corp],
      keyring: "subprocess",
      keyringCommand: process.execPath,
      runProgram: (_program, args) => {
        asked.push(args.join(" "));
        return Promise.resolve(end);
      },
      onKeyringEvent: (event) => events.push(event),
    });
    expect(await source.challenged(new URL(corp.url), undefined)).toBeUndefined();
    expect((await source.notes?.(new URL(corp.url)))?.statements).toEqual([
      `the keyring program \`${process.execPath}\` failed for \`${corp.url}\`: ${reason}`,
    ]);
    expect(asked).toHaveLength(end.kind === "exited" || end.kind === "killed" ? 4 : 1);
    expect(events[0]).toEqual({ kind: "asking", program: process.execPath, service: corp.url });
    expect(events.find(({ kind }) => kind === "answered")).toMatchObject({
      outcome: { kind: "failed", reason },
    });
  });

  test("names a keyring that is not there, and one that knows nothing", async () => {
    const settings = { env: {}, indexes: [corp], keyring: "subprocess" } as const;
    const missing = createCredentialSource({ ...settings, keyringCommand: join(home, "no-keyring") });
    await missing.challenged(new URL(corp.url), undefined);
    expect((await missing.notes?.(new URL(corp.url)))?.statements).toEqual([
      `the keyring program \`${join(home, "no-keyring")}\` was not found on PATH`,
    ]);
    const empty = createCredentialSource({
      ...settings,
      keyringCommand: process.execPath,
      runProgram: () => Promise.resolve(exited(1, "")),
    });
    await empty.challenged(new URL(corp.url), undefined);
    expect((await empty.notes?.(new URL(corp.url)))?.statements).toEqual([
      `the keyring program \`${process.execPath}\` has no credentials for \`${corp.url}\``,
    ]);
  });

  test("says of netrc's entry for a host why it is not used in clear", async () => {
    const source = createCredentialSource({ env: {}, home, indexes: [corp] });
    expect((await source.notes?.(new URL("http://netrc.example/a.whl")))?.statements).toEqual([
      `the credentials from \`${join(home, ".netrc")}\` line 1 are not used: without TLS they are sent to the hosts of indexes only`,
    ]);
    expect((await source.notes?.(new URL("https://netrc.example/a.whl")))?.statements).toEqual([]);
    expect((await source.notes?.(new URL("http://other.example/a.whl")))?.statements).toEqual([]);
  });

  test("remembers what it found, and reports netrc's mistakes by line", async () => {
    const source = createCredentialSource({ env: { NETRC: join(home, "broken") }, home, indexes: [corp] });
    expect(await source.challenged(new URL(corp.url), undefined)).toBeUndefined();
    expect(source.warnings).toEqual([
      `Cannot read \`${join(home, "broken")}\`: line 2 has a word that is not a keyword`,
    ]);
    const missing = createCredentialSource({ env: { NETRC: join(home, "none") }, home, indexes: [corp] });
    await missing.known(new URL(corp.url));
    expect(missing.warnings).toEqual([
      `\`NETRC\` names a file that does not exist: \`${join(home, "none")}\``,
    ]);
    const learning = createCredentialSource({ env: {}, home, indexes: [corp] });
    expect(await learning.known(new URL(corp.url))).toBeUndefined();
    await learning.challenged(new URL(corp.url), undefined);
    expect(shown(await learning.known(new URL(corp.url)))).toContain("dora:default");
  });
});

test.each([
  ["corp", "CORP"],
  ["my-index.2", "MY_INDEX_2"],
  ["größe", "GR__E"],
])("variableNameOf(%j) is %s", (index, name) => {
  expect(variableNameOf(index)).toBe(name);
});

describe("a name that a project's file gives to its index", () => {
  const claimed = { ...corp, claim: {} };
  const clear = { ...claimed, url: "http://pypi.corp.example/simple" };
  const here = { ...claimed, url: "http://127.0.0.1:8080/simple" };
  const bound = { ...claimed, claim: { boundTo: "~/.config/pinion/pinion.toml:3 (index)" } };

  // Promise: the credentials of a name go to the project's index over verified TLS, and not where the user has the name for another
  // Attack: the project's table has the name of a company's index, at a server of the attacker or over plain HTTP
  test.each([
    ["over https", claimed, {}, "vera:pinion"],
    ["over http", clear, {}, undefined],
    ["over http, where the user allows that", clear, { allowInsecureCredentials: true }, "vera:pinion"],
    ["over http, where the user gave the name", { ...clear, claim: undefined }, {}, "vera:pinion"],
    ["on this machine", here, {}, "vera:pinion"],
    ["where a requirements file gave it", { ...corp, claim: ON_KNOWN_SERVER }, {}, undefined],
    ["where the user's name is for another server", bound, { allowInsecureCredentials: true }, undefined],
  ])("has the credentials of its variables %s: %s", async (_where, index, settings, expected) => {
    const source = createCredentialSource({ env: variables, indexes: [index], home, ...settings });
    const found = await source.known(new URL(index.url));
    expect(shown(found)?.split(" ")[0]).toBe(expected);
    await source.known(new URL(index.url));
    expect(source.warnings).toHaveLength(expected === undefined ? 1 : 0);
  });
});

describe("an index that a project's file names", () => {
  const clear = { url: "http://netrc.example/simple", claim: {} };
  const secure = { ...clear, url: "https://netrc.example/simple" };
  const login = { url: clear.url, username: "pia", password: "project", origin: "pinion.toml:1" };

  // Promise: a project does not have the user's credentials sent in clear
  // Attack: its table has the host of a company's index, without TLS, for which netrc and keyring have a login
  test.each<[string, IndexAccess, Partial<CredentialSettings>, readonly (string | undefined)[], number]>([
    ["over https", secure, {}, ["nora:netrc", "nora:netrc"], 0],
    ["over http", clear, {}, [undefined, undefined], 2],
    [
      "over http, with a user in its URL",
      clear,
      { known: [{ ...login, username: "nora", password: undefined }] },
      ["nora:", undefined],
      2,
    ],
    ["over http, with a login in its URL", clear, { known: [login] }, ["pia:project", undefined], 1],
    [
      "over http, where the user allows that",
      clear,
      { allowInsecureCredentials: true },
      ["nora:netrc", "nora:netrc"],
      0,
    ],
    ["over http, where the user names it", { url: clear.url }, {}, ["nora:netrc", "nora:netrc"], 0],
    [
      "over http, where the user names another of the server",
      { ...clear, claim: ON_KNOWN_SERVER },
      {},
      ["nora:netrc", "nora:netrc"],
      0,
    ],
  ])("has the credentials of netrc and keyring %s", async (_where, index, settings, expected, warnings) => {
    const asked: string[] = [];
    const source = createCredentialSource({
      env: {},
      indexes: [index],
      home,
      keyring: "subprocess",
      runProgram: (program) => {
        asked.push(program);
        return Promise.resolve(exited(0, "keyring\n"));
      },
      ...settings,
    });
    const url = new URL(index.url);
    const found = [await source.known(url), await source.challenged(url, undefined)];
    expect(found.map((credentials) => shown(credentials)?.split(" ")[0])).toEqual(expected);
    expect([asked, source.warnings.length]).toEqual([[], warnings]);
  });

  // Promise: netrc's `default` is sent to the user's own indexes only
  // Attack: a project's file, a requirements file or a repository names an index of the attacker, which demands credentials
  test.each<[string, IndexAccess["claim"], string | undefined]>([
    ["the user's own", undefined, "dora:default"],
    ["on a server of the user's", ON_KNOWN_SERVER, "dora:default"],
    ["of a project", {}, undefined],
    ["of a requirements file", { isOfRequirements: true }, undefined],
  ])("gets netrc's `default` where it is %s: %j", async (_whose, claim, expected) => {
    const found = await challenged(corp.url, { indexes: [{ ...corp, claim }] });
    expect(found?.split(" ")[0]).toBe(expected);
  });

  // Promise: a project cannot answer for an index of the user's
  // Attack: a file states the URL of the user's own index with a login of the attacker's, who may have packages there too
  test("has its URL's login used after all that the user has for the same index", async () => {
    const claim = ON_KNOWN_SERVER;
    const theirs = { url: corp.url, username: "mallory", password: "x", origin: "requirements.txt:1" };
    const sent = async (settings: Partial<CredentialSettings>): Promise<string | undefined> => {
      const source = createCredentialSource({ env: {}, indexes: [corp], home, ...settings });
      source.add([{ url: corp.url, claim }], [theirs]);
      return shown(await source.known(new URL(corp.url)))?.split(" ")[0];
    };
    expect(await sent({ env: variables })).toBe("vera:pinion");
    expect(await sent({ known: [inUrl] })).toBe("una:url");
    expect(await sent({})).toBe("mallory:x");
  });
});
