import { inspect } from "node:util";
import { describe, expect, test } from "vitest";

import { PacScripts, parsePacAnswer } from "./pac.ts";
import type { ProxyDecision } from "./proxy.ts";

const decision: ProxyDecision = {
  kind: "proxy",
  url: new URL("pac+https://proxy.corp.example/proxy.pac"),
  rule: "`HTTPS_PROXY`",
};

/** The threads of this process, those of earlier scripts that are still ending too. */
function threads(): number {
  return (process.report.getReport() as { workers: readonly unknown[] }).workers.length;
}
const threadsAtFirst = threads();

function shown(ways: readonly ProxyDecision[]): readonly string[] {
  return ways.map((way) => (way.kind === "direct" ? "direct" : way.url.href));
}

async function ask(
  source: string,
  urls: readonly string[] = ["https://pypi.example/simple/"],
  maxRunMs = 20_000,
): Promise<readonly (readonly string[])[]> {
  const scripts = new PacScripts(() => Promise.resolve(Buffer.from(source)), { maxRunMs });
  try {
    const ways = await Promise.all(urls.map((url) => scripts.waysFor(new URL(url), decision)));
    return ways.map(shown);
  } finally {
    scripts.close();
  }
}

describe("parsePacAnswer()", () => {
  test.each([
    ["DIRECT", ["direct"]],
    ["PROXY a.example:3128", ["http://a.example:3128/"]],
    ["proxy a.example:3128;direct", ["http://a.example:3128/", "direct"]],
    [
      "HTTPS a.example; SOCKS b:1080; SOCKS5 c:1; SOCKS4 d:2",
      ["https://a.example/", "socks5h://b:1080", "socks5h://c:1", "socks4a://d:2"],
    ],
    ["  PROXY   [::1]:3128  ;;", ["http://[::1]:3128/"]],
    ["PROXY", ["direct"]],
    ["PROXY a b", ["http://a/"]],
    ["TELEPATHY a:1; PROXY b:2", ["http://b:2/"]],
    ["PROXY http://a:1", ["direct"]],
    ["", ["direct"]],
    ["nonsense", ["direct"]],
  ])("reads %j", (answer, expected) => {
    expect(shown(parsePacAnswer(answer, "test"))).toEqual(expected);
  });
});

