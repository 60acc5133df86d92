import { resolve } from "node:path";

import { describe, expect, test } from "vitest";

import { absoluteOptions } from "./absolute.ts";

describe("absoluteOptions()", () => {
  const at = (path: string): string => resolve("/srv/build", path);

  // Promise: the folder in which a program runs decides about no trust, and names no program
  // Attack: the process is in a checked-out folder, which has a root of the attacker under the relative name of the program's own
  test("takes every file that decides about trust, or is a program, from the folder of the options", () => {
    const named = (value: string): { value: string; origin: string } => ({ value, origin: "the test" });
    const absolute = absoluteOptions({
      directory: "/srv/build",
      cacheDirectory: "cache",
      unpackWorker: "unpack.js",
      linkWorker: "link.js",
      network: { keyringCommand: "./bin/keyring" },
      trust: {
        trust: named(String.raw`system,file:roots.pem,file:a\,b.pem,file:~/c.pem,file:/etc/d.pem`),
        cert: named("one.pem"),
        hosts: [
          { host: "index.example", port: 443, origin: "the test", cert: named("host.pem") },
          { host: "other.example", port: 443, origin: "the test", pins: [] },
        ],
      },
    });
    const { trust } = absolute;
    expect(trust?.trust?.value).toBe(
      `system,file:${at("roots.pem")},file:${at(String.raw`a\,b.pem`)},file:~/c.pem,file:${at("/etc/d.pem")}`,
    );
    expect(trust?.cert?.value).toBe(at("one.pem"));
    expect(trust?.hosts?.map(({ cert }) => cert?.value)).toEqual([at("host.pem"), undefined]);
    expect([absolute.unpackWorker, absolute.linkWorker]).toEqual([at("unpack.js"), at("link.js")]);
    expect(absolute.network?.keyringCommand).toBe(at("bin/keyring"));
  });

  test("leaves what is not named as it is, and the name of a program that is sought in PATH", () => {
    const network = { keyringCommand: "keyring" };
    const absolute = absoluteOptions({
      directory: "/srv/build",
      cacheDirectory: "cache",
      trust: {},
      network,
    });
    expect(absolute).toEqual({
      directory: at("."),
      cacheDirectory: at("cache"),
      trust: {},
      network,
    });
  });
});
