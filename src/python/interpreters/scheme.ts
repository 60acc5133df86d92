// An installation scheme of Python (`sysconfig`).

import { join } from "node:path";

/** Where the parts of a wheel go. */
export interface Scheme {
  readonly purelib: string;
  readonly platlib: string;
  readonly scripts: string;
  readonly data: string;
  readonly headers: string;
}

/** The folders below the root of an environment. */
export function schemeBelow(path: string, relativeScheme: Scheme): Scheme {
  return {
    purelib: join(path, relativeScheme.purelib),
    platlib: join(path, relativeScheme.platlib),
    scripts: join(path, relativeScheme.scripts),
    data: join(path, relativeScheme.data),
    headers: join(path, relativeScheme.headers),
  };
}
