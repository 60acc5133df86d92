// The laboratory's proxies, asked through the agents that Pinion itself uses.

import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { request as httpsRequest } from "node:https";
import type { RequestOptions } from "node:https";
import { request as httpRequest } from "node:http";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import { describe, expect, test } from "vitest";
import { startIndex } from "../src/lab/index/index-server.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { startConnectProxy, startInspectingProxy, startSocksProxy } from "./support/loopback-proxies.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";

const HOST = "pypi.corp.example";
const root = createAuthority("Corp Root");
const server = root.issue(HOST);
const tls = { chainPem: server.chainPem, keyPem: server.keyPem };
const auth = { username: "ada", password: "p:w" };

describe("startConnectProxy()", () => {
  test("tunnels to loopback whatever the name", async () => {
    await using index = await startIndex({ packages: sampleWheels(), host: HOST, tls });
    await using proxy = await startConnectProxy();
    expect(await ask(index.url, new HttpsProxyAgent(proxy.url), root.pem)).toBe(200);
    expect(proxy.targets).toEqual([`${HOST}:${index.port}`]);
    expect(index.requests[0]?.serverName).toBe(HOST);
  });

  test("wants its credentials, behind TLS of its own", async () => {
    await using index = await startIndex({ host: HOST, tls });
    const own = root.issue("localhost");
    await using proxy = await startConnectProxy({
      auth,
      tls: { chainPem: own.chainPem, keyPem: own.keyPem },
    });
    expect(proxy.url).toMatch(/^https:\/\/localhost:/);
    const bare = new HttpsProxyAgent(proxy.url, { ca: root.pem });
    expect(await ask(index.url, bare, root.pem)).toBe(407);
    const known = new HttpsProxyAgent(proxy.url.replace("//", "//ada:p%3Aw@"), { ca: root.pem });
    expect(await ask(index.url, known, root.pem)).toBe(200);
  });

  test("refuses as it is set to", async () => {
    await using proxy = await startConnectProxy({ refusal: { status: 503, body: "closed on Sundays" } });
    expect(await ask(`https://${HOST}/`, new HttpsProxyAgent(proxy.url), root.pem)).toBe(503);
  });

  test("forwards plain requests without its credentials", async () => {
    await using index = await startIndex({ host: HOST });
    await using proxy = await startConnectProxy({ auth });
    const status = await new Promise((resolve, reject) => {
      const headers = { "proxy-authorization": `Basic ${Buffer.from("ada:p:w").toString("base64")}` };
      const request = httpRequest(
        { host: "127.0.0.1", port: proxy.port, path: index.url, headers },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      request.on("error", reject);
      request.end();
    });
    expect(status).toBe(200);
    expect(index.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
    expect(proxy.targets).toEqual([index.url]);
  });
});

describe("startInspectingProxy()", () => {
  test("shows its own certificate for every name", async () => {
    await using index = await startIndex({ host: HOST, tls });
    const inspector = createAuthority("O=Zscaler Inc., CN=Zscaler Root CA");
    await using proxy = await startInspectingProxy(inspector);
    expect(await ask(index.url, new HttpsProxyAgent(proxy.url), inspector.pem)).toBe(200);
    await expect(ask(index.url, new HttpsProxyAgent(proxy.url), root.pem)).rejects.toThrow("unable to");
  });
});

describe("startSocksProxy()", () => {
  test.each([
    ["socks5h", HOST],
    ["socks4a", HOST],
    ["socks5", "127.0.0.1"],
    ["socks4", "127.0.0.1"],
  ])("speaks %s, where the target arrives as %s", async (scheme, target) => {
    // The versions that resolve names themselves need one that the machine knows.
    const host = target === HOST ? HOST : "localhost";
    const { chainPem, keyPem } = root.issue(host);
    await using index = await startIndex({ host, tls: { chainPem, keyPem } });
    await using proxy = await startSocksProxy();
    const lookup = (
      _name: string,
      _options: object,
      found: (error: null, address: string, family: 4) => void,
    ) => found(null, "127.0.0.1", 4);
    const agent = new SocksProxyAgent(proxy.url.replace("socks5h", scheme));
    expect(await ask(index.url, agent, root.pem, { lookup })).toBe(200);
    expect(proxy.targets).toEqual([`${target}:${index.port}`]);
  });

  test("wants its credentials", async () => {
    await using index = await startIndex({ host: HOST, tls });
    await using proxy = await startSocksProxy({ auth });
    await expect(ask(index.url, new SocksProxyAgent(proxy.url), root.pem)).rejects.toThrow(
      /[Aa]uth|closed|hang up/,
    );
    const known = new SocksProxyAgent(proxy.url.replace("//", "//ada:p%3Aw@"));
    expect(await ask(index.url, known, root.pem)).toBe(200);
  });

  test("reads a greeting that comes octet by octet, and lets others work meanwhile", async () => {
    await using index = await startIndex({ host: HOST });
    await using proxy = await startSocksProxy();
    const socket = connect(proxy.port, "127.0.0.1");
    const address = Buffer.from(HOST);
    const port = Buffer.from([index.port >> 8, index.port & 0xff]);
    const greeting = [Buffer.from([5, 1, 0, 5, 1, 0, 3, address.length]), address, port];
    for (const octet of Buffer.concat(greeting)) {
      socket.write(Buffer.from([octet]));
      await setTimeout(2);
    }
    const [answer]: unknown[] = await once(socket, "data");
    expect([...(answer as Buffer).subarray(0, 2)]).toEqual([5, 0]);
    await expect.poll(() => proxy.targets).toEqual([`${HOST}:${index.port}`]);
    socket.destroy();
  });

  test("says that nothing listens at the target", async () => {
    await using index = await startIndex();
    await index.close();
    await using proxy = await startSocksProxy();
    const agent = new SocksProxyAgent(proxy.url);
    await expect(ask(`https://${HOST}:${index.port}/`, agent, root.pem)).rejects.toThrow(/refused|rejected/i);
  });
});

function ask(
  url: string,
  agent: HttpsProxyAgent<string> | SocksProxyAgent,
  ca: string,
  more: RequestOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { agent, ca, ...more }, (response) => {
      response.resume();
      response.on("end", () => {
        agent.destroy();
        resolve(response.statusCode ?? 0);
      });
    });
    request.on("error", reject);
    request.end();
  });
}
