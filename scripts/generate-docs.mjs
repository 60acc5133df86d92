// Writes the pages that follow from the code: docs/settings.md from the table of settings, docs/errors.md from the codes,
// the tables of docs/differences.md from the data of the tests that compare.
// and docs/security-tests.md from the tests that say which promise they try.
//
// node scripts/generate-docs.mjs [--check]

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { securityTestsPage } from "./security-tests.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const isCheck = process.argv.includes("--check");

const { SETTINGS, pinionVariable, pipVariables, summaryOf } = await load("src/settings/table/table.ts");
const { ERROR_CODES } = await load("src/errors.ts");

function settingsPage() {
  const groups = groupBy(Object.entries(SETTINGS));
  const sections = [...groups].map(
    ([group, entries]) =>
      `## ${group[0].toUpperCase()}${group.slice(1)}\n\n${entries.map(describe).join("\n\n")}`,
  );
  return `${INTRODUCTION}\n${sections.join("\n\n")}\n`;
}

function describe([name, setting]) {
  const code = (list) => list.map((word) => `\`${word}\``).join(", ");
  const flags = [setting.flag, ...(setting.aliases ?? []), ...(setting.counters ?? [])].filter(
    (flag) => flag !== undefined,
  );
  const variables = [
    pinionVariable(name),
    ...(setting.commonVariables ?? []),
    ...(setting.uvVariables ?? []),
    ...pipVariables(setting),
  ];
  const pipKeys = [...(setting.pipNames ?? []), ...(setting.pipKey === undefined ? [] : [setting.pipKey])];
  const keys = setting.isFileless
    ? []
    : [
        `\`${name}\` in pinion.toml and \`[tool.pinion]\``,
        ...(setting.uvKey === undefined
          ? []
          : [`\`${setting.uvKey}\` in uv.toml${setting.isUvTomlOnly ? "" : " and `[tool.uv]`"}`]),
        ...(setting.uvAllKey === undefined ? [] : [`\`${setting.uvAllKey} = true\` there, for all`]),
        ...(setting.uvPipKey === undefined ? [] : [`\`${setting.uvPipKey}\` in uv's \`[pip]\``]),
        ...(pipKeys.length === 0 ? [] : [`${code(pipKeys)} in pip.conf`]),
      ];
  const lines = [
    `### \`${name}\``,
    "",
    `${summaryOf(setting)}.`,
    "",
    ...(flags.length > 0 ? [`* flag: ${code(flags)}`] : []),
    ...(setting.choices === undefined ? [] : [`* one of ${code(setting.choices)}`]),
    `* variables, the first that is set counts: ${code(variables)}`,
    ...(keys.length > 0 ? [`* keys: ${keys.join("; ")}${projectLimit(setting)}`] : []),
  ];
  return lines.join("\n");
}

function projectLimit({ isUserOnly, isOnlySwitchedOn, staysInProject, userOnlyEntries }) {
  if (userOnlyEntries) return ` (in a project's file: no ${userOnlyEntries.what})`;
  if (isUserOnly) return " (not in a project's file)";
  if (isOnlySwitchedOn) return " (in a project's file: only `true`)";
  return staysInProject ? " (in a project's file: only a place in its own folder)" : "";
}

function errorsPage() {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Error codes

Every failure that a user, a server or the machine can cause has a code that does not change: in \`--json\`, and as \`error.code\` in
the library. This page is made from \`src/errors.ts\` by \`node scripts/generate-docs.mjs\`.

| code | meaning |
| --- | --- |
${rows.join("\n")}
`;
}

/** Puts tables in place of what stands between the comments that name a file of differences and their ends. */
function differencesPage() {
  const page = readFileSync(join(root, "docs/differences.md"), "utf8");
  return page.replace(
    /(<!-- (test\/peers\/[a-z-]+\.json) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin, file, end) => {
      const differences = Object.entries(JSON.parse(readFileSync(join(root, file), "utf8")));
      const rows = differences.map(([name, reason]) => `| ${name.replaceAll("|", "\\|")} | ${reason} |\n`);
      return `${begin}\n| ${file.includes("flag") ? "flag" : "case"} | Pinion |\n| --- | --- |\n${rows.join("")}\n${end}`;
    },
  );
}

async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "error",
  });
  return await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function groupBy(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry[1].group, [...(groups.get(entry[1].group) ?? []), entry]);
  return groups;
}

