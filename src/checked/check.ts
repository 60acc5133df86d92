// Refuses arguments that are not of the shape of their parameter, before anything is done with them.

import { PinionError } from "../errors.ts";
import type { AnyShape, Fault, Shape } from "./shapes/shape.ts";

/** What `details` of a refusal holds. */
export interface MalformedArgument {
  /** As a program calls it: `installer.plan`. */
  readonly function: string;
  /** `into.path`, `requirements[3].text`; the name of the parameter where it is as a whole something else. */
  readonly field: string;
  /** The kind of value that was given, never what it says. */
  readonly given: string;
  readonly allowed: string;
  /** The name or word that may be meant. */
  readonly meant?: string | undefined;
}

/**
 * Compares arguments with the shapes of their parameters, in the order of the parameters.
 *
 * @throws usage/invalid-argument with {@link MalformedArgument}
 */
export function check<A extends object>(
  called: string,
  parameters: { readonly [Name in keyof A]: readonly [argument: A[Name], shape: Shape<NoInfer<A[Name]>>] },
): void {
  for (const [name, [argument, shape]] of Object.entries<readonly [unknown, AnyShape]>(parameters))
    checkArgument(called, name, argument, shape);
}

/** Compares one of them. @throws as {@link check} */
export function checkArgument(called: string, name: string, argument: unknown, shape: AnyShape): void {
  const fault = shape.find(argument, "");
  if (fault !== undefined) throw malformed(called, name, fault);
}

function malformed(called: string, parameter: string, fault: Fault): PinionError {
  const { field, given, allowed, meant, isUnknown } = fault;
  const shown = field === "" ? parameter : field;
  const details: MalformedArgument = { function: called, field: shown, given, allowed, meant };
  const message =
    isUnknown === true
      ? `Cannot call \`${called}()\`: \`${shown}\` is not one of the options of \`${parameter}\``
      : `Cannot call \`${called}()\`: \`${shown}\` is ${given}, and must be ${allowed}`;
  const hints = [
    ...(meant === undefined ? [] : [`\`${meant}\` may be meant`]),
    ...(isUnknown === true ? [`What there is: ${allowed}`] : []),
  ];
  return new PinionError("usage/invalid-argument", message, { details, hints });
}
