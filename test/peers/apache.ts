// A real Apache that demands the client certificate for one path only, after the first handshake.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeWheel } from "../../src/lab/index/make-wheel.ts";
import { findProgram } from "../support/world.ts";
import type { World } from "../support/world.ts";
import { freePort, startListening } from "./listening.ts";

export const APACHE: string | undefined = findProgram("apache2");

export interface RunningApache {
  readonly port: number;
  /** Of the Simple index, which the certificate is demanded for. */
  readonly url: string;
  /** PEM: what a client has to trust, and what it has to show. */
  readonly bundle: string;
  readonly client: string;
}

/** Starts Apache; `protocols` is what `SSLProtocol` gets. It ends with the world. */
export async function startApache(world: World, protocols: string): Promise<RunningApache> {
  const root = world.authority("Corp Root");
  const clients = world.authority("Clients");
  const wheel = makeWheel({ name: "tiny", version: "1.0" });
  const server = root.issue("localhost");
  const client = clients.issueClient("ada");
  const port = await freePort();
  const folder = join(world.directory, "apache");
  mkdirSync(join(folder, "htdocs", "simple", "tiny"), { recursive: true });
  writeFileSync(join(folder, "htdocs", "simple", "tiny", "index.html"), PAGE);
  writeFileSync(join(folder, "htdocs", "simple", "tiny", "tiny-1.0-py3-none-any.whl"), wheel.bytes);
  const path = (name: string, text: string): string => world.write(`apache/${name}`, text);
  const configuration = path(
    "apache.conf",
    `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${MODULE_NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join("\n")}
Mutex pthread
TypesConfig /dev/null
DocumentRoot ${folder}/htdocs
DirectoryIndex index.html
SSLSessionCache none
SSLEngine on
SSLProtocol ${protocols}
SSLCertificateFile ${path("server.pem", server.chainPem)}
SSLCertificateKeyFile ${path("server.key", server.keyPem)}
SSLCACertificateFile ${path("clients.pem", clients.pem)}
AddType text/html .html
<Location /simple>
  SSLVerifyClient require
</Location>
`,
  );
  await startListening(world, [APACHE ?? "apache2", "-X", "-f", configuration], port);
  return {
    port,
    url: `https://localhost:${port}/simple/`,
    bundle: root.writePem(),
    client: world.write("client.pem", client.chainPem + client.keyPem),
  };
}

const MODULES = "/usr/lib/apache2/modules";
const MODULE_NAMES = ["mpm_event", "authz_core", "dir", "mime", "socache_shmcb", "ssl"];
const PAGE =
  '<!DOCTYPE html><title>Links for tiny</title><a href="tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>';
