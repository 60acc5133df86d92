// `pinion trust add | list | remove`: certificates that are trusted for one host and port only, instead of switching
// verification off for it.

import { createInterface } from "node:readline/promises";

import type { Connections } from "../../api/network.ts";
import { hostTrustFile } from "../../api/host-trust-file.ts";
import { formatHostPort } from "../../base/text/host-port.ts";
import { formatDay } from "../../base/values/instant.ts";
import { PinionError } from "../../errors.ts";
import { endpointOf, type Endpoint } from "../../net/url.ts";
import { choiceQuestion, choiceWords, parseChoice } from "../trust-choice.ts";
import { readHostAnchors, removeHostAnchors } from "../../trust/host-anchors.ts";
import { trustForHost } from "../../trust/trust-for-host.ts";
import { formatName, parseCertificate, type Certificate } from "../../x509/certificates/certificate.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { installerOptions } from "../requests/installer-options.ts";
import { formatTable } from "../screen/text.ts";
import { withConnections } from "../with-connections.ts";
import { invalidValue } from "../../settings/values/invalid-argument.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  switch (context.words.at(-1) ?? "") {
    case "add":
      return await withConnections(context, (connections) => add(context, connections));
    case "remove":
      return await remove(context);
    default:
      return list(context);
  }
}

async function add(context: CommandContext, { trust, observe }: Connections): Promise<ExitCode> {
  const { output } = context;
  const endpoint = parseTarget(context.arguments[0] ?? "");
  const url = new URL(`https://${formatHostPort(endpoint.host, endpoint.port)}/`);
  const observation = await observe(url, context.signal);
  const chain = observation.chain.map((der) => parseCertificate(der));
  if (chain.length === 0) {
    const cause =
      observation.outcome.kind === "unreachable" || observation.outcome.kind === "failed"
        ? observation.outcome.error
        : undefined;
    throw new PinionError(
      "tls/handshake-failed",
      `\`${formatHostPort(endpoint.host, endpoint.port)}\` showed no certificate`,
      {
        details: { host: endpoint.host, port: endpoint.port },
        hints: [{ kind: "examine", url: formatHostPort(endpoint.host, endpoint.port), what: "answer" }],
        cause,
      },
    );
  }
  output.status(`\`${formatHostPort(endpoint.host, endpoint.port)}\` shows this chain:\n`);
  const words = choiceWords(chain.length);
  chain.forEach((certificate, at) => output.status(describe(certificate, at + 1, words[at] ?? "")));
  const chosen = await choose(chain, context);
  if (chosen === undefined) {
    output.status("Nothing was trusted");
    return 1;
  }
  const anchor = await trustForHost(trustFileOf(context), chosen.der, {
    host: endpoint.host,
    port: endpoint.port,
    sent: observation.chain,
    store: trust,
  });
  output.status(
    `Trusted for ${formatHostPort(anchor.host, anchor.port)} only: ${anchor.subject} (sha256:${anchor.fingerprint})`,
  );
  if (output.isJson) output.json(anchor);
  return 0;
}

/** The certificate that is to be trusted: named by its fingerprint, or chosen on the terminal. */
async function choose(
  chain: readonly Certificate[],
  context: CommandContext,
): Promise<Certificate | undefined> {
  const named = textOption(context, "fingerprint");
  if (named !== undefined) return byFingerprint(chain, named);
  if (!process.stdin.isTTY || !context.output.stderr.isTerminal) {
    throw new PinionError(
      "usage/invalid-argument",
      "Without a terminal, the certificate to trust must be named: `--fingerprint sha256:…`",
      {
        hints: [
          "Compare the fingerprint with the one that the server's administrator gives you; do not rely on this output",
        ],
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // During a question, Ctrl-C is a character for the terminal.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    context.output.status("Compare the fingerprints with those that the server's administrator gives you.");
    const answer = await terminal.question(choiceQuestion(chain.length), { signal: context.signal });
    const position = parseChoice(answer, chain.length);
    return position === undefined ? undefined : chain[position];
  } catch (error) {
    // Ctrl-D, without an answer.
    if (error instanceof Error && error.name === "AbortError" && !context.signal.aborted) return undefined;
    throw error;
  } finally {
    terminal.close();
  }
}

function byFingerprint(chain: readonly Certificate[], text: string): Certificate {
  const wanted = hexadecimalOf(text);
  const found = chain.find(
    ({ fingerprint, publicKey }) => fingerprint === wanted || publicKey.fingerprint === wanted,
  );
  if (found !== undefined) return found;
  throw new PinionError(
    "tls/unknown-issuer",
    `The server shows no certificate with the fingerprint \`${text}\``,
    {
      details: { wanted, shown: chain.map(({ fingerprint }) => fingerprint) },
      hints: ["The connection may be intercepted; ask its administrator for the fingerprint"],
    },
  );
}

/** Of a fingerprint, as people copy it: `sha256:AB:CD…`. */
function hexadecimalOf(fingerprint: string): string {
  return fingerprint
    .replace(/^sha256:/i, "")
    .replaceAll(":", "")
    .toLowerCase();
}

function describe(certificate: Certificate, number: number, choice: string): string {
  return [
    `  ${number}. ${formatName(certificate.subject)}`,
    `     issued by   ${formatName(certificate.issuer)}`,
    `     valid       ${formatDay(certificate.notBefore)} to ${formatDay(certificate.notAfter)}`,
    `     certificate sha256:${certificate.fingerprint}`,
    `     key         sha256:${certificate.publicKey.fingerprint} (${certificate.publicKey.algorithm})`,
    `     ${number === 1 ? "y or 1" : `${number}     `}      ${choice}\n`,
  ].join("\n");
}

function list(context: CommandContext): ExitCode {
  const { output } = context;
  const anchors = readHostAnchors(trustFileOf(context));
  if (output.isJson) output.json(anchors);
  else if (anchors.length === 0) output.status("No certificate is trusted for a single host");
  else {
    const rows = anchors.map(({ host, port, subject, fingerprint, added }) => [
      formatHostPort(host, port),
      subject,
      added.slice(0, 10),
      `sha256:${fingerprint}`,
    ]);
    output.result(
      formatTable(["Host", "Certificate", "Added", "Fingerprint"], rows, { width: output.resultWidth }),
    );
  }
  return 0;
}

async function remove(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const { host, port } = parseTarget(context.arguments[0] ?? "");
  const named = textOption(context, "fingerprint");
  const fingerprint = named === undefined ? undefined : hexadecimalOf(named);
  const removed = await removeHostAnchors(trustFileOf(context), {
    host,
    port,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  });
  if (output.isJson) output.json(removed);
  for (const anchor of removed)
    output.status(`No longer trusted for ${formatHostPort(host, port)}: ${anchor.subject}`);
  if (removed.length > 0) return 0;
  output.warn(`Nothing is trusted only for ${formatHostPort(host, port)}`);
  return 1;
}

function trustFileOf(context: CommandContext): string {
  return installerOptions(context, () => undefined).trust?.hostTrustFile ?? hostTrustFile(context.home);
}

/** An https URL, or `HOST[:PORT]`. */
function parseTarget(text: string): Endpoint {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:" || url.hostname === "") {
    throw invalidValue(text, { option: "<url>", why: "expected an https URL or HOST[:PORT]" });
  }
  return endpointOf(url);
}
