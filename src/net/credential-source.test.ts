import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { basicCredentials, type Credentials } from "./auth.ts";
import { createCredentialSource, variableNameOf, type CredentialSettings } from "./credential-source.ts";
import type { RunProgram } from "./keyring.ts";

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
      "a password alone",
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
      return Promise.resolve({ exitCode: isLast ? 0 : 2, stdout: isLast ? "kay\nring\n" : "" });
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
      Promise.resolve(
        args[0] === "get" ? { exitCode: 0, stdout: "ring\r\n" } : { exitCode: 2, stdout: "usage" },
      );
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

  test("remembers what it found, and tells netrc's mistakes by line", async () => {
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
