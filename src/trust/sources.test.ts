import { describe, expect, it } from "vitest";

import { isPinionError } from "../errors.ts";
import { formatAnchorSource, planSources, type TrustSettings } from "./sources.ts";

const plan = (settings: Partial<TrustSettings>) => planSources({ env: {}, home: "/home/me", ...settings });
const labels = (settings: Partial<TrustSettings>): readonly string[] =>
  plan(settings).requests.map((request) =>
    request.kind === "file" ? `${request.label} ${request.path}` : request.kind,
  );

describe("planSources", () => {
  it.each<[string, Partial<TrustSettings>, readonly string[]]>([
    ["nothing set", {}, ["system", "mozilla"]],
    [
      "empty variables",
      { env: { SSL_CERT_FILE: "", SSL_CERT_DIR: "", REQUESTS_CA_BUNDLE: "", NODE_EXTRA_CA_CERTS: "" } },
      ["system", "mozilla"],
    ],
    ["only system certificates", { systemCerts: true }, ["system"]],
    [
      "additions to the default",
      { env: { REQUESTS_CA_BUNDLE: "/r", CURL_CA_BUNDLE: "/c", PIP_CERT: "/p", NODE_EXTRA_CA_CERTS: "/n" } },
      [
        "system",
        "mozilla",
        "REQUESTS_CA_BUNDLE /r",
        "CURL_CA_BUNDLE /c",
        "PIP_CERT /p",
        "NODE_EXTRA_CA_CERTS /n",
      ],
    ],
    [
      "pip.conf's cert",
      { extraCerts: [{ path: "/pip.pem", origin: "/etc/pip.conf" }] },
      ["system", "mozilla", "/etc/pip.conf /pip.pem"],
    ],
    ["added CAs", { addedCas: [{ path: "/ca", origin: "--ca" }] }, ["system", "mozilla", "--ca /ca"]],
    [
      "added CAs beside a file that replaces the default",
      {
        cert: { value: "/cert", origin: "--cert" },
        addedCas: [
          { path: "/a", origin: "--ca" },
          { path: "/b", origin: "PINION_CA" },
        ],
      },
      ["--cert /cert", "--ca /a", "PINION_CA /b"],
    ],
    ["anchors of the program", { anchors: ["PEM"] }, ["system", "mozilla", "given"]],
    [
      "SSL_CERT_FILE before system certificates",
      { env: { SSL_CERT_FILE: "/f" }, systemCerts: true },
      ["SSL_CERT_FILE /f"],
    ],
    [
      "SSL_CERT_FILE and SSL_CERT_DIR together, with additions",
      { env: { SSL_CERT_DIR: "/d", SSL_CERT_FILE: "/f", PIP_CERT: "/p" } },
      ["SSL_CERT_FILE /f", "SSL_CERT_DIR /d", "PIP_CERT /p"],
    ],
    [
      "--cert before every variable",
      {
        cert: { value: "/x", origin: "--cert" },
        env: { SSL_CERT_FILE: "/f", PIP_CERT: "/p" },
        anchors: ["PEM"],
      },
      ["--cert /x"],
    ],
    [
      "a list before --cert",
      { trust: { value: "mozilla", origin: "--trust" }, cert: { value: "/x", origin: "--cert" } },
      ["mozilla"],
    ],
    [
      "a list with everything",
      {
        trust: { value: " file:~/a.pem , env,system,, given", origin: "--trust" },
        env: { SSL_CERT_FILE: "/f", CURL_CA_BUNDLE: "/c" },
        anchors: ["PEM"],
      },
      ["--trust /home/me/a.pem", "SSL_CERT_FILE /f", "CURL_CA_BUNDLE /c", "system", "given"],
    ],
    [
      "a path with a comma in a list",
      { trust: { value: String.raw`file:/a\,b.pem`, origin: "--trust" } },
      ["--trust /a,b.pem"],
    ],
  ])("chooses for %s", (_, settings, expected) => {
    expect(labels(settings)).toEqual(expected);
  });

  it.each([
    ["sytem", "`--trust` has an unknown source: `sytem`"],
    ["file:", "`--trust` has an unknown source: `file:`"],
    ["/etc/corp.pem", "`--trust` has an unknown source: `/etc/corp.pem`"],
    ["", "`--trust` names no certificates: ``"],
    [",", "`--trust` names no certificates: `,`"],
    ["env", "`--trust` names no certificates: `env`"],
  ])("refuses the list %j", (value, message) => {
    try {
      plan({ trust: { value, origin: "--trust" } });
      expect.unreachable();
    } catch (error) {
      expect(isPinionError(error, "tls/trust-source-unusable") && error.message).toBe(message);
    }
  });

  it("remembers what replaced the default", () => {
    expect(plan({ env: { SSL_CERT_FILE: "/f", SSL_CERT_DIR: "/d" } }).replacedBy).toEqual([
      "SSL_CERT_FILE",
      "SSL_CERT_DIR",
    ]);
    expect(plan({ env: { PIP_CERT: "/p" } }).replacedBy).toEqual([]);
  });
});

describe("formatAnchorSource", () => {
  it.each([
    [{ kind: "system", path: "/etc/ssl/cert.pem" }, "system: /etc/ssl/cert.pem"],
    [{ kind: "system" }, "system"],
    [{ kind: "mozilla", date: "2026-07-22" }, "mozilla 2026-07-22"],
    [{ kind: "variable", variable: "SSL_CERT_FILE", path: "/f" }, "SSL_CERT_FILE=/f"],
    [{ kind: "option", option: "--cert", path: "/f" }, "--cert /f"],
    [{ kind: "setting", origin: "/etc/pip.conf", path: "/f" }, "/f (/etc/pip.conf)"],
    [{ kind: "host", host: "::1", port: 8443, path: "/h" }, "trusted for [::1]:8443 (/h)"],
    [{ kind: "given" }, "given by the program"],
  ] as const)("%o", (source, expected) => {
    expect(formatAnchorSource(source)).toBe(expected);
  });
});
