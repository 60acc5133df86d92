import { expect, test } from "vitest";

import type { Interpreter } from "../python/interpreter.ts";
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
