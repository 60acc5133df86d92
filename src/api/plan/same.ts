// Whether two plans are of the same changes.

import { isDeepStrictEqual } from "node:util";

import { PinionError } from "../../errors.ts";
import { rootOf } from "../destination.ts";
import type { InstallationPlan } from "./value.ts";

/** @throws environment/changed where the second plan does not install and remove what the first one does */
export function requireSamePlan(shown: InstallationPlan, made: InstallationPlan): void {
  if (shown.kind === "satisfied") return;
  if (
    made.kind === "changes" &&
    isDeepStrictEqual(shown.install, made.install) &&
    isDeepStrictEqual(shown.remove, made.remove)
  )
    return;
  const root = rootOf(shown.destination);
  throw new PinionError(
    "environment/changed",
    `What would be installed changed after the plan was made, so nothing was installed: \`${root}\``,
    { details: { root }, hints: ["Make the plan again"] },
  );
}
