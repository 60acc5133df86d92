// An MCP host that starts a server from a requirement: what `uvx` does for desktop applications, in their own process, with
// their own proxies and certificates, progress, and errors that can be shown.
//
// node host.mjs REQUIREMENT MODULE

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createInstaller, findInterpreter, isPinionError } from "pinion";
import { loadTrust, writeChildTrust } from "pinion/tls";

const [requirement, module] = process.argv.slice(2);
const home = homedir();
const cacheDirectory = process.env.PINION_CACHE_DIR ?? join(home, ".cache", "pinion");
const installer = createInstaller({
  cacheDirectory,
  directory: process.cwd(),
  env: process.env,
  home,
  indexes: process.env.INDEX_URL && { defaultIndex: { value: process.env.INDEX_URL, origin: "INDEX_URL" } },
  onEvent: (event) => event.kind === "download-started" && console.error(`Downloading ${event.filename}`),
});
try {
  const python = await findInterpreter({ env: process.env, cwd: process.cwd() });
  const name = createHash("sha256").update(`${requirement} ${python.executable}`).digest("hex").slice(0, 16);
  const folder = join(cacheDirectory, "mcp-servers", name);
  const into = { kind: "directory", path: folder, target: python.target };
  const plan = await installer.plan({
    requirements: [{ kind: "text", text: requirement }],
    constraints: [],
    overrides: [],
    into,
  });
  // Nothing is done, and nothing asked of the network, where the folder satisfies the requirement.
  await installer.apply(plan);
  // The server trusts what the host trusts.
  const { env: trust } = await writeChildTrust(loadTrust({ env: process.env, home }), cacheDirectory);
  await talk(
    spawn(python.executable, ["-m", module], {
      env: { ...process.env, ...trust, PYTHONPATH: folder },
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
} catch (error) {
  if (!isPinionError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await installer.close();
}

/** The first exchange of the protocol: one line of JSON-RPC each way. */
async function talk(server) {
  const send = (message) => server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const client = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "host", version: "1" },
  };
  send({ id: 1, method: "initialize", params: client });
  for await (const line of createInterface({ input: server.stdout })) {
    const { id, result } = JSON.parse(line);
    if (id === 1) {
      console.log(`Connected to ${result.serverInfo.name} ${result.serverInfo.version}`);
      send({ method: "notifications/initialized" });
      send({ id: 2, method: "tools/list" });
    } else if (id === 2) {
      console.log(result.tools.map((tool) => tool.name).join("\n"));
      server.stdin.end();
    }
  }
}
