// What other programs would make of a chain, were they given the same trusted certificates: the rules of
// `x509/clients`, and their verdicts put together for people.

import { groupBy } from "../../base/values/group-by.ts";
import { isPinionError } from "../../errors.ts";
import { excerpt } from "../../net/url.ts";
import { tryParseCertificate } from "../../x509/certificates/certificate.ts";
import { predictClients, type ConnectionFacts } from "../../x509/clients/clients.ts";
import type { ClientReport } from "./examination.ts";
import type { ChainFacts } from "./judge-chain.ts";

/** Asks the rules of every known client; nothing where there is no chain, or no trust, to judge by. */
export function reportClients(
  { sent, host, port, trust, time }: ChainFacts,
  connection: ConnectionFacts = {},
): readonly ClientReport[] {
  const [leaf, ...intermediates] = sent.map((der) => tryParseCertificate(der));
  if (leaf === undefined) return [];
  try {
    const readable = intermediates.flatMap((certificate) => certificate ?? []);
    return predictClients({
      leaf,
      intermediates: readable,
      anchors: trust.indexFor(host, port),
      host,
      time,
      connection,
    }).map(({ client, version, verdict, said }) => ({
      client,
      version,
      verdict,
      ...(said === "" ? {} : { said: excerpt(said) }),
    }));
  } catch (error) {
    if (isPinionError(error)) return [];
    throw error;
  }
}

/** Clients that say the same, together. */
export interface ClientGroup {
  readonly verdict: ClientReport["verdict"];
  /** `uv 0.8.4`, `curl 7.88`. */
  readonly clients: readonly string[];
  /** The releases that they were measured with, in the same order. */
  readonly versions: readonly string[];
  /** Absent where they accept. */
  readonly said?: string;
}

/** Groups the verdicts by their words, in the order of the clients, those that accept first. */
export function groupClients(reports: readonly ClientReport[]): readonly ClientGroup[] {
  const groups = groupBy(reports, ({ verdict, said = "" }) => `${verdict} ${said}`);
  const made = Array.from(groups.values(), (members): ClientGroup => {
    const [first] = members;
    const clients = members.map(({ client }) => shortName(client));
    return {
      verdict: first?.verdict ?? "accept",
      clients,
      versions: members.map(({ version }) => version),
      ...(first?.said === undefined ? {} : { said: first.said }),
    };
  });
  return made.toSorted((a, b) => Number(b.verdict === "accept") - Number(a.verdict === "accept"));
}

/** `curl-7.88 (OpenSSL 3.0)` as people say it: `curl 7.88`. */
function shortName(client: string): string {
  return client.replace(/ \(.*\)$/, "").replace(/^([a-z]+)-(?=\d)/, "$1 ");
}
