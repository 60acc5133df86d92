// An installation scheme of Python (`sysconfig`).

/** Where the parts of a wheel go. */
export interface Scheme {
  readonly purelib: string;
  readonly platlib: string;
  readonly scripts: string;
  readonly data: string;
  readonly headers: string;
}
