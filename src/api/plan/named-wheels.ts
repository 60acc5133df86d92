// A wheel that a requirement names by its URL or path leaves no other file to take. Where wheels are left out, uv refuses it; pip
// installs it.

import { PinionError } from "../../errors.ts";
import { redactUrl } from "../../net/url.ts";
import { areWheelsLeftOut, type NamedFormats } from "../../pep/name-set.ts";
import type { PlannedInstall } from "./value.ts";

/** @throws requirement/no-binary */
export function refuseNamedWheels(install: readonly PlannedInstall[], formats: NamedFormats): void {
  const refused = install.find(
    ({ name, source }) => source.kind === "direct" && areWheelsLeftOut(formats, name),
  );
  if (refused?.source.kind !== "direct") return;
  const { name, source } = refused;
  const url = redactUrl(source.url);
  const kind = source.url.startsWith("file:") ? "path" : "URL";
  const details = { name, url };
  throw new PinionError("requirement/no-binary", "Failed to determine installation plan", {
    details,
    cause: new PinionError(
      "requirement/no-binary",
      `A ${kind} dependency points to a wheel which conflicts with \`--no-binary\`: ${url}`,
      { details },
    ),
  });
}
