// Who sees the client certificate that is set for all indexes: the origins of indexes and of URLs that were given
// outright. Where a redirect or a page leads is chosen by a server.

import { createServer, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";

import { createAuthority } from "../src/lab/mint.ts";
import { createFetch } from "../src/tls.ts";
import { openClient, trusting } from "./support/test-client.ts";

const corp = createAuthority("Corp Root");
const shown = createAuthority("Clients").issueClient("ada");
const clientCertificate = { id: "ada", cert: shown.chainPem, key: shown.keyPem };

describe("a client certificate for all indexes", () => {
  test("is shown to an origin that is known, and to no other", async () => {
    const index = await startServer();
    const elsewhere = await startServer();
    index.redirectTo(elsewhere.origin);
    using client = openClient({ clientCertificate, clientCertificateOrigins: new Set([index.origin]) }, [
      corp,
    ]);
    await client.request(`${index.origin}/`);
    expect(index.seen).toEqual(["CN=ada"]);
    expect(elsewhere.seen).toEqual([undefined]);
  });

  test("is shown to every server where no origins are known, and an index's own only to its origin", async () => {
    const index = await startServer();
    const elsewhere = await startServer();
    index.redirectTo(elsewhere.origin);
    using common = openClient({ clientCertificate }, [corp]);
    await common.request(`${index.origin}/`);
    expect([index.seen, elsewhere.seen]).toEqual([["CN=ada"], ["CN=ada"]]);
    const clientCertificates = [{ url: `${index.origin}/simple`, certificate: clientCertificate }];
    using own = openClient({ clientCertificates }, [corp]);
    await own.request(`${index.origin}/`);
    expect([index.seen.at(-1), elsewhere.seen.at(-1)]).toEqual(["CN=ada", undefined]);
  });
});

describe("a client certificate of `createFetch()`", () => {
  // Promise: no redirect chooses who sees a client certificate
  // Attack: the server that was asked redirects to another one, which asks for a certificate
  test("is shown to the origin that was asked, and to no other", async () => {
    const asked = await startServer();
    const elsewhere = await startServer();
    asked.redirectTo(elsewhere.origin);
    const fetch = createFetch({ trust: trusting(corp), clientCertificate });
    expect(await (await fetch(`${asked.origin}/`)).text()).toBe("x");
    expect([asked.seen, elsewhere.seen]).toEqual([["CN=ada"], [undefined]]);
    fetch.close();
  });
});

interface Recording {
  readonly origin: string;
  /** Subjects of the certificates that clients showed. */
  readonly seen: (string | undefined)[];
  redirectTo(target: string): void;
}

async function startServer(): Promise<Recording> {
  const { chainPem, keyPem } = corp.issue("localhost");
  const seen: (string | undefined)[] = [];
  let target: string | undefined;
  const options = { cert: chainPem, key: keyPem, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (socket: TLSSocket) => {
    seen.push(socket.getPeerX509Certificate()?.subject);
    socket.on("error", () => undefined);
    socket.once("data", () =>
      socket.end(
        target === undefined
          ? "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
          : `HTTP/1.1 302 Found\r\nLocation: ${target}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    origin: `https://localhost:${port}`,
    seen,
    redirectTo(other) {
      target = other;
    },
  };
}
