// A real nginx in front of an index of the laboratory: its configuration is what an administrator would write.

import { connect, createServer } from "node:net";
import { NGINX } from "./peers.ts";
import type { World } from "../support/world.ts";

export interface NginxOptions {
  readonly chainPem: string;
  readonly keyPem: string;
  readonly protocol: "TLSv1.2" | "TLSv1.3";
  /** Where it passes requests on to. */
  readonly upstream: string;
}

export interface RunningNginx {
  /** Of the Simple index. */
  readonly url: string;
  readonly port: number;
}

/** Starts nginx and resolves once it listens; it ends with the world. */
export async function startNginx(world: World, options: NginxOptions): Promise<RunningNginx> {
  const port = await freePort();
  const chain = world.write(`nginx-${port}/chain.pem`, options.chainPem);
  const key = world.write(`nginx-${port}/key.pem`, options.keyPem);
  const folder = chain.slice(0, -"/chain.pem".length);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n  ");
  const configuration = world.write(
    `nginx-${port}/nginx.conf`,
    `daemon off;
pid ${folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events {}
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port} ssl;
    server_name localhost;
    ssl_certificate ${chain};
    ssl_certificate_key ${key};
    ssl_protocols ${options.protocol};
    location / { proxy_pass ${options.upstream}; }
  }
}
`,
  );
  let said = "";
  const child = world.startProgram(NGINX ?? "nginx", ["-e", "stderr", "-p", folder, "-c", configuration]);
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  for (let attempt = 0; !(await isListening(port)); attempt += 1) {
    if (attempt > 100 || child.exitCode !== null) throw new Error(`nginx does not listen: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url: `https://localhost:${port}/simple/`, port };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
