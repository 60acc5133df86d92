import { describe, expect, test } from "vitest";

import { matchNoProxy, parseNoProxy } from "./no-proxy.ts";

describe("matchNoProxy()", () => {
  test.each([
    // A suffix stands for whole labels, with or without a dot in front.
    ["corp.example", "notcorp.example", 443, undefined],
    ["corp.example", "pypi.corp.example", 443, "corp.example"],
    ["corp.example", "corp.example", 443, "corp.example"],
    [".corp.example", "corp.example", 443, ".corp.example"],
    [".corp.example", "a.b.corp.example", 443, ".corp.example"],
    ["CORP.Example.", "pypi.corp.EXAMPLE", 443, "CORP.Example."],
    ["example", "corp.example", 443, "example"],
    ["*.corp.example", "pypi.corp.example", 443, "*.corp.example"],
    ["*.corp.example", "corp.example", 443, undefined],
    ["*.corp.example", "xcorp.example", 443, undefined],
    // Ports.
    ["corp.example:8443", "pypi.corp.example", 8443, "corp.example:8443"],
    ["corp.example:8443", "pypi.corp.example", 443, undefined],
    ["*.corp.example:8443", "pypi.corp.example", 8443, "*.corp.example:8443"],
    ["*:8080", "anything.example", 8080, "*:8080"],
    ["*:8080", "anything.example", 443, undefined],
    ["[::1]:8443", "::1", 8443, "[::1]:8443"],
    ["[::1]:8443", "::1", 443, undefined],
    ["10.0.0.1:80", "10.0.0.1", 80, "10.0.0.1:80"],
    // Addresses, as they are and as networks.
    ["10.0.0.0/8", "10.200.3.4", 443, "10.0.0.0/8"],
    ["10.0.0.0/8", "11.0.0.1", 443, undefined],
    ["10.0.0.0/8", "10.example", 443, undefined],
    ["192.168.1.5", "192.168.1.5", 443, "192.168.1.5"],
    ["192.168.1.5", "192.168.1.55", 443, undefined],
    ["fd00::/8", "fd12:3456::1", 443, "fd00::/8"],
    ["::1", "::1", 443, "::1"],
    ["[::1]", "::1", 443, "[::1]"],
    ["0:0:0:0:0:0:0:1", "::1", 443, "0:0:0:0:0:0:0:1"],
    ["10.0.0.0/33", "10.0.0.1", 443, undefined],
    ["10.0.0.0/", "10.0.0.1", 443, undefined],
    ["0.0.0.1", "1", 443, undefined],
    // A suffix is never an address, and a name never a network.
    ["0.1", "10.0.0.1", 443, undefined],
    // Everything, and everything without a dot.
    ["*", "10.0.0.1", 443, "*"],
    ["a.example,*", "b.example", 443, "*"],
    ["<local>", "intranet", 443, "<local>"],
    ["<LOCAL>", "intranet", 443, "<LOCAL>"],
    ["<local>", "intranet.example", 443, undefined],
    ["<local>", "::1", 443, undefined],
    // Lists.
    ["a.example, b.example", "b.example", 443, "b.example"],
    ["a.example b.example", "b.example", 443, "b.example"],
    ["a.example,,\tb.example\n", "b.example", 443, "b.example"],
    ["localhost,127.0.0.1", "127.0.0.1", 443, "127.0.0.1"],
    ["", "host.example", 443, undefined],
    [".", "host.example", 443, undefined],
    ["*.", "host.example", 443, undefined],
    [",", "host.example", 443, undefined],
  ])("%j for %s:%d", (list, host, port, rule) => {
    expect(matchNoProxy(parseNoProxy(list), { host, port })?.text).toBe(rule);
  });
});
