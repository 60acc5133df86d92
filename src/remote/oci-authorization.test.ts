import { describe, expect, test } from "vitest";

import type { Exchanger, FetchAnswer, FetchRequest } from "./exchange.ts";
import { OciAuthorization } from "./oci-authorization.ts";

interface Sent {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A registry that challenges every request without a token, and a token service that has one for all. */
function registryWith(realm: string): { readonly exchanger: Exchanger; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const note = ({ url, headers }: Pick<FetchRequest, "url" | "headers">): string | undefined => {
    const authorization = headers?.["authorization"];
    sent.push({ url: url.href, authorization });
    return authorization;
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const answer = (status: number, headers: Readonly<Record<string, string>>): FetchAnswer => ({
    status,
    headers,
    pour: nothing,
    discard: nothing,
  });
  return {
    sent,
    exchanger: {
      fetch: (request) => {
        const isKnown = note(request) === "Bearer t0ken";
        const challenge = { "www-authenticate": `Bearer realm="${realm}",service="reg",scope="pull"` };
        return Promise.resolve(isKnown ? answer(200, {}) : answer(401, challenge));
      },
      sendForText: (request) => {
        note(request);
        return Promise.resolve({ status: 200, headers: {}, text: '{"token":"t0ken"}' });
      },
      close: () => undefined,
    },
  };
}

async function ask(registry: string, realm: string): Promise<readonly Sent[]> {
  const { exchanger, sent } = registryWith(realm);
  const basic = (): string => "Basic ours";
  const authorization = new OciAuthorization({ exchanger, basic, registry: new URL(registry) });
  const request = {
    method: "GET" as const,
    url: new URL("/v2/x", registry),
    signal: new AbortController().signal,
  };
  await authorization.fetch(request).catch((error: unknown) => {
    expect(error).toMatchObject({ code: "cache/remote" });
  });
  return sent;
}

describe("the token service that a registry names", () => {
  // Promise: credentials for a shared cache never leave over a line that others can read
  // Attack: the registry, or a box on the way, names a token service over plain HTTP
  test.each([
    "http://tokens.example/token",
    "http://registry.example/token",
    "file:///etc/passwd",
    "not a URL",
  ])("is not asked at %s", async (realm) => {
    expect(await ask("https://registry.example/", realm)).toEqual([
      { url: "https://registry.example/v2/x", authorization: undefined },
    ]);
  });

  test.each([
    ["https://registry.example/", "https://tokens.example/token"],
    ["http://127.0.0.1:5000/", "http://127.0.0.1:5000/token"],
  ])(
    "of %s is asked at %s with the registry's own credentials, and the registry gets the token only",
    async (registry, realm) => {
      expect(await ask(registry, realm)).toEqual([
        { url: new URL("/v2/x", registry).href, authorization: undefined },
        { url: `${realm}?service=reg&scope=pull`, authorization: "Basic ours" },
        { url: new URL("/v2/x", registry).href, authorization: "Bearer t0ken" },
      ]);
    },
  );
});
