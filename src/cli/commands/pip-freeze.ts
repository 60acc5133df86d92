// `pinion pip freeze`: what is installed, as requirements that install it again.

import { pathToFileURL } from "node:url";

import { redactUrl } from "../../net/url.ts";
import { requirementUrl, urlFragment } from "../../pep/files/direct-url.ts";
import { literalUrl } from "../../pep/requirements/literal-url.ts";
import type { InstalledDistribution } from "../../python/environments/environment.ts";
import type { CommandContext, ExitCode } from "../grammar/command.ts";
import { tellLookedAt } from "../requests/find-destination.ts";
import { lookAtInstalled, warnIfStrict } from "../installed.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const looked = await lookAtInstalled(context);
  const lines = looked.distributions
    .map((found) => toRequirement(found))
    .filter((line, at, all) => line !== all[at - 1]);
  const boldName = (line: string): string =>
    line.replace(/^[^-=\s][^=\s]*/, (name) => output.resultStyle("name", name));
  tellLookedAt(looked.destination, context);
  if (output.isJson) output.json(lines);
  else for (const line of lines) output.result(boldName(line));
  await warnIfStrict(context, looked);
  return 0;
}

function toRequirement({
  name,
  version,
  directUrl,
  isEditable,
  kind,
  editableLocation,
}: InstalledDistribution): string {
  if (kind === "egg-link") return `-e ${pathOrUrl(editableLocation ?? "")}`;
  if (directUrl === undefined) return `${name}==${version.text}`;
  const url = isEditable ? directUrl.url : redactUrl(directUrl.url);
  if (isEditable) return `-e ${literalUrl(url)}`;
  switch (directUrl.kind) {
    case "vcs":
      return `${name} @ ${literalUrl(requirementUrl({ ...directUrl, url }))}`;
    case "directory":
      return `${name} @ ${literalUrl(url + urlFragment({ subdirectory: directUrl.subdirectory }))}`;
    case "archive": {
      const sha256 = directUrl.hashes?.["sha256"];
      return `${name} @ ${literalUrl(url + urlFragment({ subdirectory: directUrl.subdirectory, sha256 }))}`;
    }
  }
}

/** A path as it is, as in uv, or as a URL where a requirements file would have an option, a comment or a variable in it. */
function pathOrUrl(path: string): string {
  return /[\p{C}\s"#$[\]]|\\$/u.test(path) ? pathToFileURL(path).href : path;
}
