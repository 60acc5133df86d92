// The real programs that serve as witnesses in tests. CI installs releases of pip and uv below `PINION_PEERS`.

import { inject } from "vitest";
import { findProgram } from "../support/world.ts";
import { findPython, pythonSsl, uv as uvIn } from "./programs.ts";
import type { Peer } from "./programs.ts";

export { CURL } from "./programs.ts";
export type { Peer } from "./programs.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of installed peers, or nothing. */
    readonly peers: string;
  }
}

export const NGINX: string | undefined = findProgram("nginx");
export const OPENSSL: string | undefined = findProgram("openssl");
/** A Python that has pip. */
export const PYTHON: string | undefined = findPython(inject("peers"));
export const PYTHON_SSL: Peer = pythonSsl(inject("peers"));

/** One release of uv. */
export function uv(version: string): Peer {
  return uvIn(inject("peers"), version);
}
