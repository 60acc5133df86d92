// Programs of the doctor's table of clients that registries have: Bun, Deno, libcurl with a new OpenSSL (in pycurl), and
// rustls-webpki by itself (`webpki-client` beside this file).

import { installedPeer } from "./programs.ts";
import type { AskedServer, TableClient } from "./table-clients.ts";

/** Those that are below the folder of peers: `bun/bin/bun`, `deno/bin/deno`, `pycurl/bin/python`, `webpki/bin/webpki-client`. */
export function furtherTableClients(peers: string): readonly TableClient[] {
  return [
    ...scripted({
      name: "curl-8.23 (OpenSSL 3.6)",
      program: installedPeer(peers, "pycurl", "python"),
      version: ["-c", "import pycurl; print(pycurl.version)"],
      run: [],
      script: { name: "client.py", text: CURL_CLIENT },
    }),
    ...scripted({
      name: "bun-1.4 (BoringSSL)",
      program: installedPeer(peers, "bun", "bun"),
      version: ["--version"],
      run: ["run"],
      script: { name: "client.mjs", text: BUN_CLIENT },
    }),
    ...scripted({
      name: "deno-2.9 (rustls 0.23.40 + aws-lc-rs, as uv 0.11 and later)",
      program: installedPeer(peers, "deno", "deno"),
      version: ["--version"],
      run: ["run", "--quiet", "--no-config", "--allow-all"],
      script: { name: "client.mjs", text: DENO_CLIENT },
    }),
    ...webpkiClient(peers),
  ];
}

/** A library: it is asked about the chain that a server would send, and about nothing else. */
function webpkiClient(peers: string): readonly TableClient[] {
  const program = installedPeer(peers, "webpki", "webpki-client");
  if (program === undefined) return [];
  return [
    {
      name: "rustls-webpki 0.103 + ring (as uv before 0.11)",
      version: [program, "--version"],
      ask: (world, { bundle, chain }: AskedServer) => {
        if (chain === undefined) throw new TypeError("this server does not say which chain it sends");
        return world.program(program, [bundle, chain, "localhost"]);
      },
    },
  ];
}

function scripted(client: {
  readonly name: string;
  readonly program: string | undefined;
  readonly version: readonly string[];
  readonly run: readonly string[];
  readonly script: { readonly name: string; readonly text: string };
}): readonly TableClient[] {
  const { name, program, version, run, script } = client;
  if (program === undefined) return [];
  return [
    {
      name,
      version: [program, ...version],
      ask: (world, { port, bundle, client: shown = "" }: AskedServer) => {
        const [folder = ""] = name.split("-");
        const path = world.write(`${folder}/${script.name}`, script.text);
        const url = `https://localhost:${port}/simple/tiny/`;
        return world.program(program, [...run, path, url, bundle, shown], { timeoutMs: PATIENT_MS });
      },
    },
  ];
}

const CURL_CLIENT = `
import io, pycurl, sys

url, bundle, client = sys.argv[1:]
curl = pycurl.Curl()
curl.setopt(pycurl.URL, url)
curl.setopt(pycurl.CAINFO, bundle)
curl.setopt(pycurl.TIMEOUT, 20)
curl.setopt(pycurl.WRITEDATA, io.BytesIO())
if client:
    curl.setopt(pycurl.SSLCERT, client)
try:
    curl.perform()
except pycurl.error as error:
    sys.exit(f"curl: ({error.args[0]}) {error.args[1]}")
status = curl.getinfo(pycurl.RESPONSE_CODE)
if status != 200:
    sys.exit(f"status {status}")
`;
const BUN_CLIENT = `
import { readFileSync } from "node:fs";

const [url, bundle, client] = process.argv.slice(2);
const shown = client === "" ? {} : { cert: readFileSync(client, "utf8"), key: readFileSync(client, "utf8") };
try {
  const answer = await fetch(url, { tls: { ca: readFileSync(bundle, "utf8"), ...shown } });
  if (answer.status !== 200) throw new Error("status " + answer.status);
} catch (error) {
  console.error(error.code ?? "", error.message);
  process.exit(1);
}
`;
const DENO_CLIENT = `
const [url, bundle, file] = Deno.args;
const shown = file === "" ? {} : { cert: Deno.readTextFileSync(file), key: Deno.readTextFileSync(file) };
const client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(bundle)], ...shown });
try {
  const answer = await fetch(url, { client });
  if (answer.status !== 200) throw new Error("status " + answer.status);
} catch (error) {
  console.error(error.message, error.cause?.message ?? "");
  Deno.exit(1);
}
client.close();
`;
const PATIENT_MS = 180_000;
