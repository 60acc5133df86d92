import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { certificatesOf, furtherChains } from "../../../test/client-matrix/further-chains.ts";
import { createAuthority } from "../../lab/certificates/mint.ts";
import { parseCertificate, type Certificate } from "../certificates/certificate.ts";
import { CLIENT_VERSIONS } from "./client-versions.ts";
import { HANDSHAKE_ALERT, opensslServerKey } from "./client-links.ts";
import { CLIENTS, predictClients } from "./clients.ts";
import { indexAnchors } from "../rules/path.ts";
import { readPem } from "../certificates/pem.ts";

interface MatrixCase {
  readonly id: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly expected_peer_name: { readonly value: string };
  readonly clients: Readonly<Record<string, { readonly verdict: string; readonly said: string }>>;
}

const matrix: { readonly cases: readonly MatrixCase[] } = JSON.parse(
  readFileSync(new URL("../../../test/client-matrix/chains-and-verdicts.json", import.meta.url), "utf8"),
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

/** Measured with the versions that `further-chains.json` names; `test/peers/client-table.test.ts` asks them again. */
describe("predictClients, beyond the matrix", () => {
  it.each(furtherChains.cases)("says of $id what the programs said", (chain) => {
    const predicted = predictClients({
      leaf: certificatesOf([chain.peer_certificate])[0]!,
      intermediates: certificatesOf(chain.untrusted_intermediates),
      anchors: indexAnchors(certificatesOf(chain.trusted_certs)),
      host: "localhost",
      time: new Date("2026-12-01T00:00:00Z"),
    });
    expect(verdictsOf(predicted, chain.clients)).toEqual(
      verdictsOf(measuredOf(chain.clients), chain.clients),
    );
  });

  it("gives the reasons that OpenSSL's clients print", () => {
    const chain = furtherChains.cases.find(({ id }) => id === "anchor/intermediate only")!;
    const said = new Map(
      predictClients({
        leaf: certificatesOf([chain.peer_certificate])[0]!,
        intermediates: certificatesOf(chain.untrusted_intermediates),
        anchors: indexAnchors(certificatesOf(chain.trusted_certs)),
        host: "localhost",
        time: new Date("2026-12-01T00:00:00Z"),
      }).map(({ client, said: words }) => [client, words]),
    );
    expect(said.get("node-20 (OpenSSL 3.0)")).toBe(
      "UNABLE_TO_GET_ISSUER_CERT unable to get issuer certificate",
    );
    expect(said.get("openssl-3.0 s_client")).toBe("verify error: unable to get issuer certificate");
  });

  it.each(["lacksSecureRenegotiation", "demandsLateCertificate"] as const)(
    "says of a server that %s what the programs said, and nothing of those that were not asked",
    (fact) => {
      const root = createAuthority("CN=Root");
      const question = {
        leaf: parseCertificate(root.issue("localhost").der),
        intermediates: [],
        anchors: indexAnchors([parseCertificate(root.der)]),
        host: "localhost",
        time: new Date(),
      };
      const measured = furtherChains.servers[fact];
      const predicted = predictClients({ ...question, connection: { [fact]: true } });
      expect(verdictsOf(predicted, measured)).toEqual(verdictsOf(measuredOf(measured), measured));
      // A library makes no connection: nothing is said of it.
      expect(predicted.some(({ client }) => client.startsWith("rustls-webpki"))).toBe(false);
      expect(predicted.every(({ client }) => client in measured)).toBe(true);
      expect(predictClients(question).every(({ verdict }) => verdict === "accept")).toBe(true);
    },
  );
});

type Verdicts = readonly { readonly client: string; readonly verdict: string }[];

function measuredOf(clients: Readonly<Record<string, { readonly verdict: string }>>): Verdicts {
  return Object.entries(clients).map(([client, { verdict }]) => ({ client, verdict }));
}

/** By client, of those that were measured. */
function verdictsOf(verdicts: Verdicts, measured: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    verdicts.filter(({ client }) => client in measured).map(({ client, verdict }) => [client, verdict]),
  );
}

describe("the table of clients", () => {
  const { versions, cases, servers } = furtherChains;
  const names = CLIENTS.map(({ name }) => name);

  it("has no client that was not measured on every chain", () => {
    expect(Object.keys(versions).toSorted()).toEqual(names.toSorted());
    for (const { id, clients } of [...cases, ...matrix.cases])
      expect([id, Object.keys(clients).toSorted()]).toEqual([id, names.toSorted()]);
    for (const measured of Object.values(servers))
      expect(Object.keys(measured).filter((name) => !names.includes(name))).toEqual([]);
  });

  it("names the release that each was measured with", () => {
    expect(Object.keys(CLIENT_VERSIONS)).toEqual(expect.arrayContaining(names));
    for (const name of names) {
      const numbers = CLIENT_VERSIONS[name]?.match(/\d+\.[\d.]+/g) ?? [];
      expect(numbers.length, name).toBeGreaterThan(0);
      for (const number of numbers) expect(versions[name]).toContain(number);
    }
  });
});

describe("opensslServerKey()", () => {
  const key = { ...parseCertificate(createAuthority("CN=Root").issue("localhost").der).publicKey };

  // Measured with a server of OpenSSL 3.5.8: OpenSSL 3.0 is not offered such a key, 3.5 and 3.6 are.
  it.each([
    ["P-521", "accept", "accept"],
    ["brainpoolP384r1", HANDSHAKE_ALERT, "accept"],
    ["secp256k1", HANDSHAKE_ALERT, HANDSHAKE_ALERT],
  ])("of %s", (curve, old, current) => {
    const said = (version: "3.0" | "3.5"): string =>
      opensslServerKey({ version, minimumRsaBits: 2048 })({ ...key, kind: "ec", curve }) ?? "accept";
    expect([said("3.0"), said("3.5")]).toEqual([old, current]);
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
