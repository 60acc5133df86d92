import { delimiter } from "node:path";
import { expect, test } from "vitest";

import type { Interpreter } from "../../python/interpreters/interpreter.ts";
import { hookEnvironment } from "./hook-environment.ts";

const python = {
  executable: "/usr/bin/python3",
  isVirtual: false,
  prefix: "/usr",
  scheme: { scripts: "/usr/bin" },
} as Interpreter;

const SECRETS = {
  PINION_INDEX_CORP_USERNAME: "ada",
  PINION_INDEX_CORP_PASSWORD: "s3cret",
  UV_INDEX_CORP_PASSWORD: "s3cret",
  PINION_PROXY_USERNAME: "ada",
  PINION_PROXY_PASSWORD: "s3cret",
  PINION_CLIENT_KEY_PASSPHRASE: "s3cret",
  PINION_SHARED_CACHE: "oci://ada:s3cret@registry.example/wheels",
};

// Promise: a build sees no password that only Pinion needs
// Attack: a source distribution prints or sends its environment while it is built
test("a build gets no secrets of Pinion's", () => {
  const env = hookEnvironment(SECRETS, { python, isIsolated: true });
  for (const name of Object.keys(SECRETS)) expect(env[name]).toBeUndefined();
});

test.each([
  ["https://ada:s3cret@corp.example/simple", "https://corp.example/simple"],
  [
    "corp=https://ada:s3cret@corp.example/simple other=https://b.example/@x",
    "corp=https://corp.example/simple other=https://b.example/@x",
  ],
  ["not a URL ada:s3cret@corp.example", "not a URL"],
  ["https://corp.example/simple", "https://corp.example/simple"],
])("a build gets the URL of an index without a login: %s", (given, expected) => {
  const names = ["PINION_INDEX_URL", "PINION_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL"];
  const env = hookEnvironment(Object.fromEntries(names.map((name) => [name, given])), {
    python,
    isIsolated: true,
  });
  expect(names.map((name) => env[name])).toEqual(names.map(() => expected));
});

test.each([
  ["UV_CONSTRAINT", "https://ada:s3cret@corp.example/c.txt", "https://corp.example/c.txt"],
  [
    "PINION_BUILD_CONSTRAINT",
    "a.txt https://ada:s3%40cret@corp.example/c.txt https://b.example/@x",
    "a.txt https://corp.example/c.txt https://b.example/@x",
  ],
  ["UV_OVERRIDE", "https://ada:s@cret@corp.example", "https://corp.example"],
  ["PINION_HTTPS_PROXY", "http://ada:s3cret@proxy.example:3128", "http://proxy.example:3128"],
  ["PINION_HTTPS_PROXY", "http://ada:s3c/ret@proxy.example:3128", "http://proxy.example:3128"],
  ["PINION_PROXY", "ada:s3c/ret@proxy.example:3128", "proxy.example:3128"],
  ["PINION_PROXY", "proxy.example:3128", "proxy.example:3128"],
  [
    "PINION_PROXY",
    "pac+https://ada:s3cret@[::1]:8/p.pac?by=a@b.example",
    "pac+https://[::1]:8/p.pac?by=a@b.example",
  ],
  [
    "UV_CONSTRAINT",
    "https://ada:s3cret@a.example/c.txt\n\thttps://ada:s3cret@b.example/c.txt",
    "https://a.example/c.txt\n\thttps://b.example/c.txt",
  ],
  ["UV_FIND_LINKS", "https://u:p@a.example/,https://u:p@b.example/", "https://a.example/,https://b.example/"],
  [
    "UV_CONSTRAINT",
    "https://corp.example/c.txt?v=1&token=s3cret",
    "https://corp.example/c.txt?v=1&token=****",
  ],
  ["UV_DEFAULT_INDEX", "corp=https://corp.example/?token=s3cret", "corp=https://corp.example/?token=****"],
  [
    "UV_FIND_LINKS",
    "https://a.example/?v=1,2&sig=s3cret,https://b.example/?token=s3cret#c",
    "https://a.example/?v=1,2&sig=****,https://b.example/?token=****#c",
  ],
  ["UV_CACHE_DIR", "/home/ada@corp.example/cache", "/home/ada@corp.example/cache"],
])("a build gets no login of %s", (name, given, expected) => {
  expect(hookEnvironment({ [name]: given }, { python, isIsolated: true })[name]).toBe(expected);
});

test("a build gets what programs that it starts read", () => {
  const kept = {
    PIP_INDEX_URL: "https://ada:s3cret@corp.example/simple",
    HTTPS_PROXY: "http://ada:s3cret@proxy.example:3128",
    AWS_SECRET_ACCESS_KEY: "key",
  };
  expect(hookEnvironment(kept, { python, isIsolated: true })).toMatchObject(kept);
  const shared = hookEnvironment(kept, { python, isIsolated: true, isCacheShared: true });
  expect(shared["AWS_SECRET_ACCESS_KEY"]).toBeUndefined();
});

test("the variables that settings have for a build count before what is inherited", () => {
  const inherited = { CFLAGS: "-O2", PATH: "/bin", PYTHONPATH: "/elsewhere", PYTHONIOENCODING: "latin1" };
  const variables = { CFLAGS: "-O3", PATH: "/opt/cuda", PYTHONPATH: "/own", PYTHONIOENCODING: "ascii" };
  expect(hookEnvironment(inherited, { python, isIsolated: true, variables })).toMatchObject({
    CFLAGS: "-O3",
    PATH: "/usr/bin:/opt/cuda:/bin".replaceAll(":", delimiter),
    PYTHONPATH: "/own",
    PYTHONIOENCODING: "utf-8:backslashreplace",
  });
});

// Promise: a project's file does not choose whom a run trusts
// Attack: the folder of a project has variables for a build that lead it to another CA on another way
test("the run's trust and proxies count before the variables that settings have for a build", () => {
  const inherited = { SSL_CERT_FILE: "/run.pem", REQUESTS_CA_BUNDLE: "/run.pem", https_proxy: "http://run" };
  const variables = {
    SSL_CERT_FILE: "/x",
    REQUESTS_CA_BUNDLE: "/x",
    https_proxy: "http://x",
    HTTP_PROXY: "y",
  };
  // Systems and programs take either letter case for the other.
  const spelled = { ssl_cert_file: "/x", Requests_Ca_Bundle: "/x", HTTPS_PROXY: "http://x" };
  const env = hookEnvironment(inherited, {
    python,
    isIsolated: true,
    variables: { ...variables, ...spelled },
  });
  expect(env).toMatchObject({ ...inherited, HTTP_PROXY: "y" });
  for (const name of Object.keys(spelled)) expect(env).not.toHaveProperty(name);
});
