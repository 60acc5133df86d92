// Requirements that settings files hold themselves, as inputs of a request.

import type { RequirementInput } from "../../api/inputs/read-inputs.ts";
import type { CommandContext } from "../grammar/command.ts";

/** Requirements that a settings file holds itself; as in uv, not for `sync`, whose files are whole already. */
export function statedIn(
  { settings, words }: CommandContext,
  name:
    | "constraint-dependencies"
    | "override-dependencies"
    | "exclude-dependencies"
    | "build-constraint-dependencies",
): readonly RequirementInput[] {
  if (words.at(-1) === "sync") return [];
  return settings.get(name).map(({ text }) => ({
    kind: "text",
    text,
    declaredIn: { kind: "file", path: SETTINGS_FILE, isOfSettings: true },
  }));
}

// uv's name for what its settings hold, in the comments of a lock.
const SETTINGS_FILE = "(workspace)";
