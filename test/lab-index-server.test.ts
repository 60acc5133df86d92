// The laboratory's index over real sockets, asked by Node's own clients.

import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { startIndex } from "../src/lab/index/index-server.ts";
import { createAuthority } from "../src/lab/certificates/mint.ts";
import { sampleWheels } from "../src/lab/index/sample-wheels.ts";
import { makeWheel } from "../src/lab/index/make-wheel.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
const GREETER = makeWheel({ name: "greeter", version: "1.0.0", requiresPython: ">=3.8" });

describe("startIndex()", () => {
  test("answers JSON or HTML as the client prefers", async () => {
    await using index = await startIndex({ packages: sampleWheels() });
    const url = `${index.url}greeter/`;
    const typeFor = async (accept: string) =>
      (await ask(url, { headers: { accept } })).headers["content-type"];

    expect(await typeFor(`${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01`)).toBe(
      JSON_TYPE,
    );
    expect(await typeFor(`${JSON_TYPE};q=0.1, text/html`)).toBe("text/html; charset=utf-8");
    expect(await typeFor("*/*")).toBe("text/html; charset=utf-8");
    const page = JSON.parse((await ask(url, { headers: { accept: JSON_TYPE } })).text);
    expect(page.versions).toEqual(["1.0.0", "1.1.0", "2.0.0"]);
    expect(page.files[0]).toMatchObject({
      filename: "greeter-1.0.0-py3-none-any.whl",
      url: "../../files/greeter/greeter-1.0.0-py3-none-any.whl",
      "requires-python": ">=3.8",
      yanked: false,
    });
  });

  test("serves the files that its pages link to, and their metadata", async () => {
    await using index = await startIndex({ packages: [{ ...GREETER, yanked: "too old" }] });
    const page = await ask(`${index.url}greeter/`);
    const href = /href="([^"#]+)#sha256=([0-9a-f]+)"/.exec(page.text);
    const url = new URL(href?.[1] ?? "", `${index.url}greeter/`).href;

    expect(page.text).toContain(
      'data-requires-python="&gt;=3.8" data-yanked="too old" data-core-metadata="sha256=',
    );
    expect((await ask(url)).bytes.equals(GREETER.bytes)).toBe(true);
    expect((await ask(`${url}.metadata`)).text).toBe(GREETER.metadata);
    expect(index.requests.map(({ path }) => path)).toEqual([
      "/simple/greeter/",
      "/files/greeter/greeter-1.0.0-py3-none-any.whl",
      "/files/greeter/greeter-1.0.0-py3-none-any.whl.metadata",
    ]);
  });

  test("sends other spellings of a name to the normalised one", async () => {
    await using index = await startIndex({ packages: sampleWheels() });
    const answer = await ask(`${index.url}Legacy_Tool`);
    expect([answer.status, answer.headers.location]).toEqual([301, "/simple/legacy-tool/"]);
    expect((await ask(`${index.url}unheard-of/`)).status).toBe(404);
    expect((await ask(`${index.origin}/%zz`)).status).toBe(404);
  });

  test("revalidates by entity tag and by date", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    const { headers } = await ask(index.url);
    const again = async (more: Readonly<Record<string, string>>) =>
      (await ask(index.url, { headers: more })).status;
    expect(await again({ "if-none-match": `"x", ${headers.etag ?? ""}` })).toBe(304);
    expect(await again({ "if-none-match": '"x"' })).toBe(200);
    expect(await again({ "if-modified-since": headers["last-modified"] ?? "" })).toBe(304);
  });

  test("answers ranges, and the whole file where If-Range does not fit", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    const url = `${index.origin}/files/greeter/${GREETER.filename}`;
    const part = await ask(url, { headers: { range: "bytes=10-19" } });
    expect([part.status, part.headers["content-range"]]).toEqual([
      206,
      `bytes 10-19/${GREETER.bytes.length}`,
    ]);
    expect(part.bytes.equals(GREETER.bytes.subarray(10, 20))).toBe(true);
    const tail = await ask(url, { headers: { range: "bytes=-5" } });
    expect(tail.bytes.equals(GREETER.bytes.subarray(-5))).toBe(true);
    expect((await ask(url, { headers: { range: "bytes=999999-" } })).status).toBe(416);
    expect((await ask(url, { headers: { range: "bytes=1-", "if-range": '"x"' } })).status).toBe(200);
  });

  test("wants its credentials", async () => {
    await using index = await startIndex({
      packages: [GREETER],
      auth: { username: "ada", password: "secret" },
    });
    const authorization = `Basic ${Buffer.from("ada:secret").toString("base64")}`;
    expect((await ask(index.url)).headers["www-authenticate"]).toBe('Basic realm="laboratory"');
    expect((await ask(index.url, { headers: { authorization } })).status).toBe(200);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("speaks %s and knows its client by name", async (version) => {
    const root = createAuthority("Root");
    const { chainPem, keyPem } = root.issue("localhost");
    const client = root.issueClient("ada");
    const clients = { authorities: [root.pem], isRequired: true };
    await using index = await startIndex({
      packages: [GREETER],
      tls: { chainPem, keyPem, minVersion: version, maxVersion: version, clients },
    });

    const answer = await ask(index.url, { ca: root.pem, cert: client.chainPem, key: client.keyPem });
    expect(answer.status).toBe(200);
    expect(index.requests[0]).toMatchObject({
      protocol: version,
      serverName: "localhost",
      clientName: "ada",
    });
    await expect(ask(index.url, { ca: root.pem })).rejects.toThrow(
      /hang up|certificate required|handshake failure/,
    );
    expect(index.handshakeErrors).toHaveLength(1);
  });

  test("says which port is taken", async () => {
    await using index = await startIndex();
    await expect(startIndex({ port: index.port })).rejects.toMatchObject({ code: "lab/port-in-use" });
  });
});

