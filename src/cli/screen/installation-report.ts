// `--report`: what was installed, or would be, in the form of pip's installation report, version 1
// (pip.pypa.io "Installation Report").

import { resolve } from "node:path";

import { targetOf, type Destination } from "../../api/destination.ts";
import type { Installer } from "../../api/installer.ts";
import type { InstallationPlan, PlannedInstall } from "../../api/plan/value.ts";
import { recordedUrl } from "../../base/text/secret-parameters.ts";
import { madeOnce } from "../../base/work/once.ts";
import { directUrlDocument } from "../../pep/files/direct-url.ts";
import type { Hashes } from "../../pep/hashes.ts";
import { metadataDocument, type MetadataDocument } from "../../pep/metadata/metadata-document.ts";
import type { Inputs } from "../../sources/requested.ts";
import type { Source } from "../../sources/source.ts";
import { VERSION } from "../../version.ts";
import type { CommandContext } from "../grammar/command.ts";
import { writeOutputFile } from "./output-file.ts";

export interface InstallationReport {
  readonly version: "1";
  /** pip's key for the program that wrote the report. */
  readonly pip_version: string;
  readonly install: readonly ReportedInstall[];
  /** The marker variables of the target. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReportedInstall {
  /** In the form of `direct_url.json`, for files of an index too. */
  readonly download_info: Readonly<Record<string, unknown>>;
  readonly is_direct: boolean;
  readonly is_yanked: boolean;
  readonly requested: boolean;
  readonly requested_extras?: readonly string[];
  readonly metadata: MetadataDocument;
}

export interface ReportContext {
  readonly plan: InstallationPlan;
  readonly into: Destination;
  /** What was requested; undefined where a lock file was installed. */
  readonly inputs: Inputs | undefined;
  readonly installer: Pick<Installer, "metadata">;
  readonly context: CommandContext;
}

/**
 * Writes the report to a file, or to stdout for `-`.
 *
 * @throws usage/invalid-argument where the file cannot be written
 */
export async function writeInstallationReport(file: string, report: ReportContext): Promise<void> {
  const { output, cwd } = report.context;
  const document = await installationReport(report);
  if (file === "-") {
    output.indentedJson(document);
    return;
  }
  writeOutputFile(resolve(cwd, file), `${JSON.stringify(document, undefined, 2)}\n`);
}

async function installationReport({
  plan,
  into,
  inputs,
  installer,
  context: { signal },
}: ReportContext): Promise<InstallationReport> {
  const metadata = await installer.metadata(plan, { signal });
  const extras = requestedExtras(inputs);
  const install = plan.kind === "satisfied" ? [] : plan.install;
  return {
    version: "1",
    pip_version: `pinion ${VERSION}`,
    install: install.map((planned): ReportedInstall => {
      const { name, isRequested, source, directUrl } = planned;
      const requested = extras.get(name);
      const found = metadata.get(name);
      return {
        download_info: downloadInfo(planned),
        is_direct: directUrl !== undefined,
        is_yanked: isYanked(source),
        requested: isRequested,
        ...(requested === undefined ? {} : { requested_extras: requested }),
        metadata: found === undefined ? {} : metadataDocument(found),
      };
    }),
    environment: { ...targetOf(into).markers },
  };
}

function requestedExtras(inputs: Inputs | undefined): ReadonlyMap<string, readonly string[]> {
  const extras = new Map<string, Set<string>>();
  for (const entry of inputs?.requirements ?? []) {
    if (entry.kind !== "named" || entry.requirement.extras.length === 0) continue;
    const requested = madeOnce(extras, entry.requirement.name, () => new Set());
    for (const extra of entry.requirement.extras) requested.add(extra);
  }
  return new Map([...extras].map(([name, requested]) => [name, [...requested]]));
}

function downloadInfo({ source, directUrl }: PlannedInstall): Readonly<Record<string, unknown>> {
  if (directUrl !== undefined && directUrl.kind !== "archive") return directUrlDocument(directUrl);
  const { url } = directUrl ?? source;
  const hashes: Hashes = "hashes" in source ? source.hashes : {};
  const { sha256 } = hashes;
  return {
    ...directUrlDocument({ kind: "archive", url: recordedUrl(url) }),
    archive_info: {
      ...(Object.keys(hashes).length > 0 ? { hashes } : {}),
      ...(sha256 === undefined ? {} : { hash: `sha256=${sha256}` }),
    },
  };
}

function isYanked(source: Source): boolean {
  if (source.kind === "index") return source.yanked !== false;
  return source.kind === "sdist" && source.listing !== undefined && source.listing.yanked !== false;
}
