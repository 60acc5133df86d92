// The laboratory's shapes by name: servers with one peculiarity each, and what a client should make of them.

import { PinionError } from "../../errors.ts";
import { KeyRing } from "../certificates/mint.ts";
import { issuerShapes, leafKeyShapes } from "./shape-algorithms.ts";
import { chainShapes } from "./shape-chains.ts";
import { failureShapes } from "./shape-failures.ts";
import type { Blueprint, Recipe, Shape } from "./shape.ts";

export type { Shape } from "./shape.ts";

export interface BuildOptions {
  /** The name that clients use. Default: the shape's own, or `localhost`. */
  readonly host?: string;
  /** Keys to share with other shapes. Default: fresh ones. */
  readonly keys?: KeyRing;
  /** The URL of the issuer's certificate, for shapes whose certificates say so. */
  readonly issuerUrl?: string;
}

export interface BuiltShape extends Blueprint {
  readonly shape: Shape;
  readonly host: string;
  /** The server's certificate file: all that it sends. */
  readonly chainPem: string;
  /** The clients' bundle. */
  readonly bundlePem: string;
}

/**
 * Mints what a shape needs: the server's chain and key, and what its clients trust.
 *
 * @example
 * const { chainPem, keyPem, bundlePem } = buildShape("ec-p384-sha512", { host: "localhost" });
 * @throws `lab/unknown-shape`
 */
export function buildShape(name: string, options: BuildOptions = {}): BuiltShape {
  const shape = RECIPES.find((recipe) => recipe.name === name);
  if (shape === undefined) throw unknownShape(name);
  const host = options.host ?? shape.host ?? "localhost";
  const blueprint = shape.build({
    host,
    keys: options.keys ?? new KeyRing(),
    issuerUrl: options.issuerUrl ?? UNSERVED_ISSUER_URL,
  });
  return {
    ...blueprint,
    shape,
    host,
    chainPem: blueprint.serverChain.join(""),
    bundlePem: blueprint.trusted.length > 0 ? blueprint.trusted.join("") : EMPTY_BUNDLE,
  };
}

function unknownShape(name: string): PinionError {
  const alike = RECIPES.filter((recipe) => recipe.name.includes(name) || name.includes(recipe.name));
  const hints = alike
    .slice(0, MAX_SUGGESTIONS)
    .map((recipe) => `there is \`${recipe.name}\`: ${recipe.description}`);
  return new PinionError("lab/unknown-shape", `The laboratory has no shape called \`${name}\``, {
    details: { name },
    hints: [...hints, { kind: "list-shapes" }],
  });
}

const RECIPES: readonly Recipe[] = [
  ...issuerShapes(),
  ...leafKeyShapes(),
  ...chainShapes(),
  ...failureShapes(),
];

/** Every shape: issuers and server keys of all kinds, unusual chains and names, then a failure for each cause. */
export const SHAPES: readonly Shape[] = RECIPES;

const EMPTY_BUNDLE = "There is no certificate in this file.\n";

// Port 9 is discard: nothing answers there, so that nothing is ever fetched by accident.
const UNSERVED_ISSUER_URL = "http://127.0.0.1:9/issuer.cer";

const MAX_SUGGESTIONS = 3;
