// `require` for the packages that only some machines load. In an application's bundle they are found where it stands, if they
// are installed there.

import { createRequire } from "node:module";

export function ownRequire(): ReturnType<typeof createRequire> {
  // A bundle in CommonJS has no `import.meta.url`, and a module no `__filename`.
  const here: string | undefined = import.meta.url;
  return createRequire(here ?? __filename);
}
