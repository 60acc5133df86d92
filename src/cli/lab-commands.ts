// Command lines to try against a shape that the laboratory serves.

import { shellWord } from "../base/text/shell-word.ts";
import type { ServedShape } from "../lab/servers/serve.ts";

/** Command lines of several programs for a POSIX shell, most telling first. */
export function labCommands({
  url,
  bundlePath,
  clientPath,
}: Pick<ServedShape, "url" | "bundlePath" | "clientPath">): readonly string[] {
  const { host, hostname } = new URL(url);
  const bundle = shellWord(bundlePath);
  const certificate = clientPath === undefined ? undefined : shellWord(clientPath);
  const client = (option: string) => (certificate === undefined ? "" : ` ${option}${certificate}`);
  const install = `--index-url ${url} --target ./lab greeter`;
  return [
    `pinion pip install --cert ${bundle}${client("--client-cert ")} ${install}`,
    `pinion doctor --cert ${bundle}${client("--client-cert ")} ${url}`,
    `SSL_CERT_FILE=${bundle}${client("SSL_CLIENT_CERT=")} uv pip install ${install}`,
    `pip install --cert ${bundle}${client("--client-cert ")} ${install}`,
    `curl --cacert ${bundle}${client("--cert ")} ${url}`,
    `openssl s_client -connect ${host} -servername ${hostname} -CAfile ${bundle}${client("-cert ")} </dev/null`,
  ];
}
