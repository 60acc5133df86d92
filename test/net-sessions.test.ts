// No TLS session outlives what it was verified under: Node calls a resumed one authorized under an empty store and a name
// that does not fit, so Pinion resumes none. Each row changes one thing between two connections to one server that hands
// out tickets.

import type { TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { startInspectingProxy } from "./support/loopback-proxies.ts";
import { openConnection, type ConnectOptions } from "../src/net/connections/connect.ts";
import { answer, startScript, tlsOptions } from "./support/scripted-server.ts";
import { loopbackLookup, trusting } from "./support/test-client.ts";

/** What differs in the last connection. */
type Change = Pick<Partial<ConnectOptions>, "trust" | "route"> & {
  readonly host?: string;
  /** Shows no client certificate. */
  readonly isStranger?: boolean;
};

const corp = createAuthority("Corp Root");
const clients = createAuthority("Clients");
const client = clients.issueClient("ada");
const clientCertificate = { id: "ada", cert: client.chainPem, key: client.keyPem };
const first: ConnectOptions = {
  trust: trusting(corp),
  clientCertificate,
  timeoutMs: 60_000,
  lookup: loopbackLookup,
};

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a session of %s", (version) => {
  test.each<[string, () => Promise<Change>, string]>([
    ["its trust", () => Promise.resolve({ trust: trusting() }), "tls/unknown-issuer"],
    ["its host", () => Promise.resolve({ host: "other.example" }), "tls/hostname-mismatch"],
    [
      "its client certificate",
      () => Promise.resolve({ isStranger: true }),
      "tls/client-certificate-required",
    ],
    [
      "its proxy",
      async () => {
        const proxy = await startInspectingProxy(createAuthority("O=Zscaler Inc., CN=Zscaler Root CA"));
        onTestFinished(() => proxy.close());
        return { route: { kind: "proxy", url: new URL(proxy.url), rule: "test" } };
      },
      "tls/tls-inspection",
    ],
  ])("does not outlive %s", async (_, change, code) => {
    const limits = { minVersion: version, maxVersion: version };
    const demand = { requestCert: true, rejectUnauthorized: true, ca: clients.pem };
    const tls = tlsOptions(corp.issue("pypi.example"), { ...limits, ...demand });
    await using server = await startScript(() => answer("x"), { tls });
    const endpoint = { host: "pypi.example", port: server.port, isTls: true };
    const ask = async (target: typeof endpoint, options: ConnectOptions): Promise<string> => {
      const { socket } = await openConnection(target, options);
      // Tickets of TLS 1.3 come after the handshake, and so does the verdict on a client.
      const said = await new Promise<string>((resolve) => {
        socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1").split("\r\n")[0] ?? ""));
        socket.once("close", () => resolve("closed"));
        socket.write("GET / HTTP/1.1\r\nHost: pypi.example\r\n\r\n");
      });
      // `null` where the handshake did not come to its end.
      expect((socket as TLSSocket).isSessionReused()).not.toBe(true);
      socket.destroy();
      return said;
    };
    expect(await ask(endpoint, first)).toBe("HTTP/1.1 200 OK");
    expect(await ask(endpoint, first)).toBe("HTTP/1.1 200 OK");

    const { host = endpoint.host, isStranger = false, ...changed }: Change = await change();
    const { clientCertificate: _certificate, ...stranger } = first;
    const options = { ...(isStranger ? stranger : first), ...changed };
    const isVerdictLate = code === "tls/client-certificate-required" && version === "TLSv1.3";
    if (isVerdictLate) expect(await ask({ ...endpoint, host }, options)).toBe("closed");
    else await expect(openConnection({ ...endpoint, host }, options)).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(2);
  });
});
