// The settings that decide which indexes are asked, and with which credentials.

import { choice, flag, inGroup, list, text, type SettingTable } from "./setting.ts";

/** The types of the values. */
export interface IndexSettings {
  readonly index: readonly string[];
  readonly "default-index": string | undefined;
  readonly "index-url": string | undefined;
  readonly "extra-index-url": readonly string[];
  readonly "find-links": readonly string[];
  readonly "no-index": boolean;
  readonly "index-strategy": "first-index" | "unsafe-first-match" | "unsafe-best-match" | undefined;
  readonly "keyring-provider": "disabled" | "subprocess" | "auto" | "import" | undefined;
  readonly "keyring-command": string | undefined;
}

export const INDEX_SETTINGS: SettingTable<IndexSettings> = inGroup("index", {
  index: list({
    flag: "--index <INDEX>",
    summary:
      "Ask this index (`URL`, `NAME=URL`) before the default one; may be given several times, first wins",
    uvVariables: ["UV_INDEX"],
    uvSeparator: " ",
  }),
  "default-index": text({
    flag: "--default-index <DEFAULT_INDEX>",
    summary: "The index that is asked last (default: https://pypi.org/simple)",
    uvVariables: ["UV_DEFAULT_INDEX"],
  }),
  "index-url": text({
    flag: "-i, --index-url <INDEX_URL>",
    summary: "As `--default-index`, under pip's name",
    uvVariables: ["UV_INDEX_URL"],
    pipNames: ["index-url", "pypi-url"],
    uvKey: "index-url",
    uvPipKey: "index-url",
  }),
  "extra-index-url": list({
    flag: "--extra-index-url <EXTRA_INDEX_URL>",
    summary: "As `--index`, under pip's name",
    uvVariables: ["UV_EXTRA_INDEX_URL"],
    pipNames: ["extra-index-url"],
    uvKey: "extra-index-url",
    uvPipKey: "extra-index-url",
    uvSeparator: " ",
  }),
  "find-links": list({
    flag: "-f, --find-links <FIND_LINKS>",
    summary: "A folder or page of distributions to search in addition to the indexes",
    uvVariables: ["UV_FIND_LINKS"],
    pipNames: ["find-links"],
    uvKey: "find-links",
    uvPipKey: "find-links",
    uvSeparator: ",",
  }),
  "no-index": flag({
    flag: "--no-index",
    summary: "Ignore all indexes; use only `--find-links`",
    pipNames: ["no-index"],
    uvKey: "no-index",
    uvPipKey: "no-index",
  }),
  "index-strategy": choice(["first-index", "unsafe-first-match", "unsafe-best-match"], {
    synonyms: { "unsafe-any-match": "unsafe-first-match" },
    flag: "--index-strategy <INDEX_STRATEGY>",
    summary: "What to do with a package that several indexes have",
    uvVariables: ["UV_INDEX_STRATEGY"],
    uvKey: "index-strategy",
    uvPipKey: "index-strategy",
  }),
  "keyring-provider": choice(["disabled", "subprocess", "auto", "import"], {
    flag: "--keyring-provider <KEYRING_PROVIDER>",
    summary: "Ask the `keyring` program for credentials",
    uvVariables: ["UV_KEYRING_PROVIDER"],
    pipNames: ["keyring-provider"],
    uvKey: "keyring-provider",
    uvPipKey: "keyring-provider",
  }),
  "keyring-command": text({
    isUserOnly: true,
    summary: "The program to run instead of `keyring`, by name or path",
  }),
});