const INTRODUCTION = `# Settings

What is configured for pip or uv on a machine applies to Pinion too. \`pinion config\` shows every setting that is in force, where it
comes from (file and line, variable, flag) and what it hides. This page is made from \`src/settings/table/table.ts\` by
\`node scripts/generate-docs.mjs\`.

## Precedence

1. A flag.
2. A variable: \`PINION_…\` before \`UV_…\` before \`PIP_…\`. An empty variable counts as unset.
3. Files, the nearer first: the file that \`--config-file\` names, the project's, the active environment's own (pip.conf in the folder
   that \`VIRTUAL_ENV\` names), the user's, the system's. At the same distance Pinion's file comes before uv's, and uv's before pip's.

Each tool's files are first read exactly as that tool reads them, which gives one value per tool and setting:

* **pip.conf**: the command's own section, such as \`[install]\`, ranks before \`[global]\`, whichever file they stand in; a nearer file's
  list replaces a farther one's; \`PIP_CONFIG_FILE\` hides the user's file. \`config\`, \`doctor\` and \`self check\` read \`[install]\`.
* **uv.toml, \`[tool.uv]\`**: \`[pip]\` ranks before the top level, in whichever file; the lists of the project's file, the user's and
  of variables add up; a workspace's root counts, not its members.
* **pinion.toml, \`[tool.pinion]\`**: every setting under its own name; an unknown key is an error.

The lists of different tools add up. A flag for a list replaces what variables say and adds to what files say.

## What a project's file cannot set

The folder of a project may come from others, and running a command in it is not consent. Its pinion.toml, uv.toml and pyproject.toml
choose indexes, proxies, versions and how packages are built, as with uv. They cannot name a program, add trust for every server, or name
caches and keys: such a setting is ignored with a warning, and counts in the user's file, in a variable and as an option. These
settings say so below ("not in a project's file"). Likewise:

* What a command writes stays in the project: \`output-file\`, \`target\`, \`prefix\` and \`root\` of its files count only where they lead into
  the folder of the file that says them, links followed, and neither into \`.git\` nor to the folder that holds it. The user's files,
  variables and options name any place.
* A build runs code, and more of it than the package's own may be a project's choice, as with uv: \`extra-build-dependencies\`, and
  variables such as \`PATH\` in \`extra-build-variables\`, count in its files. \`--no-build\` builds nothing.
* Variables that decide which servers programs trust (\`SSL_CERT_FILE\`, \`GIT_SSL_NO_VERIFY\`, \`GIT_SSH_COMMAND\`, \`PIP_TRUSTED_HOST\` …), by themselves or by
  the configuration that they name, are ignored in \`extra-build-variables\` of its files, with a warning.
* Trust and way do not both come from a project. Where any of its files has an index with \`cert\` or a \`[[tls-exception]]\`, no \`proxy\`, \`https-proxy\`, \`http-proxy\`,
  \`no-proxy\` or \`no-proxy-env\` of its files counts, whichever index they are for; the proxies of options, variables and the user's files do.
* The user's login at proxies (\`proxy-username\`, \`proxy-password\`, a ticket of Kerberos) is not used at a proxy that a project's file
  names, which gets what stands in its own URL. Git uses no login of the user, nor of a URL, for repositories over plain HTTP that go
  through such a proxy.
* \`PINION_INDEX_NAME_USERNAME\` and \`_PASSWORD\` (and uv's) are for the index that a project's file calls NAME too, but over verified TLS or
  on this machine only, and not where the user's own settings have that name for another server.
* To an index that only a project's file or a requirements file names go no credentials of the user in clear: over plain HTTP, but to this machine itself, neither
  those variables nor netrc nor keyring are used for it. Through a project's proxy nothing secret goes to any \`http://\` address. What
  would have been sent is named in a warning; \`--allow-insecure-credentials\` sends it.
* A \`[[tls-exception]]\` of a project's file is treated like an index's \`cert\` there: no proxy of its files counts, and what was verified
  with the exception is kept only for runs that have it.

A file that another user of the machine could have put in the way counts for nothing, with a warning: in the folders above the working one
that every user may write to, and in the working one too where it is a shared one such as /tmp (sticky), a pinion.toml, uv.toml or
pyproject.toml must belong to the user or root, and in a sticky folder not be writable by everyone. Everywhere else the owner does not
matter: in a container, a mounted checkout belongs to another user than root.

## Indexes as tables

\`[[index]]\` of pinion.toml, \`[[tool.pinion.index]]\` and uv's \`[[index]]\`, \`[[tool.uv.index]]\` describe one index each; relative
URLs and paths are relative to their file.

| key | meaning |
| --- | --- |
| \`name\`, \`url\` | as in \`--index name=url\` |
| \`default\` | the index that is asked last, instead of pypi.org |
| \`explicit\` | asked only for the projects that name it |
| \`format\` | \`simple\` (pages of projects) or \`flat\` (one page or folder of files) |
| \`authenticate\` | \`auto\`, \`always\` (credentials before the first request), \`never\` |
| \`ignore-error-codes\` | statuses besides 404 that mean "this index lacks the project" |
| \`cache-control\` | \`api\` and \`files\` in place of the server's header |
| \`cert\`, \`pins\` | what to trust only for this index (pinion.toml only, as all below) |
| \`client-cert\`, \`client-key\` | what to show to this index |
| \`proxy\` | the proxy for this index (in a project's file not together with \`cert\`) |
| \`insecure\` | \`true\`: this index is not verified |

## Deliberate differences from pip and uv

* A variable that is false overrides a file's true; in uv it cannot.
* A key that Pinion does not know in uv's or pip's file is ignored, and reported with \`-v\`: a newer uv must not break Pinion.
* Several indexes are asked in uv's order (the first that has a project counts) also where pip would mix them.
* Pinion keeps a cache of its own: \`UV_CACHE_DIR\` and \`PIP_CACHE_DIR\` do not name it.
`;

const outdated = [
  ["docs/settings.md", settingsPage()],
  ["docs/errors.md", errorsPage()],
  ["docs/differences.md", differencesPage()],
  ["docs/security-tests.md", securityTestsPage(root)],
].filter(([path, text]) => {
  if (isCheck) return readIfThere(join(root, path)) !== text;
  writeFileSync(join(root, path), text);
  return false;
});
for (const [path] of outdated)
  console.error(`${path} is not what the code says: run \`node scripts/generate-docs.mjs\``);
process.exitCode = outdated.length > 0 ? 1 : 0;
