import { expect, test } from "vitest";

import type { Examination } from "../examine/examination.ts";
import { reproductionReadme } from "./reproduce-files.ts";

// Promise: what a server says of itself is shown as text
// Attack: names in the certificates of a server that is examined are links, images and HTML
test("reproductionReadme() shows what came from a server as code", () => {
  const image = "<img src=https://other.example/a>";
  const examination = {
    target: { text: "x", kind: "address", url: "https://example.org/?`[a](b)" },
    cause: { code: "tls/name-mismatch", headline: `the certificate is for \`${image}\`` },
    clients: [],
  } as unknown as Examination;
  const readme = reproductionReadme(examination, {
    kind: "tls",
    host: "example.org",
    protocols: "TLSv1.2",
    isWeak: false,
    hasIntermediates: false,
    differences: ["`CN=[free](https://other.example)` has a signature that cannot be created here"],
  });
  expect(readme).toContain(`\`tls/name-mismatch\`, \`\` the certificate is for \`${image}\` \`\`.`);
  expect(readme).toContain("examined ``https://example.org/?`[a](b)`` and");
  expect(readme).toContain("\n- `` `CN=[free](https://other.example)` has a signature");
});
