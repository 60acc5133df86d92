import { expect, test } from "vitest";

import type { Origin } from "../../settings/origin.ts";
import { Settings } from "../../settings/settings.ts";
import type { SettingName } from "../../settings/table/table.ts";
import { claimOf } from "./name-claims.ts";

const OF_PROJECT: Origin = {
  kind: "file",
  path: "pinion.toml",
  line: 1,
  key: "index",
  tool: "pinion",
  isOfProject: true,
};
const OF_USER: Origin = { kind: "flag", flag: "--index" };
const PROJECTS = { value: "https://project.example/simple", origin: OF_PROJECT };

function withUser(name: SettingName, value: string | readonly string[]): Settings {
  // What the project says is nearer and hides what the user says.
  return new Settings(new Map([[name, { inForce: [PROJECTS], shadowed: [{ value, origin: OF_USER }] }]]));
}

// Promise: a project does not take the credentials of an index that the user's own settings name
// Attack: its file hides the user's setting, spells the name in another way, or gives it to the domain of the user's login
test.each<[SettingName, string | readonly string[]]>([
  ["default-index", "co-rp=https://pypi.corp.example/simple"],
  ["index-url", "co-rp=https://CORP\\ada:secret@pypi.corp.example/simple"],
  ["index", ["https://other.example", "co-rp=https://pypi.corp.example/simple"]],
  ["extra-index-url", ["co-rp=https://pypi.corp.example/simple"]],
  ["find-links", ["co-rp=https://pypi.corp.example/simple"]],
])("claimOf() finds the user's name in a hidden `%s`", (setting, value) => {
  const settings = withUser(setting, value);
  const claim = (name: string | undefined, url: string, origin: Origin = OF_PROJECT): unknown =>
    claimOf({ name, url, origin }, settings);
  const bound = { boundTo: "--index" };
  expect(claim("CO_RP", "https://other.example/simple")).toEqual(bound);
  expect(claim("Co.rp", "https://corp/simple")).toEqual(bound);
  expect(claim("co-rp", "http://pypi.corp.example/simple")).toEqual(bound);
  expect(claim("co-rp", "https://pypi.corp.example/other")).toBeUndefined();
  expect(claim(undefined, "https://pypi.corp.example/other")).toBeUndefined();
  expect(claim("free", "https://pypi.corp.example/simple")).toEqual({ boundTo: undefined });
  expect(claim(undefined, "https://project.example/simple")).toEqual({ boundTo: undefined });
  expect(claim("co-rp", "https://other.example/simple", OF_USER)).toBeUndefined();
});