describe("PacScripts.waysFor()", () => {
  test("leaves every other decision as it is", async () => {
    const scripts = new PacScripts(() => Promise.reject(new Error("not asked")));
    const proxy: ProxyDecision = { kind: "proxy", url: new URL("http://a:1"), rule: "x" };
    expect(await scripts.waysFor(new URL("https://x.example"), proxy)).toEqual([proxy]);
    expect(await scripts.waysFor(new URL("https://x.example"), { kind: "direct" })).toEqual([
      { kind: "direct" },
    ]);
  });

  test("runs what scripts use to look at a host and a URL", async () => {
    const conditions = [
      "dnsDomainIs(host, '.example')",
      "isPlainHostName(host)",
      "shExpMatch(url, 'https://*.example/*')",
      "isInNet(host, '10.0.0.0', '255.0.0.0')",
      "url.substring(0, 6) === 'https:'",
      "/token/.test(url)",
    ];
    const lines = conditions.map((condition, at) => `if (${condition}) ways += "PROXY p${at}:1;";`);
    const source = `function FindProxyForURL(url, host) { let ways = ""; ${lines.join(" ")} return ways + "DIRECT"; }`;
    const cases = [
      ["https://pypi.example/a", [0, 2, 4]],
      ["https://intranet/", [1, 4]],
      ["https://10.1.2.3/", [3, 4]],
      // The path of a URL of HTTPS is nothing that a script sees.
      ["https://a.example/?token=1", [0, 2, 4]],
      ["http://a.example/?token=1", [0, 5]],
    ] as const;
    const answers = await ask(
      source,
      cases.map(([url]) => url),
    );
    expect(answers).toEqual(cases.map(([, holds]) => [...holds.map((at) => `http://p${at}:1/`), "direct"]));
  });

  test("reports what the script answered", async () => {
    const scripts = new PacScripts(() =>
      Promise.resolve(Buffer.from("function FindProxyForURL() { return 'DIRECT'; }")),
    );
    const [way] = await scripts.waysFor(new URL("https://x.example"), decision);
    scripts.close();
    expect(way?.rule).toBe("`HTTPS_PROXY`, whose script answers `DIRECT`");
  });

  // Promise: a proxy script is ended at its bounds, whatever it does
  // Attack: it loops, allocates, or matches a pattern that takes a regular expression for ever
  test.each([
    ["runs for ever", "function FindProxyForURL() { for (;;); }"],
    ["runs for ever when it is read", "for (;;);"],
    ["takes all memory", "function FindProxyForURL() { const all = []; for (;;) all.push({}); }"],
    ["makes an endless text", "function FindProxyForURL() { let s = 'x'; for (;;) s += s; }"],
    ["calls itself for ever", "function FindProxyForURL() { return FindProxyForURL(); }"],
    ["allocates much in one step", "function FindProxyForURL() { for (;;) 'x'.repeat(1e7).split(''); }"],
    ["is broken", "function FindProxyForURL( {"],
    ["has no such function", "const x = 1;"],
    ["throws", "function FindProxyForURL() { throw new Error('no \\u001b[31mway'); }"],
    ["throws nothing", "function FindProxyForURL() { throw undefined; }"],
  ])("refuses a script that %s", async (_what, source) => {
    await expect(ask(source, undefined, 500)).rejects.toMatchObject({
      code: "settings/invalid",
      message: expect.not.stringContaining("\u001b"),
    });
  });

  test("reports no more of an error than the beginning", async () => {
    const source = "function FindProxyForURL() { throw new Error('x'.repeat(1e6)); }";
    const failure: unknown = await ask(source).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "settings/invalid" });
    expect(inspect(failure).length).toBeLessThan(20_000);
  });

  test("matches a pattern of many stars at once", async () => {
    const pattern = `${"*a".repeat(40)}*b`;
    const source = `function FindProxyForURL() { return shExpMatch("${"a".repeat(5_000)}", "${pattern}") ? "PROXY p:1" : "DIRECT"; }`;
    expect(await ask(source)).toEqual([["direct"]]);
  });

  // Promise: Ctrl-C ends a command while a proxy script runs
  // Attack: a script that never answers
  test("gives up at once when the signal says so", async () => {
    const controller = new AbortController();
    const scripts = new PacScripts(() => Promise.resolve(Buffer.from("for (;;);")), { maxRunMs: 60_000 });
    const ways = scripts.waysFor(new URL("https://x.example"), decision, controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(ways).rejects.toMatchObject({ code: "net/cancelled" });
    scripts.close();
    // The thread of the script is gone: it would hold a processor for a minute.
    await expect.poll(() => threads()).toBeLessThanOrEqual(threadsAtFirst);
  });

  test("takes an answer that is not a string as directly", async () => {
    const source =
      "const answers = { a: 5, b: {}, d: null }; function FindProxyForURL(url, host) { return answers[host]; }";
    const urls = ["http://a/", "http://b/", "http://c/", "http://d/"];
    expect(await ask(source, urls)).toEqual(urls.map(() => ["direct"]));
  });

  test("fetches and compiles a script once", async () => {
    let fetched = 0;
    const scripts = new PacScripts(() => {
      fetched++;
      return Promise.resolve(
        Buffer.from("function FindProxyForURL(url, host) { return 'PROXY ' + host + ':1'; }"),
      );
    });
    const hosts = ["a", "b", "c"];
    const ways = await Promise.all(
      hosts.map((host) => scripts.waysFor(new URL(`https://${host}/`), decision)),
    );
    expect(ways.map(shown)).toEqual([["http://a:1/"], ["http://b:1/"], ["http://c:1/"]]);
    expect(fetched).toBe(1);
  });
});

// Promise: no secret reaches a message, a log, the cache or an installed file
// Attack: a proxy script of a company has the login of its proxy, and messages say what it answers
test("the login of a proxy in what a script answers is not shown", () => {
  const [way] = parsePacAnswer("PROXY ada:secret@proxy.example:3128; DIRECT", "`HTTPS_PROXY`");
  expect(way?.rule).toBe("`HTTPS_PROXY`, whose script answers `PROXY ****@proxy.example:3128; DIRECT`");
});
