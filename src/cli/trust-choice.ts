// Which certificate of a chain a person chooses to trust: nothing without a clear yes.

/** What each certificate of a chain stands for, the server's own first. */
export function choiceWords(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) =>
    at === 0
      ? "trusts this certificate only, until the server gets another one"
      : "trusts everything that this CA issues for this host",
  );
}

/** The question that goes with them. */
export function choiceQuestion(count: number): string {
  const range = count > 2 ? `2 to ${count}` : "2";
  const others = count > 1 ? `, ${range} for a CA` : "";
  return `Trust the server's certificate for this host only? [y/N${others}] `;
}

/** The position that an answer chooses, from 0; undefined for none, which is also what an empty answer means. */
export function parseChoice(answer: string, count: number): number | undefined {
  const word = answer.trim().toLowerCase();
  if (word === "y" || word === "yes") return 0;
  const number = /^\d{1,3}$/.test(word) ? Number(word) : 0;
  return number >= 1 && number <= count ? number - 1 : undefined;
}
