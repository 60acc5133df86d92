import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

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
