// The words of a reproduction: a configuration that nginx starts with, and the commands that show the failure.

import { markdownCell, markdownCode, markdownText } from "../../base/formats/markdown.ts";
import { shellWord } from "../../base/text/shell-word.ts";
import type { Examination } from "../examine/examination.ts";
import { groupClients } from "../examine/other-clients.ts";

/** What a server needs to behave as the examined one. */
export interface ServerNeeds {
  readonly kind: "tls" | "old-protocol" | "no-shared-cipher" | "plaintext" | "client-certificate";
  /** The name that clients use. */
  readonly host: string;
  readonly protocols: string;
  /** Whether OpenSSL takes the certificates only at its security level 0. */
  readonly isWeak: boolean;
  /** Whether the server sends more than its own certificate. */
  readonly hasIntermediates: boolean;
  /** What could not be made the same. */
  readonly differences: readonly string[];
}

/** For `nginx -e stderr -p . -c nginx.conf`, by anybody: no path leads out of the folder. */
export function nginxConfiguration(needs: ServerNeeds): string {
  const { kind } = needs;
  const tls =
    kind === "plaintext"
      ? []
      : [
          "ssl_certificate chain.pem;",
          "ssl_certificate_key key.pem;",
          ...cipherLines(needs),
          ...(kind === "client-certificate"
            ? ["ssl_verify_client on;", "ssl_client_certificate clients.pem;"]
            : []),
        ];
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${name};`,
  );
  return `daemon off;
pid nginx.pid;
error_log stderr;
worker_processes 1;
events {}
http {
  access_log off;
  ${temporary.join("\n  ")}
  server {
    listen 127.0.0.1:${PORT}${kind === "plaintext" ? "" : " ssl"};
    ${[...tls, "default_type text/html;"].join("\n    ")}
    location / {
      return 200 '<!DOCTYPE html><title>Simple index</title><a href="/simple/nothing/">nothing</a>';
    }
  }
}
`;
}

/** Says what this is, how to start a server with it, and what should be seen. */
export function reproductionReadme(examination: Examination, needs: ServerNeeds): string {
  const { cause, clients } = examination;
  const { host, kind, differences } = needs;
  const url = `https://${host}:${PORT}/simple/`;
  const isLocal = host === "localhost" || host === "127.0.0.1";
  const bare = host.replace(/^\[|\]$/g, "");
  const seen =
    cause === undefined
      ? "All was well there."
      : `It was refused: \`${cause.code}\`, ${markdownText(cause.headline)}.`;
  const refusing = groupClients(clients).filter(({ verdict }) => verdict === "refuse");
  return `# A TLS server that can be tried

\`pinion doctor\` examined ${markdownCode(examination.target.url)} and made these files from what it saw. ${seen}

The keys are new. Names, extensions, algorithms and faults are those of the server; what was valid stays valid for ten
years.${differences.length === 0 ? "" : `\n\nNot the same:\n\n${differences.map((text) => `- ${markdownText(text)}`).join("\n")}`}

| file | |
| --- | --- |
| \`chain.pem\` | the certificates that the server sends, in the order in which it does |
| \`key.pem\` | the key of the first of them |
| \`trusted.pem\` | what the client trusts |
| \`nginx.conf\` | a server on 127.0.0.1:${PORT} |

## Start it

${startWords(kind)}

\`\`\`
${serverCommands(needs).join("\n")}
\`\`\`

## Ask it
${isLocal ? "" : `\nThe certificate is for ${markdownCode(bare)}: where a command has no option for the IP address, let ${markdownCode(bare)} be 127.0.0.1 (\`/etc/hosts\`).\n`}
\`\`\`
${askCommands(shellWord(url), shellWord(bare), isLocal).join("\n")}
\`\`\`

\`pinion doctor\` should say \`${cause?.code ?? "All is well"}\`.${
    refusing.length === 0
      ? ""
      : ` These are expected to refuse it, too:

| program | words |
| --- | --- |
${refusing.map(({ clients: names, said }) => `| ${names.join(", ")} | ${said === undefined ? "" : markdownCell(said)} |`).join("\n")}`
  }
`;
}

function cipherLines({ kind, protocols, isWeak }: ServerNeeds): readonly string[] {
  switch (kind) {
    case "old-protocol":
      return ["ssl_protocols TLSv1 TLSv1.1;", 'ssl_ciphers "ALL:@SECLEVEL=0";'];
    case "no-shared-cipher":
      return ["ssl_protocols TLSv1.2;", 'ssl_ciphers "eNULL:@SECLEVEL=0";'];
    case "tls":
    case "client-certificate":
    case "plaintext":
      return [`ssl_protocols ${protocols};`, ...(isWeak ? ['ssl_ciphers "DEFAULT:@SECLEVEL=0";'] : [])];
  }
}

function startWords(kind: ServerNeeds["kind"]): string {
  return kind === "client-certificate"
    ? "With OpenSSL; nginx answers a client without a certificate with a page (400) instead of an alert:"
    : "With nginx, or with OpenSSL:";
}

function serverCommands({ kind, isWeak, protocols, hasIntermediates }: ServerNeeds): readonly string[] {
  const nginx = 'nginx -e stderr -p "$PWD" -c "$PWD/nginx.conf"';
  const base = `openssl s_server -accept 127.0.0.1:${PORT} -www -key key.pem -cert chain.pem${hasIntermediates ? " -cert_chain intermediates.pem" : ""}`;
  switch (kind) {
    case "tls":
      return [
        nginx,
        `${base}${isWeak ? " -cipher DEFAULT:@SECLEVEL=0" : ""}${protocols === "TLSv1.2" ? " -tls1_2" : ""}`,
      ];
    case "client-certificate":
      return [`${base} -Verify 1 -verify_return_error -CAfile clients.pem`];
    case "old-protocol":
      return [nginx, `${base} -tls1_1 -cipher ALL:@SECLEVEL=0`];
    case "no-shared-cipher":
      return [nginx, `${base} -tls1_2 -cipher eNULL:@SECLEVEL=0`];
    case "plaintext":
      return [nginx];
  }
}

function askCommands(url: string, host: string, isLocal: boolean): readonly string[] {
  const resolve = isLocal ? "" : ` --resolve ${host}:${PORT}:127.0.0.1`;
  const sni = /^[\d.]+$|:/.test(host) ? "" : ` -servername ${host} -verify_hostname ${host}`;
  return [
    `pinion doctor --cert trusted.pem ${url}`,
    `curl --cacert trusted.pem${resolve} ${url}`,
    `openssl s_client -connect 127.0.0.1:${PORT}${sni} -CAfile trusted.pem -verify_return_error </dev/null`,
    `SSL_CERT_FILE=trusted.pem uv pip install --dry-run --target ./x --index-url ${url} nothing`,
    `pip download --cert trusted.pem --index-url ${url} nothing`,
  ];
}

/** Free on most machines, and above those that only root may use. */
const PORT = 8443;
