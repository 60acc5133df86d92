// The challenges of a `Proxy-Authenticate` header (RFC 9110 section 11.3): schemes, and the token that some carry.

/** The authentication schemes of a challenge header, lower case, in order, each once. */
export function schemesOf(header: string | undefined): readonly string[] {
  return [...proxyChallenges(header).keys()];
}

/** The schemes with their tokens (token68), empty where a challenge has none or has parameters instead. */
export function proxyChallenges(header: string | undefined): ReadonlyMap<string, string> {
  const text = (header ?? "").slice(0, MAX_CHALLENGE_LENGTH).replace(/"(?:[^"\\]|\\.)*"?/g, '""');
  // A scheme is a token that is followed by a blank, the end, or a comma, and never by "=": those are parameters.
  const found = text.matchAll(
    /(?:^|,)\s*([a-z][a-z0-9-]*)(?=\s+[^=\s,]|\s*(?:,|$))(?:\s+([a-z0-9\-._~+/]+=*)(?=\s*(?:,|$)))?/gi,
  );
  const challenges = new Map<string, string>();
  for (const [, scheme = "", token = ""] of found) {
    const name = scheme.toLowerCase();
    // A proxy may repeat a scheme; the challenge with a token is the one that goes on.
    if ((challenges.get(name) ?? "") === "") challenges.set(name, token);
  }
  return challenges;
}

// NTLM's challenges have a few hundred bytes, Kerberos' tickets with many groups some 12,000.
const MAX_CHALLENGE_LENGTH = 32 * 1024;
