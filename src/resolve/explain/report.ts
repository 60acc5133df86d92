// A derivation as text: one line for each step, with references to steps that are used more than once.

import type { Conclusion, Derivation, Statement } from "./derivation.ts";
import { joined, phraseStatement, phraseStatements, phraseTerms } from "./phrases.ts";
import type { PhraseContext } from "./phrases.ts";

/** The lines of an explanation, joined; an empty line stands before a new chain of thought. */
export function reportDerivation(derivation: Derivation, context: PhraseContext): string {
  return derivation.kind === "conclusion"
    ? new Report(context).write(derivation)
    : phraseStatement(derivation, context);
}

/** Work that is left: explain a conclusion, number the last line, or write what follows from what was explained. */
type Task =
  | { readonly kind: "explain"; readonly conclusion: Conclusion }
  | { readonly kind: "number"; readonly conclusion: Conclusion }
  | {
      readonly kind: "after-first";
      readonly conclusion: Conclusion;
      readonly first: Conclusion;
      readonly second: Conclusion;
    }
  | { readonly kind: "line"; readonly text: string };

class Report {
  readonly #context: PhraseContext;
  readonly #lines: string[] = [];
  readonly #numbers = new Map<number, number>();
  /** A stack of our own: derivations can be deeper than the call stack. */
  readonly #tasks: Task[] = [];
  #lastNumber = 0;

  constructor(context: PhraseContext) {
    this.#context = context;
  }

  write(root: Conclusion): string {
    this.#tasks.push({ kind: "explain", conclusion: root });
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) this.#do(task);
    return this.#lines.join("\n");
  }

  #do(task: Task): void {
    switch (task.kind) {
      case "explain":
        this.#tasks.push({ kind: "number", conclusion: task.conclusion });
        this.#explain(task.conclusion);
        return;
      case "number": {
        const { sharedId } = task.conclusion;
        if (sharedId !== undefined && !this.#numbers.has(sharedId))
          this.#numbers.set(sharedId, this.#numberLine());
        return;
      }
      case "after-first":
        this.#explainSecond(task.conclusion, task.first, task.second);
        return;
      case "line":
        this.#lines.push(task.text);
    }
  }

  #explain(conclusion: Conclusion): void {
    const { first, second } = conclusion;
    const result = phraseTerms(conclusion.terms, this.#context);
    if (first.kind === "conclusion") {
      if (second.kind === "conclusion") this.#explainTwoConclusions(conclusion, first, second);
      else this.#explainMixed(first, second, result);
    } else if (second.kind === "conclusion") {
      this.#explainMixed(second, first, result);
    } else {
      this.#lines.push(concluded("Because", phraseStatements(first, second, this.#context), result));
    }
  }

  /** One cause is explained before, the other is a statement. */
  #explainMixed(cause: Conclusion, statement: Statement, result: string): void {
    const number = this.#numberOf(cause);
    if (number !== undefined) {
      const known = joined(
        this.#fromNumber(number, cause),
        " and ",
        phraseStatement(statement, this.#context),
      );
      this.#lines.push(concluded("Because", known, result));
      return;
    }
    // A statement inside the cause joins this line, and saves one.
    const [inner, innerStatement] = oneOfEach(cause);
    if (inner === undefined || innerStatement === undefined) {
      const words = phraseStatement(statement, this.#context);
      this.#tasks.push({ kind: "line", text: concluded("And because", words, result) });
      this.#tasks.push({ kind: "explain", conclusion: cause });
      return;
    }
    const words = phraseStatements(innerStatement, statement, this.#context);
    this.#tasks.push({ kind: "line", text: concluded("And because", words, result) });
    this.#tasks.push({ kind: "explain", conclusion: inner });
  }

  #explainTwoConclusions(conclusion: Conclusion, first: Conclusion, second: Conclusion): void {
    const [firstNumber, secondNumber] = [this.#numberOf(first), this.#numberOf(second)];
    const result = phraseTerms(conclusion.terms, this.#context);
    if (firstNumber !== undefined && secondNumber !== undefined) {
      const known = joined(
        this.#fromNumber(firstNumber, first),
        " and ",
        this.#fromNumber(secondNumber, second),
      );
      this.#lines.push(`Because ${joined(known, ", ", result)}.`);
    } else if (firstNumber !== undefined || secondNumber !== undefined) {
      const [number, explained, open] =
        firstNumber === undefined ? [secondNumber!, second, first] : [firstNumber, first, second];
      this.#tasks.push({
        kind: "line",
        text: concluded("And because", this.#fromNumber(number, explained), result),
      });
      this.#tasks.push({ kind: "explain", conclusion: open });
    } else {
      this.#tasks.push({ kind: "after-first", conclusion, first, second });
      this.#tasks.push({ kind: "explain", conclusion: first });
    }
  }

  #explainSecond(conclusion: Conclusion, first: Conclusion, second: Conclusion): void {
    if (first.sharedId !== undefined) {
      this.#lines.push("");
      this.#tasks.push({ kind: "explain", conclusion });
      return;
    }
    const number = this.#numberLine();
    this.#lines.push("");
    const result = phraseTerms(conclusion.terms, this.#context);
    this.#tasks.push({
      kind: "line",
      text: concluded("And because", this.#fromNumber(number, first), result),
    });
    this.#tasks.push({ kind: "explain", conclusion: second });
  }

  #numberOf(conclusion: Conclusion): number | undefined {
    return conclusion.sharedId === undefined ? undefined : this.#numbers.get(conclusion.sharedId);
  }

  #numberLine(): number {
    this.#lastNumber += 1;
    const last = this.#lines.pop() ?? "";
    this.#lines.push(`${last} (${this.#lastNumber})`);
    return this.#lastNumber;
  }

  #fromNumber(number: number, conclusion: Conclusion): string {
    return `we know from (${number}) that ${phraseTerms(conclusion.terms, this.#context)}`;
  }
}

function concluded(opening: string, reason: string, result: string): string {
  const sentence = `${opening} ${joined(reason, ", ", `we can conclude that ${result}`)}`;
  return sentence.endsWith("\n") ? sentence : `${sentence}.`;
}

/** The parts of a conclusion that follows from another conclusion and a statement. */
function oneOfEach({ first, second }: Conclusion): readonly [Conclusion?, Statement?] {
  if (first.kind === "conclusion" && second.kind !== "conclusion") return [first, second];
  if (second.kind === "conclusion" && first.kind !== "conclusion") return [second, first];
  return [];
}
