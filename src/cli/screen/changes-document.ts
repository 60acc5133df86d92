// `--output-format json`: what an installation changes, in the form of uv 0.13's preview schema.

import type { Change } from "../../api/plan/value.ts";
import { compareText } from "../../base/values/compare-text.ts";
import { compareVersions, parseVersion } from "../../pep/versions/version.ts";

/** One line of the document. */
export interface DocumentedChange {
  readonly name: string;
  readonly version: string;
  readonly action: "uninstalled" | "installed" | "reinstalled";
}

export interface ChangesDocument {
  readonly schema: { readonly version: "preview" };
  /** Sorted by name, then action, then version. */
  readonly changes: readonly DocumentedChange[];
  /** Whether nothing was changed: for `--dry-run` and `--check`. */
  readonly dry_run: boolean;
}

/** The document of these changes. A change that was only planned is a removal and an installation, as uv writes it. */
export function changesDocument(
  changes: readonly Change[],
  { isDryRun }: { readonly isDryRun: boolean },
): ChangesDocument {
  return {
    schema: { version: "preview" },
    changes: (isDryRun ? splitReinstalled(changes) : changes)
      .map(({ name, version, action }) => ({ name, version, action: ACTIONS[action] }))
      .toSorted(
        (a, b) =>
          compareText(a.name, b.name) ||
          ORDER.indexOf(a.action) - ORDER.indexOf(b.action) ||
          compareVersions(parseVersion(a.version), parseVersion(b.version)),
      ),
    dry_run: isDryRun,
  };
}

/** What `--dry-run` shows of a package that would be installed again: removed, then added. */
export function splitReinstalled(changes: readonly Change[]): readonly Change[] {
  return changes.flatMap((change) =>
    change.action === "reinstalled"
      ? [
          { ...change, action: "removed" as const },
          { ...change, action: "added" as const },
        ]
      : [change],
  );
}

const ACTIONS = { removed: "uninstalled", added: "installed", reinstalled: "reinstalled" } as const;
const ORDER: readonly DocumentedChange["action"][] = ["uninstalled", "installed", "reinstalled"];
