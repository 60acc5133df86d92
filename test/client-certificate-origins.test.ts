// Who sees the client certificate that is set for all indexes: the origins of indexes and of URLs that were given
// outright. Where a redirect or a page leads is chosen by a server.

import { createServer, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";

import { createAuthority } from "../src/lab/certificates/mint.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";
import { createFetch } from "../src/tls.ts";
import { openClient, trusting } from "./support/test-client.ts";
import { World } from "./support/world.ts";

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

describe("a client certificate for all servers, in the command", () => {
  // Promise: no stranger chooses who sees a client certificate
  // Attack: a requirements file from the network, a file that it includes, or a wheel from there names a URL of the attacker
  test("is shown to URLs that the user named, and not to those that came over the network", async () => {
    await using world = await World.create({ commands: "called" });
    const stranger = await startServer();
    const other = await startServer();
    const known = await startServer();
    const wheel = (name: string, requires: readonly string[] = []) =>
      makeWheel({ name, version: "1.0", requires: [...requires] });
    const at = ({ origin }: Recording, name: string) => `${name} @ ${origin}/${name}-1.0-py3-none-any.whl`;
    stranger.serve("/named-1.0-py3-none-any.whl", wheel("named").bytes);
    stranger.serve("/needed-1.0-py3-none-any.whl", wheel("needed").bytes);
    other.serve("/more.txt", "");
    known.serve("/tool-1.0-py3-none-any.whl", wheel("tool", [at(stranger, "needed")]).bytes);
    known.serve("/r.txt", `${at(stranger, "named")}\n-r ${other.origin}/more.txt\n`);
    const file = world.write("project/own.txt", `${at(known, "tool")}\n-r ${known.origin}/r.txt\n`);
    const cert = world.write("ada.pem", shown.chainPem + shown.keyPem);
    const trusted = world.write("roots.pem", corp.pem);
    const run = await world.cli(
      [
        "pip",
        "install",
        "--no-index",
        "--target",
        "into",
        "--client-cert",
        cert,
        "--cert",
        trusted,
        "-r",
        file,
      ],
      { cwd: world.project },
    );
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("Installed 3 packages")]);
    expect(new Set(known.seen)).toEqual(new Set(["CN=ada"]));
    expect([...stranger.seen, ...other.seen].filter((subject) => subject !== undefined)).toEqual([]);
    expect(stranger.seen.length).toBeGreaterThan(1);
    expect(other.seen).toHaveLength(1);
  });
});

interface Recording {
  readonly origin: string;
  /** Subjects of the certificates that clients showed. */
  readonly seen: (string | undefined)[];
  redirectTo(target: string): void;
  serve(path: string, contents: string | Buffer): void;
}

async function startServer(): Promise<Recording> {
  const { chainPem, keyPem } = corp.issue("localhost");
  const seen: (string | undefined)[] = [];
  let target: string | undefined;
  const files = new Map<string, string | Buffer>();
  const options = { cert: chainPem, key: keyPem, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (socket: TLSSocket) => {
    seen.push(socket.getPeerX509Certificate()?.subject);
    socket.on("error", () => undefined);
    socket.once("data", (request: Buffer) => {
      const body = Buffer.from(files.get(request.toString("latin1").split(" ")[1] ?? "") ?? "x");
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
      socket.end(
        target === undefined
          ? Buffer.concat([Buffer.from(head), body])
          : `HTTP/1.1 302 Found\r\nLocation: ${target}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
    });
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
    serve(path, contents) {
      files.set(path, contents);
    },
  };
}
