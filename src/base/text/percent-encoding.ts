// Percent-encoding (RFC 3986, section 2.1) of parts of a URL, which users and indexes write.

/** Decodes a part of a URL; one that is not well-formed, such as a password with a lone "%", is meant as it is written. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
