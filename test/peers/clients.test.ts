// What other clients make of the laboratory's shapes: where they differ from Pinion, and that they differ nowhere else.

import { describe, expect, test } from "vitest";
import { SHAPES } from "../../src/lab/shapes/shapes.ts";
import { createKeyRing } from "../support/lab-keys.ts";
import { World } from "../support/world.ts";
import { CURL, PYTHON_SSL, uv } from "./peers.ts";
import type { Peer } from "./peers.ts";

const keys = createKeyRing();

interface Difference {
  readonly peer: Peer;
  /** Shapes that Pinion takes and the peer does not. */
  readonly refuses: readonly string[];
  /** Shapes that Pinion refuses and the peer takes. */
  readonly accepts: readonly string[];
}

/** What rustls has no algorithm or group for, with aws-lc-rs, too. */
const REFUSED_BY_RUSTLS = [
  "rsa-sha224",
  "ec-sha224",
  "rsa-pss-salt-0",
  "rsa-pss-other-mask",
  "rsa-pss-key",
  "ec-null-parameters",
  "ed448",
  "leaf-rsa-pss-2048",
  "leaf-ed448",
  "p-521-group-only",
  // `CaUsedAsEndEntity`, and a leaf as an anchor is none to it.
  "self-signed-authority",
  "v1-trusted",
  "leaf-anchor",
];

/** What ring lacks besides. */
const REFUSED_BY_RING = [
  ...REFUSED_BY_RUSTLS,
  "ec-p256-sha512",
  "ec-p384-sha512",
  "ec-p521-sha256",
  "ec-p521-sha384",
  "ec-p521-sha512",
  "leaf-ec-p521",
];

const DIFFERENCES: readonly Difference[] = [
  { peer: CURL, refuses: ["cross-signed-detour"], accepts: ["common-name-only"] },
  {
    peer: PYTHON_SSL,
    refuses: ["cross-signed-detour", "intermediate-anchor", "leaf-anchor"],
    accepts: ["common-name-only"],
  },
  {
    peer: uv("0.8.3"),
    refuses: [...REFUSED_BY_RING, ...SHAPES.map(({ name }) => name).filter(isWithoutParameters)],
    accepts: ["expired-root"],
  },
  { peer: uv("0.10.0"), refuses: REFUSED_BY_RING, accepts: ["expired-root"] },
  { peer: uv("0.12.5"), refuses: REFUSED_BY_RUSTLS, accepts: ["expired-root"] },
  { peer: uv("0.13.9"), refuses: REFUSED_BY_RUSTLS, accepts: ["expired-root"] },
];

describe.each(DIFFERENCES)("$peer.name", ({ peer, refuses, accepts }) => {
  test.skipIf(peer.program === undefined).concurrent.each(SHAPES)("$name", async ({ name, expected }) => {
    await using world = await World.create();
    const run = await peer.ask(world, await world.shape(name, { keys }));
    const isExpected = expected === "accept" ? !refuses.includes(name) : accepts.includes(name);
    expect({ name, isAccepted: run.code === 0, said: run.stderr }).toMatchObject({
      name,
      isAccepted: isExpected,
    });
  });

  test("differs in shapes that there are", () => {
    const names = new Set(SHAPES.map(({ name }) => name));
    expect([...refuses, ...accepts].filter((name) => !names.has(name))).toEqual([]);
  });
});

/** RSA signatures without NULL, but for the root's own, which is not checked. */
function isWithoutParameters(name: string): boolean {
  return /^rsa-(\d+-sha\d+-absent|absent-parameters)$/.test(name);
}
