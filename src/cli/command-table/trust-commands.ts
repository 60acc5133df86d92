// Commands about TLS: which hosts are trusted, why a connection fails, and servers to try it on.

import type { CommandDescription } from "../grammar/command.ts";
import { CONFIGURATION, GLOBAL, INDEXES, NETWORK, OUTPUT } from "./setting-groups.ts";

export const TRUST_ADD: CommandDescription = {
  summary: "Trust a server's certificate, or the CA that issued it, for that host and port only",
  arguments: [{ syntax: "<url>", summary: "The server: an https URL or HOST[:PORT]" }],
  settings: [...NETWORK, ...OUTPUT, ...CONFIGURATION],
  options: [
    { flag: "--fingerprint <SHA256>", summary: "The certificate or key to trust, without confirmation" },
  ],
  examples: [
    "pinion trust add https://pypi.corp.example",
    "pinion trust add pypi.corp.example --fingerprint sha256:…",
  ],
  load: () => import("../commands/trust.ts"),
};

export const TRUST_LIST: CommandDescription = {
  aliases: ["ls"],
  summary: "List the certificates that are trusted for single hosts",
  settings: [...OUTPUT, ...CONFIGURATION],
  options: [],
  load: () => import("../commands/trust.ts"),
};

export const TRUST_REMOVE: CommandDescription = {
  aliases: ["rm"],
  summary: "Remove trust that was added for a single host",
  arguments: [{ syntax: "<url>", summary: "The server: an https URL or HOST[:PORT]" }],
  settings: [...OUTPUT, ...CONFIGURATION],
  options: [{ flag: "--fingerprint <SHA256>", summary: "Only this certificate" }],
  load: () => import("../commands/trust.ts"),
};

export const DOCTOR: CommandDescription = {
  summary: "Find out why an index, or any TLS server, cannot be reached or is not trusted",
  arguments: [
    {
      syntax: "[target...]",
      summary: "Index names, URLs, `HOST` or `HOST:PORT` (default: every configured index)",
    },
  ],
  settings: [...INDEXES, ...NETWORK, ...GLOBAL],
  pipSection: "install",
  options: [
    { flag: "--report <FILE>", summary: "Write a report for the administrator of the server" },
    { flag: "--html <FILE>", summary: "Write a page that shows everything" },
    {
      flag: "--reproduce <FOLDER>",
      summary: "Write certificates and configuration that reproduce the failure",
    },
  ],
  examples: [
    "pinion doctor",
    "pinion doctor https://pypi.corp.example/simple/",
    "pinion doctor proxy.corp.example:8443 --html proxy.html",
  ],
  load: () => import("../commands/doctor.ts"),
};

export const LAB_LIST: CommandDescription = {
  summary: "List the shapes of the certificate laboratory",
  settings: OUTPUT,
  options: [],
  load: () => import("../commands/lab.ts"),
};

export const LAB_SERVE: CommandDescription = {
  summary: "Serve a package index on loopback with one shape of TLS",
  arguments: [{ syntax: "<shape>", summary: "A shape of `pinion lab list`" }],
  settings: OUTPUT,
  options: [
    { flag: "--packages <FOLDER>", summary: "Serve the wheels of this folder instead of generated ones" },
    { flag: "--port <NUMBER>", summary: "Listen on this port instead of any free one" },
    { flag: "--listen <ADDRESS>", summary: "Address of this host to listen on (default: loopback)" },
  ],
  examples: ["pinion lab serve ec-p384-sha512"],
  load: () => import("../commands/lab.ts"),
};
