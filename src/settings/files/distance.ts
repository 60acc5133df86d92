// How near a settings file is to the run.

/** From the nearest to the farthest; `named` is the file of `--config-file`. */
export type Distance = "named" | "project" | "environment" | "user" | "system";

/** 0 is the nearest. */
export function rankOfDistance(distance: Distance): number {
  return DISTANCES.indexOf(distance);
}

const DISTANCES: readonly Distance[] = ["named", "project", "environment", "user", "system"];
