// An environment marker as a value (https://packaging.python.org/en/latest/specifications/dependency-specifiers/).

/** A field of a marker; `extra` compares with one extra, the other two are sets (PEP 751). */
export type MarkerField = keyof MarkerEnvironment | "extra" | "extras" | "dependency_groups";

export type MarkerOperator = "===" | "==" | "~=" | "!=" | "<=" | ">=" | "<" | ">" | "in" | "not in";

export type MarkerOperand =
  | { readonly kind: "field"; readonly field: MarkerField }
  | { readonly kind: "string"; readonly value: string };

/** `os_name == "nt"`: at least one side is a field in every marker that says anything. */
export interface MarkerComparison {
  readonly kind: "comparison";
  readonly left: MarkerOperand;
  readonly operator: MarkerOperator;
  readonly right: MarkerOperand;
}

/** Two or more markers joined by one word. */
export interface MarkerJunction {
  readonly kind: "and" | "or";
  readonly operands: readonly Marker[];
  /** Whether parentheses stood around it; they are kept when it is written. */
  readonly isParenthesized: boolean;
}

export type Marker = MarkerComparison | MarkerJunction;

/** What an interpreter and its machine say about themselves. */
export interface MarkerEnvironment {
  readonly implementation_name: string;
  readonly implementation_version: string;
  readonly os_name: string;
  readonly platform_machine: string;
  readonly platform_release: string;
  readonly platform_system: string;
  readonly platform_version: string;
  readonly python_full_version: string;
  readonly platform_python_implementation: string;
  readonly python_version: string;
  readonly sys_platform: string;
}

/** For comparisons that no environment decides, such as those with `extra`. */
export const NOWHERE: MarkerEnvironment = {
  implementation_name: "",
  implementation_version: "",
  os_name: "",
  platform_machine: "",
  platform_release: "",
  platform_system: "",
  platform_version: "",
  python_full_version: "",
  platform_python_implementation: "",
  python_version: "",
  sys_platform: "",
};
