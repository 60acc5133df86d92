// What a Python says about itself: version, platform, folders. Asking costs 20 to 50 ms, so the answer is kept.

import type { MarkerEnvironment } from "../pep/marker.ts";
import type { Target } from "../pep/tags.ts";
import type { Version } from "../pep/version.ts";

/** Where the parts of a wheel go: absolute folders. */
export interface Scheme {
  readonly purelib: string;
  readonly platlib: string;
  readonly scripts: string;
  readonly data: string;
  readonly headers: string;
}

/** A Python that answered. */
export interface Interpreter {
  /** `sys.executable`. */
  readonly executable: string;
  readonly version: Version;
  /** `sys.implementation.name`. */
  readonly implementation: string;
  /** `sys.prefix`: of the virtual environment, where it is one. */
  readonly prefix: string;
  readonly basePrefix: string;
  /** The Python that a virtual environment was made from; the same as `executable` elsewhere. */
  readonly baseExecutable: string;
  readonly isVirtual: boolean;
  readonly scheme: Scheme;
  /** Where installed distributions are looked for; purelib first. */
  readonly sitePackages: readonly string[];
  readonly target: Target;
  readonly markers: MarkerEnvironment;
  /** The message of `EXTERNALLY-MANAGED` (PEP 668); undefined where pip may install. */
  readonly externallyManaged: string | undefined;
  readonly isFreeThreaded: boolean;
  /** In bits. */
  readonly pointerSize: 32 | 64;
}
