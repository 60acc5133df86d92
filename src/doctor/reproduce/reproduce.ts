// A laboratory for one examination: a chain with the same algorithms, extensions and faults on fresh keys, a server's
// configuration, and how to ask it. The maintainers of a client or a server can see the failure without the network.

import { createAuthority, type MintedCertificate } from "../../lab/certificates/mint.ts";
import { PinionError, type ErrorCode } from "../../errors.ts";
import { isBrokenHash } from "../../x509/certificates/algorithms.ts";
import { tryParseCertificate, type Certificate } from "../../x509/certificates/certificate.ts";
import { readPem } from "../../x509/certificates/pem.ts";
import type { Examination } from "../examine/examination.ts";
import { nginxConfiguration, reproductionReadme, type ServerNeeds } from "./reproduce-files.ts";
import { remint } from "./remint.ts";

export interface ReproducedFile {
  readonly name: string;
  readonly content: string;
  /** Whether only its owner should read it. */
  readonly isSecret: boolean;
}

/**
 * Makes the files that reproduce what an examination saw.
 *
 * @throws `usage/invalid-argument` where files cannot reproduce it: a name server, a firewall, a crash
 */
export function reproduce(examination: Examination, time: Date = new Date()): readonly ReproducedFile[] {
  const material = materialFor(examination, time);
  const needs = needsOf(examination, material);
  const file = (name: string, content: string): ReproducedFile => ({ name, content, isSecret: false });
  return [
    file("README.md", reproductionReadme(examination, needs)),
    file("nginx.conf", nginxConfiguration(needs)),
    file("chain.pem", material.chain.join("")),
    ...(material.chain.length > 1 ? [file("intermediates.pem", material.chain.slice(1).join(""))] : []),
    { name: "key.pem", content: material.keyPem, isSecret: true },
    file("trusted.pem", material.trusted.join("") || EMPTY_BUNDLE),
    ...(material.left.length === 0 ? [] : [file("left-out.pem", material.left.join(""))]),
    ...(needs.kind === "client-certificate" ? [file("clients.pem", material.trusted.join(""))] : []),
  ];
}

interface Material {
  /** PEM, as the server sends them. */
  readonly chain: readonly string[];
  readonly keyPem: string;
  /** What the clients trust. */
  readonly trusted: readonly string[];
  /** What the server should send and does not. */
  readonly left: readonly string[];
  readonly differences: readonly string[];
}

function materialFor(examination: Examination, time: Date): Material {
  if (examination.chain.length > 0) return fromChain(examination, time);
  const { cause, target } = examination;
  if (cause === undefined || !WITHOUT_CHAIN.has(cause.code)) throw notReproducible(examination);
  const root = createAuthority("O=Pinion, CN=Laboratory Root");
  const leaf = root.issue(new URL(target.url).hostname.replace(/^\[|\]$/g, ""));
  return { chain: [leaf.pem], keyPem: leaf.keyPem, trusted: [root.pem], left: [], differences: [] };
}

function fromChain(examination: Examination, time: Date): Material {
  const { chain, path, cause } = examination;
  const sent = chain.map(({ pem }) => ({ pem, certificate: parse(pem) }));
  const links = (path?.links ?? []).flatMap(({ certificate, from }) => {
    const parsed = certificate === undefined ? undefined : parse(certificate.pem);
    return parsed === undefined ? [] : [{ from, certificate: parsed }];
  });
  const shown = sent.flatMap(({ certificate }) => certificate ?? []);
  const all = unique([...shown.slice(0, 1), ...links.map(({ certificate }) => certificate), ...shown]);
  const { certificates, differences: unlike } = remint(all.slice(0, MAX_MINTED), time);
  const left = all.length - certificates.size;
  const differences =
    left > 0 ? [...unlike, `certificates that stand in no path are sent as they were: ${left}`] : unlike;
  const minted = ({ fingerprint }: Certificate): MintedCertificate | undefined =>
    certificates.get(fingerprint);
  const leaf = sent[0]?.certificate;
  const key = leaf === undefined ? undefined : minted(leaf);
  if (key === undefined) throw notReproducible(examination);
  const from = (place: "trusted" | "fetched"): readonly string[] =>
    links.filter((link) => link.from === place).flatMap(({ certificate }) => minted(certificate)?.pem ?? []);
  const isEmpty = cause?.code === "tls/trust-source-unusable";
  const stranger = (): string => createAuthority("O=Pinion, CN=Some Other Root").pem;
  const trusted = from("trusted");
  return {
    // What cannot be read cannot be minted either, and is sent as it was.
    chain: sent.map(({ pem, certificate }) =>
      certificate === undefined ? pem : (minted(certificate)?.pem ?? pem),
    ),
    keyPem: key.keyPem,
    trusted: isEmpty ? [] : trusted.length > 0 ? trusted : [stranger()],
    left: from("fetched"),
    differences,
  };
}

function needsOf(examination: Examination, { differences, chain }: Material): ServerNeeds {
  const { cause, handshake, target } = examination;
  const { hostname } = new URL(target.url);
  const certificates = chain.flatMap((pem) => parse(pem) ?? []);
  return {
    kind: WITHOUT_CHAIN.get(cause?.code ?? "tls/expired") ?? "tls",
    host: hostname,
    protocols: handshake?.protocol === "TLSv1.2" ? "TLSv1.2" : "TLSv1.2 TLSv1.3",
    isWeak: certificates.some(isWeak),
    hasIntermediates: chain.length > 1,
    differences,
  };
}

/** What OpenSSL loads only at its security level 0. */
function isWeak({ publicKey, signatureAlgorithm }: Certificate): boolean {
  const { kind, bits } = publicKey;
  const isShort =
    kind === "rsa" || kind === "rsa-pss" || kind === "dsa" ? bits < 2048 : kind === "ec" && bits < 224;
  // OpenSSL counts a digest that it does not know as none.
  return isShort || signatureAlgorithm.keyKind === "other" || isBrokenHash(signatureAlgorithm.hash);
}

function unique(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

function parse(pem: string): Certificate | undefined {
  const [der] = readPem(Buffer.from(pem)).certificates;
  return der === undefined ? undefined : tryParseCertificate(der);
}

function notReproducible({ target, cause }: Examination): PinionError {
  const why =
    cause === undefined ? "nothing is wrong there" : `${cause.code} lies in the network, not in files`;
  return new PinionError("usage/invalid-argument", `Cannot reproduce \`${target.url}\`: ${why}`);
}

/** Failures before any certificate that only a server's configuration makes. */
const WITHOUT_CHAIN: ReadonlyMap<ErrorCode, ServerNeeds["kind"]> = new Map<ErrorCode, ServerNeeds["kind"]>([
  ["tls/protocol-version", "old-protocol"],
  ["tls/no-shared-cipher", "no-shared-cipher"],
  ["tls/plaintext-server", "plaintext"],
  ["tls/client-certificate-required", "client-certificate"],
]);
/** Each takes a key, whose making no signal interrupts; real paths have four. */
const MAX_MINTED = 12;
const EMPTY_BUNDLE = "There is no certificate in this file.\n";