describe("RunningIndex.misbehave()", () => {
  test("answers a status as often as it is set to, and is honest again", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    index.misbehave({ kind: "status", status: 429, headers: { "retry-after": "1" }, times: 1 });
    const first = await ask(index.url);
    expect([first.status, first.headers["retry-after"]]).toEqual([429, "1"]);
    expect((await ask(index.url)).status).toBe(200);
  });

  test("leaves out content types, weakens tags, pads pages", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    index.misbehave(
      { kind: "content-type", value: undefined },
      { kind: "validators", form: "weak" },
      { kind: "padding", octets: 1_000_000, on: "pages" },
    );
    const answer = await ask(index.url);
    expect(answer.headers["content-type"]).toBeUndefined();
    expect(answer.headers.etag).toMatch(/^W\/"/);
    expect(answer.bytes.length).toBeGreaterThan(1_000_000);
  });

  test("refuses HEAD, ignores or shifts ranges, compresses files", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    const url = `${index.origin}/files/greeter/${GREETER.filename}`;
    const range = { headers: { range: "bytes=10-19" } };
    index.misbehave({ kind: "head-refused" });
    expect((await ask(url, { method: "HEAD" })).status).toBe(405);
    index.misbehave({ kind: "range", answer: "ignored" });
    expect((await ask(url, range)).status).toBe(200);
    index.misbehave({ kind: "range", answer: "wrong-offset" });
    expect((await ask(url, range)).headers["content-range"]).toMatch(/^bytes 9-18/);
    index.misbehave({ kind: "gzip", on: "files" });
    const packed = await ask(url);
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed.bytes).equals(GREETER.bytes)).toBe(true);
    expect((await ask(`${url}.metadata`)).headers["content-encoding"]).toBeUndefined();
  });

  test("redirects to another origin", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    index.misbehave({ kind: "redirect", to: "http://127.0.0.1:9", on: "files" });
    const answer = await ask(`${index.origin}/files/greeter/x.whl?a=b`);
    expect([answer.status, answer.headers.location]).toEqual([
      302,
      "http://127.0.0.1:9/files/greeter/x.whl?a=b",
    ]);
  });

  test("cuts, stalls, slows and never ends", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    index.misbehave({ kind: "cut", after: 10 });
    await expect(ask(index.url)).rejects.toMatchObject({ code: "ECONNRESET" });
    index.misbehave({ kind: "stall", after: 10 });
    await expect(ask(index.url, { silenceMs: 100 })).rejects.toThrow("silent");
    index.misbehave({ kind: "slow", octetsPerSecond: 2_000 });
    expect((await ask(index.url)).text).toContain("greeter");
    index.misbehave({ kind: "endless" });
    await expect(ask(index.url, { maxBytes: 3_000_000 })).rejects.toThrow("too large");
  });

  test("answers 304 where it should not, and 200 where it should not", async () => {
    await using index = await startIndex({ packages: [GREETER] });
    index.misbehave({ kind: "not-modified" });
    expect((await ask(index.url)).status).toBe(304);
    index.misbehave({ kind: "never-not-modified" });
    const { headers } = await ask(index.url);
    expect((await ask(index.url, { headers: { "if-none-match": headers.etag ?? "" } })).status).toBe(200);
  });
});

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly silenceMs?: number;
  readonly maxBytes?: number;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

function ask(url: string, options: AskOptions = {}): Promise<Answered> {
  const { silenceMs = 5_000, maxBytes = Infinity, ...rest } = options;
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, { ...rest, agent: false, timeout: silenceMs }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) request.destroy(new Error("too large"));
      });
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text: bytes.toString(),
        });
      });
    });
    request.on("timeout", () => request.destroy(new Error("silent")));
    request.on("error", reject);
    request.end();
  });
}
