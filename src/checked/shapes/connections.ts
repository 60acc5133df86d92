// The shapes of what decides about connections: trust and proxies.

import type { InsecureHost } from "../../net/connections/insecure-hosts.ts";
import type { ProxySetting, ProxySettings } from "../../net/proxies/proxy.ts";
import type { ClientCertificateFiles } from "../../trust/client-certificate.ts";
import type { HostTrust, TlsException } from "../../trust/host-trust.ts";
import type { TrustSettings } from "../../trust/sources.ts";
import {
  choice,
  list,
  options,
  optional,
  path,
  port,
  text,
  truth,
  type Fields,
  type Shape,
} from "./shape.ts";
import { texts, variables } from "./values.ts";

const proxySetting: Shape<ProxySetting> = options<ProxySetting>({
  value: text,
  origin: text,
  isOfProject: optional(choice(true)),
});

export const proxySettings: Shape<ProxySettings> = options<ProxySettings>({
  http: optional(proxySetting),
  https: optional(proxySetting),
  all: optional(proxySetting),
  fallback: optional(proxySetting),
  noProxy: optional(proxySetting),
  perOrigin: optional(
    list(options<NonNullable<ProxySettings["perOrigin"]>[number]>({ url: text, proxy: proxySetting })),
  ),
});

const named: Shape<{ readonly value: string; readonly origin: string }> = options<{
  readonly value: string;
  readonly origin: string;
}>({ value: text, origin: text });

const files: Shape<readonly { readonly path: string; readonly origin: string }[]> = list(
  options<{ readonly path: string; readonly origin: string }>({ path, origin: text }),
);

export const platform: Shape<NodeJS.Platform> = choice(
  "aix",
  "android",
  "darwin",
  "freebsd",
  "haiku",
  "linux",
  "openbsd",
  "sunos",
  "win32",
  "cygwin",
  "netbsd",
);

export const trustFields: Fields<TrustSettings> = {
  env: variables,
  home: text,
  platform: optional(platform),
  trust: optional(named),
  cert: optional(named),
  addedCas: optional(files),
  extraCerts: optional(files),
  systemCerts: optional(truth),
  hostTrustFile: optional(path),
  hosts: optional(
    list(
      options<HostTrust>({
        host: text,
        port,
        origin: text,
        cert: optional(named),
        pins: optional(texts),
        isOfProject: optional(choice(true)),
      }),
    ),
  ),
  exceptions: optional(
    list(
      options<TlsException>({
        host: text,
        port: optional(port),
        allow: list(choice("common-name", "v1-certificate", "ca-certificate", "weak-key")),
        origin: text,
        isOfProject: optional(choice(true)),
      }),
    ),
  ),
  anchors: optional(texts),
};

export const certificateFiles: Shape<ClientCertificateFiles> = options<ClientCertificateFiles>({
  cert: path,
  key: optional(path),
  passphrase: optional(text),
  isOfProject: optional(choice(true)),
});

export const insecureHosts: Shape<readonly InsecureHost[]> = list(
  options<InsecureHost>({
    host: text,
    port: optional(port),
    scheme: optional(choice("https", "http")),
    origin: text,
  }),
);
