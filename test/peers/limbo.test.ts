// Every visible case of x509-limbo and BetterTLS that can be served, over real connections.

import { describe } from "vitest";
import { checkConnections } from "../limbo/check-connections.ts";
import { servableCases } from "../limbo/connections.ts";
import { readLimbo } from "../limbo/limbo.ts";

const cases = servableCases(readLimbo(new URL("../limbo/limbo-visible.json", import.meta.url)));

describe("connections to all of x509-limbo's servers", () => {
  checkConnections(cases);
});
