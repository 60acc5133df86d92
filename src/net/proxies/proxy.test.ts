import { describe, expect, test } from "vitest";

import { chooseProxy, proxySettingsFromEnv, type ProxySettings } from "./proxy.ts";

function choose(url: string, settings: ProxySettings): string {
  const decision = chooseProxy(new URL(url), settings);
  return decision.kind === "direct"
    ? `direct ${decision.rule ?? ""}`.trim()
    : `${decision.url.href} ${decision.rule}`;
}

describe("chooseProxy()", () => {
  test.each([
    [
      "lower case comes first",
      { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:2" },
      "https://x.example",
      "http://a:1/ `https_proxy`",
    ],
    [
      "an empty lower case means none",
      { https_proxy: "", HTTPS_PROXY: "http://b:2" },
      "https://x.example",
      "direct",
    ],
    [
      "ALL_PROXY fills what is not set",
      { ALL_PROXY: "socks5h://s:1080" },
      "https://x.example",
      "socks5h://s:1080 `ALL_PROXY`",
    ],
    [
      "an empty HTTPS_PROXY hides ALL_PROXY",
      { HTTPS_PROXY: "", ALL_PROXY: "http://a:1" },
      "https://x.example",
      "direct",
    ],
    ["HTTPS_PROXY is not for http", { HTTPS_PROXY: "http://a:1" }, "http://x.example", "direct"],
    ["HTTP_PROXY is not for https", { HTTP_PROXY: "http://a:1" }, "https://x.example", "direct"],
    [
      "HTTP_PROXY of a CGI program is its client's",
      { HTTP_PROXY: "http://evil:1", REQUEST_METHOD: "GET" },
      "http://x.example",
      "direct",
    ],
    [
      "http_proxy of a CGI program is its own",
      { http_proxy: "http://a:1", REQUEST_METHOD: "GET" },
      "http://x.example",
      "http://a:1/ `http_proxy`",
    ],
    [
      "a proxy without a scheme speaks HTTP",
      { HTTPS_PROXY: "proxy.corp:3128" },
      "https://x.example",
      "http://proxy.corp:3128/ `HTTPS_PROXY`",
    ],
    [
      "credentials without a scheme",
      { HTTPS_PROXY: "u:p@proxy.corp:3128" },
      "https://x.example",
      "http://u:p@proxy.corp:3128/ `HTTPS_PROXY`",
    ],
    [
      "blanks around the value",
      { HTTPS_PROXY: " http://a:1 " },
      "https://x.example",
      "http://a:1/ `HTTPS_PROXY`",
    ],
    [
      "NO_PROXY names its entry",
      { HTTPS_PROXY: "http://a:1", NO_PROXY: "b, .x.example" },
      "https://y.x.example",
      "direct `NO_PROXY` entry `.x.example`",
    ],
    [
      "NO_PROXY sees the default port",
      { HTTPS_PROXY: "http://a:1", NO_PROXY: "x.example:443" },
      "https://x.example/",
      "direct `NO_PROXY` entry `x.example:443`",
    ],
    [
      "NO_PROXY sees IPv6 without brackets",
      { HTTPS_PROXY: "http://a:1", NO_PROXY: "::1" },
      "https://[::1]/",
      "direct `NO_PROXY` entry `::1`",
    ],
    ["no variable at all", {}, "https://x.example", "direct"],
  ])("from variables: %s", (_what, env, url, expected) => {
    expect(choose(url, proxySettingsFromEnv(env))).toBe(expected);
  });

  test("the one of an index comes before all others, at its own origin only", () => {
    const settings: ProxySettings = {
      all: { value: "http://all:1", origin: "--proxy" },
      perOrigin: [
        {
          url: "https://pypi.corp.example/simple",
          proxy: { value: "http://own:2", origin: "pinion.toml:7" },
        },
      ],
    };
    expect(choose("https://pypi.corp.example/files/a.whl", settings)).toBe("http://own:2/ `pinion.toml:7`");
    expect(choose("https://pypi.corp.example:8443/", settings)).toBe("http://all:1/ `--proxy`");
  });

  test("NO_PROXY counts against --proxy too", () => {
    const settings: ProxySettings = {
      all: { value: "http://all:1", origin: "--proxy" },
      noProxy: { value: "*.corp.example", origin: "NO_PROXY" },
    };
    expect(choose("https://pypi.corp.example/", settings)).toBe("direct `NO_PROXY` entry `*.corp.example`");
  });

  test.each(["ftp://proxy:21", "http://", "socks6://x:1", "http://u:secret@ho st:1"])(
    "refuses the proxy %s",
    (value) => {
      const settings: ProxySettings = { all: { value, origin: "HTTPS_PROXY" } };
      expect(() => choose("https://x.example", settings)).toThrow(
        expect.objectContaining({ code: "settings/invalid" }),
      );
      expect(() => choose("https://x.example", settings)).toThrow(/^(?!.*secret)/);
    },
  );

  test.each(["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h", "pac+http", "pac+https"])(
    "takes a proxy of the scheme %s",
    (scheme) => {
      expect(
        choose("https://x.example", { all: { value: `${scheme}://proxy.example:1/`, origin: "--proxy" } }),
      ).toContain(`${scheme}://proxy.example:1`);
    },
  );
});
