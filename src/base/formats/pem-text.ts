// PEM text where a path is expected: people put the content of a secret into the variable that names a file.

/** What PEM text holds; undefined for any other text. */
export function pemKind(text: string): "certificate" | "key" | undefined {
  const labels = Array.from(text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g), ([, label = ""]) => label);
  if (labels.length === 0) return undefined;
  // Parameters of a curve may stand before the key.
  const first = labels.find((label) => label.endsWith("PRIVATE KEY") || label.endsWith("CERTIFICATE"));
  return first?.endsWith("PRIVATE KEY") === true ? "key" : "certificate";
}

/** A path for a message: never PEM, and never longer than {@link MAX_SHOWN_LENGTH}. */
export function shownPath(path: string): string {
  if (pemKind(path) !== undefined) return "[PEM text]";
  return path.length <= MAX_SHOWN_LENGTH ? path : `[${path.length} characters]`;
}

/** Longer values are not paths that a person would recognise, but may be a secret. */
const MAX_SHOWN_LENGTH = 200;
