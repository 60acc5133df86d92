import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { createAuthority } from "../lab/mint.ts";
import { parseCertificate, type Certificate } from "./certificate.ts";
import { CLIENTS, predictClients } from "./clients.ts";
import { indexAnchors } from "./path.ts";
import { readPem } from "./pem.ts";

interface MatrixCase {
  readonly id: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly expected_peer_name: { readonly value: string };
  readonly clients: Readonly<Record<string, { readonly verdict: string; readonly said: string }>>;
}

const matrix: { readonly cases: readonly MatrixCase[] } = JSON.parse(
  readFileSync(new URL("../../test/client-matrix/chains-and-verdicts.json", import.meta.url), "utf8"),
);
const all = (pems: readonly string[]): readonly Certificate[] =>
  pems.flatMap((pem) => readPem(Buffer.from(pem)).certificates.map((der) => parseCertificate(der)));
const predictions = matrix.cases.map((matrixCase) => {
  const leaf = all([matrixCase.peer_certificate])[0]!;
  return {
    matrixCase,
    predicted: predictClients({
      leaf,
      intermediates: all(matrixCase.untrusted_intermediates),
      anchors: indexAnchors(all(matrixCase.trusted_certs)),
      host: matrixCase.expected_peer_name.value,
      // The chains were made to be valid on the day they were tried.
      time: new Date(leaf.notBefore.getTime() + 60_000),
    }),
  };
});

/** Seen with the real programs, beyond the matrix (Node 20.20, curl 7.88, OpenSSL 3.0.19, Python 3.11, uv 0.13.9). */
describe("predictClients, beyond the matrix", () => {
  const root = createAuthority("CN=Root");
  const issuing = root.intermediate("CN=Issuing CA");
  const told = (leaf: Certificate, anchor: Uint8Array): ReadonlyMap<string, string> =>
    new Map(
      predictClients({
        leaf,
        intermediates: [parseCertificate(issuing.der)],
        anchors: indexAnchors([parseCertificate(anchor)]),
        host: "localhost",
        time: new Date(),
      }).map(({ client, verdict, said }) => [client, verdict === "accept" ? "accept" : said]),
    );

  it("takes a name with a final dot for Node and curl only", () => {
    const verdicts = told(
      parseCertificate(issuing.issue("localhost", { names: ["localhost."] }).der),
      root.der,
    );
    for (const client of ["node-20 (OpenSSL 3.0)", "node-26", "curl-7.88 (OpenSSL 3.0)"])
      expect([client, verdicts.get(client)]).toEqual([client, "accept"]);
    for (const client of ["pip-26.3", "uv-0.13.9", "go-1.27"])
      expect([client, verdicts.get(client)]).not.toEqual([client, "accept"]);
  });

  it("says that an issuer is missing, not a local one, where an intermediate is all that is trusted", () => {
    const verdicts = told(parseCertificate(issuing.issue("localhost").der), issuing.der);
    expect(verdicts.get("node-20 (OpenSSL 3.0)")).toBe(
      "UNABLE_TO_GET_ISSUER_CERT unable to get issuer certificate",
    );
    expect(verdicts.get("openssl-3.0 s_client")).toBe("verify error: unable to get issuer certificate");
    expect(verdicts.get("python-3.11 ssl (as pip)")).toContain("unable to get issuer certificate");
    expect(verdicts.get("uv-0.13.9")).toBe("accept");
  });
});

describe("predictClients", () => {
  const names = [...new Set(matrix.cases.flatMap(({ clients }) => Object.keys(clients)))];

  it("knows every client that was measured", () => {
    expect(names.filter((name) => !CLIENTS.some((client) => client.name === name))).toEqual([]);
  });

  it.each(names)("says of every chain what %s says", (name) => {
    const wrong = predictions.flatMap(({ matrixCase, predicted }) => {
      const measured = matrixCase.clients[name];
      const own = predicted.find(({ client }) => client === name);
      return measured === undefined || own?.verdict === measured.verdict.toLowerCase()
        ? []
        : [
            `${matrixCase.id}: ${own?.verdict} (${own?.said}); measured: ${measured.verdict} (${measured.said.slice(0, 80)})`,
          ];
    });
    expect(wrong).toEqual([]);
  });
});
